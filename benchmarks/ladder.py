"""``python -m benchmarks.ladder [DIR]… [--faq SET]``: what each step of ranking and answering brings.

One run, one encoder, fixed seeds: each step is switched on after the other, and compared with the one
before on the same questions. DIR holds a set in BEIR layout; the FAQ set is asked of the published
index (``ZHIKU_INDEX_URL``). The constants were chosen with everything on and partly on the dev split,
so a step alone could do better with others, and dev flatters a little.
"""

from __future__ import annotations

import os

# before NumPy and FAISS load: one thread a search is what a server runs
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from benchmarks import ladder_faq, machine
from benchmarks.encoders import ROOT
from benchmarks.ending import ending_clearly
from benchmarks.ladder_public import public_ladder
from benchmarks.ladder_tables import markdown, terminal
from benchmarks.saying import asking, building
from corpora.settings import Settings
from eval.deployment import loaded
from eval.faqset import FaqSet
from eval.intervals import SEED
from eval.paired import RESAMPLES
from indexer.encoders.catalog import default_encoder, open_encoder
from indexer.encoders.models_at import models_at
from indexer.encoders.protocol import Encoder, KnownEncoder
from indexer.location import index_at, vector_cache
from retriever.backends.opened import open_searcher
from retriever.constants import constants_for

_FAQ: Final = ROOT / "corpora" / "faq"
_PIPED: Final = 140  # columns: the widest table in one piece


def measure(
    folders: Sequence[Path],
    faq_set: FaqSet | None,
    opened: ladder_faq.Opened | None,
    encoder: Encoder,
    cache: Path,
) -> dict[str, Any]:
    """Every ladder, in the order of the tables; ``opened`` is where the FAQ set is asked."""
    described = machine.described()
    public = [
        public_ladder(folder, encoder, cache, asking(folder.name), building(folder.name))
        for folder in folders
    ]
    faq: dict[str, Any] = {}
    if faq_set is not None and opened is not None:
        name = faq_set.name
        faq = {
            "index": opened.searcher.manifest.version,
            "as_of": faq_set.as_of.isoformat(),
            "constants": opened.constants.describe(),
            "ranking": ladder_faq.ranking_ladder(faq_set, opened, asking(f"{name} ranking")),
            "facets": ladder_faq.facet_ladder(faq_set, opened, asking(f"{name} facets")),
            "outcomes": ladder_faq.outcome_ladder(faq_set, opened, asking(f"{name} outcomes")),
        }
    return {
        "machine": described,
        "seeds": {"intervals": SEED, "resamples": RESAMPLES},
        "encoder": {"name": encoder.name, "fingerprint": encoder.fingerprint},
        "constants": constants_for(encoder.fingerprint).describe(),
        "public": public,
        "faq": faq,
    }


def main(arguments: list[str] | None = None) -> None:
    """Parses the command line and runs."""
    parser = argparse.ArgumentParser(prog="benchmarks.ladder", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR", help="BEIR layout")
    parser.add_argument("--faq", type=Path, default=_FAQ, help="a FAQ set or a folder of them")
    parser.add_argument("--no-faq", action="store_true", help="public sets only")
    parser.add_argument("--split", default="dev", help="of the FAQ set; all for every split")
    parser.add_argument("--cache", type=Path, help="keep indexes of public sets here")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--out", type=Path, help="write JSON here and a table beside it (.md)")
    given = parser.parse_args(arguments)
    if given.out and given.out.suffix == ".md":
        parser.error("--out is the JSON file; the Markdown table goes beside it")
    if given.no_faq and not given.folders:
        parser.error("nothing to measure: name a set in BEIR layout, or leave out --no-faq")
    with ending_clearly(), tempfile.TemporaryDirectory(prefix="zhiku-ladder-") as temporary:
        result = _measured(given, given.cache or Path(temporary))
    document = json.dumps(result, ensure_ascii=False, indent=2)
    if given.json:
        print(document)
    else:
        # into a file or a pipe there is no terminal whose width could be known
        console = Console(width=None if sys.stdout.isatty() else _PIPED)
        for table in terminal(result):
            console.print(table, "")
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(document + "\n", encoding="utf-8")
        given.out.with_suffix(".md").write_text(markdown(result), encoding="utf-8")


def _measured(given: argparse.Namespace, cache: Path) -> dict[str, Any]:
    settings = Settings.from_environment(os.environ)
    models = models_at(settings)
    if given.no_faq:
        encoder = open_encoder(settings.encoder or default_encoder(models), models)
        return measure(given.folders, None, None, encoder, cache)
    faq_set = loaded(given.faq, "" if given.split == "all" else given.split)
    searcher = open_searcher(index_at(settings))
    try:
        # the index names its encoder, and the public sets are measured with the same one
        made = searcher.manifest
        known = KnownEncoder(made.encoder_fingerprint, made.dim)
        encoder = open_encoder(made.encoder, models, made_with=known)
        opened = ladder_faq.Opened(
            searcher, encoder, settings.fitted, vector_cache(index_at(settings))
        )
        result = measure(given.folders, faq_set, opened, encoder, cache)
    finally:
        searcher.close()
    result["faq"]["split"] = given.split
    return result


if __name__ == "__main__":
    main()
