"""The only door to tantivy: one lexical index over all sub-libraries, from terms already cut.

Statistics are global and exact because a version is built whole and never deletes.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import tantivy
from numpy.typing import NDArray

_TERMS: Final = "terms"
_HEAP: Final = 256_000_000
K1: Final = 1.2  # fixed inside tantivy
B: Final = 0.75
_TIES: Final = 16  # rows asked for beyond k at first, so that ties at the edge are seen
_SIFT_FROM: Final = (
    0.3  # below, asking for more and dropping costs more than the engine's own filter
)
_SIFT_SPARE: Final = 1.15  # what is found passes less often than the average row, now and then
_SAME: Final = 1e-5
"""Relative difference below which two scores are one: tantivy adds float32 parts in an order that
depends on where its lists stand, so equal passages may differ in the last bits."""


@dataclass(frozen=True, slots=True)
class RowFields:
    """What a row is filtered by, as small numbers."""

    library: int
    audience: int
    region: int
    sale: int
    valid_from: int
    valid_to: int


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows may be found; None means that everything passes."""

    libraries: tuple[int, ...] | None
    audience_up_to: int | None
    regions: tuple[int, ...] | None
    sales: tuple[int, ...] | None
    begins: tuple[int | None, int | None]
    """The first and the last day, as ordinals, that ``valid_from`` may be; None is open."""
    ends_from: int | None
    """The first day that ``valid_to`` may be."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """A filter in two steps: ``first`` by the engine, ``mask`` over all rows afterwards.

    A range that excludes little costs the engine five times the question itself, because it has to
    score every passage then instead of skipping those that cannot come near the best.
    """

    first: RowFilter
    mask: NDArray[np.bool_]
    share: float
    """How many of the rows that pass ``first`` pass ``mask``."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_TERMS, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", fast=True)
    for name in ("library", "audience", "region", "sale"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in ("valid_from", "valid_to"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def build(
    folder: Path, rows: Iterable[tuple[Sequence[str], RowFields]], *, heap: int = _HEAP
) -> None:
    """Writes the lexical index of all rows into an empty folder; more than ``heap`` bytes of
    postings make several segments, which readers cannot tell from one.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(heap_size=heap, num_threads=1)
    for number, (terms, fields) in enumerate(rows):
        document = tantivy.Document()
        document.add_text(_TERMS, " ".join(terms))
        document.add_unsigned("row", number)
        document.add_unsigned("library", fields.library)
        document.add_unsigned("audience", fields.audience)
        document.add_unsigned("region", fields.region)
        document.add_unsigned("sale", fields.sale)
        document.add_unsigned("valid_from", fields.valid_from)
        document.add_unsigned("valid_to", fields.valid_to)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class LexicalIndex:
    """BM25 over the terms; rows are local to the version and never leave the backend."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._schema = self._index.schema
        self._searcher = self._index.searcher()

    @property
    def rows(self) -> int:
        """How many rows the index holds."""
        return int(self._searcher.num_docs)

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """In how many rows each term occurs."""
        return [self._searcher.doc_freq(_TERMS, term) for term in terms]

    def _clauses(self, wanted: RowFilter) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        clauses: list[tantivy.Query] = []
        for name, values in (
            ("library", wanted.libraries),
            ("region", wanted.regions),
            ("sale", wanted.sales),
        ):
            if values is not None:
                # a bool of terms filters about twice as fast as a term-set query
                terms = [
                    (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, name, value))
                    for value in values
                ]
                clauses.append(tantivy.Query.boolean_query(terms))
        for name, low, high in (
            ("audience", None, wanted.audience_up_to),
            ("valid_from", *wanted.begins),
            ("valid_to", wanted.ends_from, None),
        ):
            if low is not None or high is not None:
                clauses.append(
                    tantivy.Query.range_query(
                        self._schema, name, tantivy.FieldType.Unsigned, low, high
                    )
                )
        # a filter decides, it never scores
        return [
            (tantivy.Occur.Must, tantivy.Query.const_score_query(clause, 0.0)) for clause in clauses
        ]

    def search(
        self, terms: Sequence[str], k: int, wanted: RowFilter, sieve: Sieve | None = None
    ) -> list[tuple[int, float]]:
        """(row, BM25) of the best ``k`` rows that hold a term and pass the filter, and of all that
        tie with the last of them: the caller cuts ties, because the engine's order is not ours.

        ``sieve``, where given, lets through the same rows as ``wanted``, only faster.
        """
        if not terms or k < 1:
            return []
        scoring = tantivy.Query.boolean_query(
            [
                (
                    tantivy.Occur.Should,
                    tantivy.Query.term_query(self._schema, _TERMS, term, index_option="freq"),
                )
                for term in dict.fromkeys(terms)
            ]
        )
        found = self._sifted(scoring, k, sieve) if sieve is not None else None
        if found is None:
            found = self._best(self._filtered(scoring, wanted), k, k + _TIES, None) or []
        levelled = _levelled([score for _, score in found])
        return [(row, score) for (row, _), score in zip(found, levelled, strict=True)]

    def _sifted(
        self, scoring: tantivy.Query, k: int, sieve: Sieve
    ) -> list[tuple[int, float]] | None:
        """The best rows by asking for more than ``k`` and dropping those that do not pass; None
        where too few would be left.
        """
        if sieve.share < _SIFT_FROM:
            return None
        query = self._filtered(scoring, sieve.first)
        limit = math.ceil((k + _TIES) / sieve.share * _SIFT_SPARE)
        found = self._best(query, k, limit, sieve.mask)
        # an item's passages pass or fail together, so one question may meet many that fail
        return self._best(query, k, 2 * limit, sieve.mask) if found is None else found

    def _filtered(self, scoring: tantivy.Query, wanted: RowFilter) -> tantivy.Query:
        clauses = self._clauses(wanted)
        if not clauses:
            return scoring
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, scoring), *clauses])

    def _best(
        self, query: tantivy.Query, k: int, limit: int, mask: NDArray[np.bool_] | None
    ) -> list[tuple[int, float]] | None:
        """Best first, with all ties at the edge; None where ``mask`` left fewer than ``k`` of many."""
        while True:
            hits = self._searcher.search(query, limit=limit, count=False).hits
            rows = self._searcher.fast_field_values("row", [address for _, address in hits])
            found = [(int(row or 0), score) for row, (score, _) in zip(rows, hits, strict=True)]
            if mask is not None:
                passes = mask[np.array([row for row, _ in found], dtype=np.int64)].tolist()
                found = [pair for pair, passed in zip(found, passes, strict=True) if passed]
            if len(hits) < limit:
                return found
            if len(found) < k:
                return None
            if hits[-1][0] < found[k - 1][1] * (1.0 - 2 * _SAME):
                return found
            limit *= 4


def _levelled(scores: Sequence[float]) -> list[float]:
    """Falling scores with those that differ by rounding only made equal to the first of them."""
    level = 0.0
    levelled: list[float] = []
    for score in scores:
        if score < level * (1.0 - _SAME) or not levelled:
            level = score
        levelled.append(level)
    return levelled
