"""How well a heap of knowledge is split into the six sub-libraries: accuracy, coverage, calibration.

``python -m benchmarks.propose_split`` takes the library off every shipped item and proposes it
again, learning only from items of other families (ten folds); then it learns from all of them and
splits short rows that somebody else wrote (``tests/indexer/outside_rows.jsonl``).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.encoders import ROOT, default_encoder
from benchmarks.place import read_corpora
from corpora.types import KnowledgeItem, SubLibrary
from indexer.encoders.protocol import Encoder, Progress, Vectors
from indexer.propose import APPLY_AT, ItemText, Proposal, Proposer
from indexer.propose_sample import folds

OUTSIDE: Final = ROOT / "tests" / "indexer" / "outside_rows.jsonl"
_FOLDS: Final = 10

Judged = tuple[Proposal, SubLibrary]
Row = Callable[[KnowledgeItem], ItemText]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a split achieved: of all rows, and of those that are applied without asking."""

    rows: int
    accuracy: float
    coverage: float
    accuracy_applied: float
    calibration_error: float

    @classmethod
    def of(cls, judged: Sequence[Judged], apply_at: float = APPLY_AT) -> Figures:
        right = np.array([proposal.library is library for proposal, library in judged])
        confidence = np.array([proposal.confidence for proposal, _ in judged])
        applied = confidence >= apply_at
        tenth = np.minimum((confidence * 10).astype(int), 9)
        error = sum(
            abs(right[tenth == n].mean() - confidence[tenth == n].mean()) * (tenth == n).mean()
            for n in np.unique(tenth)
        )
        return cls(
            len(judged),
            float(right.mean()),
            float(applied.mean()),
            float(right[applied].mean()) if applied.any() else 1.0,
            float(error),
        )


class Remembering:
    """An encoder that keeps what it encoded: the folds ask for the same texts again and again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}
        self.name, self.dim, self.fingerprint = encoder.name, encoder.dim, encoder.fingerprint

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        vectors = self._encoder.encode_passages(missing, progress)
        self._known.update(zip(missing, vectors, strict=True))
        if not texts:
            return vectors
        return np.stack([self._known[text] for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)


def _whole(item: KnowledgeItem) -> ItemText:
    return ItemText.of_item(item)


def _texts(item: KnowledgeItem) -> ItemText:
    text = ItemText.of_item(item)
    return ItemText.of(text.title, text.questions, text.facets, aliases=text.aliases)


def _small(item: KnowledgeItem) -> ItemText:
    return ItemText.of(item.title, (), [item.facets[0].official])


def _other(item: KnowledgeItem) -> ItemText:
    return ItemText.of(item.title, (), [item.facets[-1].official])


def _coded(item: KnowledgeItem) -> ItemText:
    text = ItemText.of_item(item)
    return ItemText.of(
        item.title,
        (),
        [item.facets[0].official],
        has_codes=text.has_codes,
        has_dates=text.has_dates,
        has_tariff=text.has_tariff,
    )


def _title(item: KnowledgeItem) -> ItemText:
    return ItemText.of(item.title)


ROWS: Final[dict[str, Row]] = {
    "whole item, library removed": _whole,
    "texts only (no kinds, no fields)": _texts,
    "small row: title + first text": _small,
    "small row: title + last text": _other,
    "small row with codes, dates, tariff": _coded,
    "title alone": _title,
}


def cross_validated(
    items: Sequence[KnowledgeItem],
    encoder: Encoder | None,
    words: Iterable[str] = (),
    rows: dict[str, Row] = ROWS,
    count: int = _FOLDS,
) -> dict[str, Figures]:
    """Every item proposed by what was learned from other families, a line for each kind of row."""
    fold_of = folds(items, count)
    judged: dict[str, list[Judged]] = {name: [] for name in rows}
    for fold in range(count):
        others = [item for item in items if fold_of[item.id] != fold]
        held_out = [item for item in items if fold_of[item.id] == fold]
        proposer = Proposer.from_items(others, encoder, words)
        for name, row in rows.items():
            proposals = proposer.propose_all([row(item) for item in held_out])
            judged[name] += [
                (proposal, item.sub_library)
                for proposal, item in zip(proposals, held_out, strict=True)
            ]
    return {name: Figures.of(pairs) for name, pairs in judged.items()}


def outside_rows(path: Path = OUTSIDE) -> list[tuple[ItemText, SubLibrary]]:
    """The rows of the outside set, none of which is ever learned from."""
    read = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        (ItemText.of(row["title"], (), [row["text"]]), SubLibrary(row["library"])) for row in read
    ]


def outside(proposer: Proposer) -> Figures:
    """The figures of the outside set."""
    rows = outside_rows()
    proposals = proposer.propose_all([text for text, _ in rows])
    return Figures.of([(p, library) for p, (_, library) in zip(proposals, rows, strict=True)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-encoder", action="store_true", help="terms and fields alone")
    parser.add_argument("--folds", type=int, default=_FOLDS)
    given = parser.parse_args()
    knowledge = read_corpora()
    encoder = None if given.no_encoder else Remembering(default_encoder())
    words = knowledge.lexicon.words
    started = time.perf_counter()
    proposer = Proposer.from_items(knowledge.items, encoder, words)
    seconds = time.perf_counter() - started
    table = cross_validated(knowledge.items, encoder, words, count=given.folds)
    table["outside rows: title + text"] = outside(proposer)
    print(f"{len(knowledge.items)} items, learned in {seconds:.1f} s, applied from {APPLY_AT}")
    print(f"{'':36}{'rows':>6}{'right':>8}{'applied':>9}{'right of applied':>18}{'ECE':>7}")
    for name, f in table.items():
        print(
            f"{name:36}{f.rows:6}{f.accuracy:8.3f}{f.coverage:9.3f}"
            f"{f.accuracy_applied:18.3f}{f.calibration_error:7.3f}"
        )


if __name__ == "__main__":
    main()
