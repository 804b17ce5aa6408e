"""``python -m benchmarks.run``: builds a large index, measures it, prints a table, writes JSON."""

from __future__ import annotations

import os

# before NumPy and FAISS load: one thread a search is what a server runs
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from benchmarks import encoding, machine, recall, resident, searching, service
from benchmarks.encoders import default_encoder
from benchmarks.place import SEED, build
from benchmarks.questions import questions
from benchmarks.report import table
from retriever.backends.embedded import EmbeddedSearcher

_ITEMS: Final = 20_000
_SMALL: Final = 2_000
_ASKED: Final = 2_000
_ASKED_SMALL: Final = 200  # a small run shows that everything runs; its figures are nobody's
_TEXTS_SMALL: Final = 600
_QUESTION_SEED: Final = 7


def measure(items: int, folder: Path, *, http: bool, rounds: int) -> dict[str, Any]:
    """Everything, in the order of the table."""
    described = machine.described()
    encoder = default_encoder()
    _say(f"building {items} items in {folder}")
    place = build(folder, items, encoder)
    small = items <= _SMALL
    asked = questions(place.held, _ASKED_SMALL if small else _ASKED, _QUESTION_SEED)
    _say("opening, memory")
    memory = resident.measured(folder, asked[:200])
    searcher = EmbeddedSearcher.open_current(folder)
    _say("recall")
    texts, real_questions, source = recall.real_texts(place.held)
    if small:
        texts, real_questions = texts[:_TEXTS_SMALL], real_questions[:_ASKED_SMALL]
    found_again = {
        "generated": recall.of_index(place, searcher, searching.FILTERS["none"]),
        f"real ({source})": recall.of_real_vectors(encoder, texts, real_questions),
    }
    _say("searching")
    search = searching.search_latency(searcher, encoder, asked, rounds)
    stages = searching.stage_times(searcher, encoder, asked[:500])
    searcher.close()
    _say("answering")
    answer, outcomes = searching.answer_latency(folder, encoder, asked)
    result = {
        "machine": described,
        "seeds": {"items": SEED, "vectors": SEED, "questions": _QUESTION_SEED},
        "items": items,
        "passages": place.passages,
        "encoder": {"name": encoder.name, "fingerprint": encoder.fingerprint},
        "build": {"seconds": place.seconds, "disk_mb": place.disk_mb},
        "resident": memory,
        "recall": found_again,
        "search": search,
        "stages": stages,
        "answer": {"latency": answer, "outcomes": outcomes},
        "passage_encoder": encoding.measured(encoder, texts, source),
    }
    if http:
        _say("serving")
        result["http"] = service.measured(folder, asked)
    return result


def main(arguments: list[str] | None = None) -> None:
    """Parses the command line and runs."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--items", type=int, default=None, help=f"default {_ITEMS}")
    parser.add_argument(
        "--small", action="store_true", help=f"{_SMALL} items, one round, few questions"
    )
    parser.add_argument("--out", type=Path, help="where the JSON goes")
    parser.add_argument("--no-http", action="store_true", help="do not start servers")
    parser.add_argument("--keep", type=Path, help="build here and leave the index")
    given = parser.parse_args(arguments)
    items = given.items or (_SMALL if given.small else _ITEMS)
    rounds = 1 if items <= _SMALL else 3
    with tempfile.TemporaryDirectory(prefix="zhiku-bench-") as temporary:
        folder = given.keep or Path(temporary) / "index"
        result = measure(items, folder, http=not given.no_http, rounds=rounds)
    print(table(result))
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(result, ensure_ascii=False, indent=2)
        given.out.write_text(text + "\n", encoding="utf-8")


def _say(step: str) -> None:
    print(f"… {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
