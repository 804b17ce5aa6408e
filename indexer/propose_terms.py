"""Texts as rows of weighted terms, without a library for sparse matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.types import FacetKind
from indexer.analyzer import Analyzer
from indexer.propose_fit import Labels, Matrix

_TRAITS: Final = (
    *(kind.value for kind in FacetKind),
    "tariff",
    "dates",
    "codes",
    "screens",
    "device",
)
_IN_ITEMS: Final = 2  # a term of one item alone tells nothing of its library


@dataclass(frozen=True, slots=True)
class TermRows:
    """Rows of (term, weight); ``ends`` says where each row ends, ``width`` how many terms exist."""

    terms: NDArray[np.int64]
    weights: NDArray[np.float64]
    ends: NDArray[np.int64]
    width: int

    @classmethod
    def of(cls, rows: Iterable[dict[int, float]], width: int) -> TermRows:
        """From one mapping a row; a row is scaled to length one."""
        terms: list[int] = []
        weights: list[float] = []
        ends: list[int] = []
        for row in rows:
            norm = sum(weight * weight for weight in row.values()) ** 0.5
            terms.extend(row)
            weights.extend(weight / norm for weight in row.values())
            ends.append(len(terms))
        return cls(
            np.array(terms, dtype=np.int64),
            np.array(weights),
            np.array(ends, dtype=np.int64),
            width,
        )

    @property
    def row_of(self) -> NDArray[np.int64]:
        """The row of every term that is stored."""
        return np.repeat(np.arange(len(self.ends)), np.diff(self.ends, prepend=0))

    def rows(self, wanted: NDArray[np.bool_]) -> TermRows:
        """The wanted rows alone."""
        kept = wanted[self.row_of]
        lengths = np.diff(self.ends, prepend=0)[wanted]
        return TermRows(self.terms[kept], self.weights[kept], np.cumsum(lengths), self.width)

    def mass(self, labels: Labels, classes: int) -> Matrix:
        """The weight of every term in every class."""
        cells = self.terms * classes + labels[self.row_of]
        mass = np.bincount(cells, weights=self.weights, minlength=self.width * classes)
        return mass.reshape(self.width, classes).astype(np.float64)

    def times(self, matrix: Matrix) -> Matrix:
        """The product with a matrix that has a row a term."""
        parts = matrix[self.terms] * self.weights[:, None]
        row_of = self.row_of
        product = np.empty((len(self.ends), matrix.shape[1]))
        for column in range(matrix.shape[1]):
            product[:, column] = np.bincount(
                row_of, weights=parts[:, column], minlength=len(self.ends)
            )
        return product


class Vocabulary:
    """The terms that tell something, with how rare they are."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._numbers: dict[str, int] = {}
        self._rarity: list[float] = []
        self._cut: dict[str, list[str]] = {}

    def learn(self, items: Sequence[Sequence[str]]) -> None:
        """Takes up the terms of items, each given by all of its texts; kept until ``forget``."""
        self._cut = {text: self._analyzer.terms(text) for texts in items for text in texts}
        found = Counter(
            term for texts in items for term in {term for text in texts for term in self._cut[text]}
        )
        kept = sorted(term for term, count in found.items() if count >= min(_IN_ITEMS, len(items)))
        self._numbers = {term: number for number, term in enumerate(kept)}
        self._rarity = [float(np.log((1 + len(items)) / (1 + found[t])) + 1) for t in kept]

    def forget(self) -> None:
        """Drops the cut texts; the terms stay."""
        self._cut = {}

    def term_rows(self, rows: Sequence[Sequence[str]]) -> TermRows:
        """A row for each group of texts; terms that were never learned are left out."""
        known: dict[str, list[int]] = {}
        for text in dict.fromkeys(text for texts in rows for text in texts):
            cut = self._cut.get(text)
            terms = self._analyzer.terms(text) if cut is None else cut
            numbers = map(self._numbers.get, terms)
            known[text] = [number for number in numbers if number is not None]
        counted = (Counter(number for text in texts for number in known[text]) for texts in rows)
        return TermRows.of(
            (
                {n: (1 + log(times)) * self._rarity[n] for n, times in count.items()}
                for count in counted
            ),
            len(self._numbers),
        )

    @staticmethod
    def trait_rows(rows: Sequence[Sequence[str]]) -> TermRows:
        """A row for the traits of each view."""
        return TermRows.of(
            ({_TRAITS.index(trait): 1.0 for trait in traits} for traits in rows), len(_TRAITS)
        )
