"""An encoder without a model: hashed bigrams, so that related texts are close."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from indexer.encoders.protocol import Progress, Vectors
from indexer.normalize import normalize


class HashEncoder:
    """Signed blake2b hashes of character bigrams in 64 dimensions; the same in every process."""

    name = "hash:"
    dim = 64
    fingerprint = "hash-bigrams-64-1"

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        out = self.encode_queries(texts)
        if progress and texts:
            progress(len(texts))
        return out

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            framed = f"\x02{normalize(text)}\x03"  # an empty text still has one bigram
            for start in range(len(framed) - 1):
                digest = blake2b(framed[start : start + 2].encode(), digest_size=4).digest()
                place = int.from_bytes(digest, "big")
                out[row, place % self.dim] += 1.0 if place & 0x8000_0000 else -1.0
            norm = float(np.linalg.norm(out[row]))
            if norm == 0.0:  # every bigram cancelled out
                out[row, 0] = norm = 1.0
            out[row] /= norm
        return out
