"""A searcher by definition: no index, every passage looked at, every formula written out."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpora.lexicon import Lexicon
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.types import Channel
from corpora.versions import ItemVersion
from indexer.backends.protocol import StagedContent
from indexer.lookup import typed_lines
from indexer.manifest import Manifest
from indexer.passages import Passage
from indexer.token_vectors import Projection
from retriever.backends.protocol import Sought
from retriever.filters import Filter
from retriever.types import FoundPassage, Match, SuggestEntry

K1, B = 1.2, 0.75


def _length_of(code: int) -> int:
    """The length that one byte stands for, in Lucene and tantivy: exact up to 40, then 3 bits."""
    if code < 24:
        return code
    low, shift = (code - 24) & 7, ((code - 24) >> 3) - 1
    return 24 + (low if shift < 0 else (low | 8) << shift)


LENGTHS = [_length_of(code) for code in range(256)]


def quantised(length: int) -> int:
    """The longest length not above ``length`` that fits in a byte."""
    return LENGTHS[bisect.bisect_right(LENGTHS, length) - 1]


class BruteForceSearcher:
    """The ``Searcher`` that all engines have to agree with."""

    def __init__(self, content: StagedContent) -> None:
        self._content = content
        self._held = {h.key: h for h in content.release.item_versions}
        self._vectors = content.vectors.astype(np.float16).astype(np.float64)
        self._counts = [Counter(terms) for terms in content.terms]
        self._frequencies = Counter(term for counts in self._counts for term in counts)
        total = sum(len(terms) for terms in content.terms)
        self._mean = total / len(content.terms) if content.terms else 0.0
        self._rows = {p.passage_id: row for row, p in enumerate(content.passages)}
        self.lexicon: Lexicon = content.release.lexicon
        self.regions: Regions = content.release.regions
        self.templates: dict[str, PushTemplate] = {t.id: t for t in content.release.templates}
        self.template_versions = dict(content.release.template_versions)
        self.projection: Projection | None = content.projection
        self.manifest = Manifest(
            version="brute-force",
            created_at=content.created_at,
            encoder=content.encoder,
            encoder_fingerprint=content.encoder_fingerprint,
            dim=int(content.vectors.shape[1]),
            analyzer_fingerprint=content.analyzer_fingerprint,
            items=content.release.item_count,
            passages=len(content.passages),
            mean_terms=self._mean,
            partitions=(),
        )

    def passes(self, passage: Passage, wanted: Filter) -> bool:
        """The filter, read off the passage and its item."""
        item = self._held[f"{passage.item_id}@{passage.version}"].item
        return (
            _holds_when(passage, wanted)
            and wanted.audience.may_read(passage.audience)
            and (not wanted.libraries or passage.sub_library in wanted.libraries)
            and (not wanted.sale_statuses or item.sale_status in wanted.sale_statuses)
            and _holds_in(passage.region, wanted)
        )

    def _best(self, scores: dict[int, float], wanted: Filter, k: int) -> list[Match]:
        passages = self._content.passages
        found = [
            Match(passages[row].passage_id, score)
            for row, score in scores.items()
            if self.passes(passages[row], wanted)
        ]
        return sorted(found, key=lambda m: (-m.score, m.passage_id))[: max(0, k)]

    def lexical(self, terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        asked = list(dict.fromkeys(terms))
        weights = dict(zip(asked, self.term_weights(asked), strict=True))
        scores: dict[int, float] = {}
        for row, counts in enumerate(self._counts):
            length = quantised(len(self._content.terms[row]))
            parts = [
                weights[term]
                * counts[term]
                * (K1 + 1)
                / (counts[term] + K1 * (1 - B + B * length / self._mean))
                for term in asked
                if term in counts
            ]
            if parts:
                scores[row] = math.fsum(parts)
        return self._best(scores, wanted, k)

    def semantic(self, vector: NDArray[np.float32], wanted: Filter, k: int) -> list[Match]:
        return self._best(dict(enumerate(self._cosines(vector))), wanted, k)

    def both(
        self, terms: Sequence[str], sought: Sought, wanted: Filter, k: int
    ) -> tuple[list[Match], list[Match]]:
        vector = sought()
        near = self.semantic(vector, wanted, k) if vector is not None else []
        return self.lexical(terms, wanted, k), near

    def _cosines(self, vector: NDArray[np.float32]) -> list[float]:
        scores = self._vectors @ vector.astype(np.float64)
        return [float(score) for score in scores.astype(np.float32)]

    def cosines(self, vector: NDArray[np.float32], passage_ids: Sequence[str]) -> list[Match]:
        scores = self._cosines(vector)
        return [Match(p, scores[self._rows[p]]) for p in passage_ids if p in self._rows]

    def term_weights(self, terms: Sequence[str]) -> list[float]:
        total = len(self._counts)
        return [
            math.log(1 + (total - df + 0.5) / (df + 0.5))
            for df in (self._frequencies[term] for term in terms)
        ]

    def fetch(self, passage_ids: Sequence[str]) -> list[FoundPassage]:
        wanted = [self._content.passages[self._rows[p]] for p in passage_ids if p in self._rows]
        return [
            FoundPassage(
                p.passage_id, p.item_id, p.version, p.family, p.field, p.text, p.context, p.facet
            )
            for p in wanted
        ]

    def token_vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.int8]]:
        tokens = self._content.token_vectors
        if tokens is None:
            return {}
        return {p: tokens[self._rows[p]] for p in passage_ids if p in self._rows}

    def _visible(self, wanted: Filter) -> list[ItemVersion]:
        return [
            held
            for held in self._content.release.item_versions
            if _holds_when(held, wanted)
            and any(wanted.audience.may_read(facet.audience) for facet in held.item.facets)
            and (not wanted.libraries or held.item.sub_library in wanted.libraries)
            and (not wanted.sale_statuses or held.item.sale_status in wanted.sale_statuses)
            and _holds_in(held.item.region.path if held.item.region else "", wanted)
        ]

    def items(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        visible = sorted(self._visible(wanted), key=lambda held: held.valid_from)
        return [held for item_id in item_ids for held in visible if held.item.id == item_id]

    def family(self, families: Sequence[str], wanted: Filter) -> dict[str, list[ItemVersion]]:
        def locality(held: ItemVersion) -> tuple[int, str, dt.date]:
            depth = held.item.region.depth if held.item.region else 0
            return (-depth, held.item.id, held.valid_from)

        visible = self._visible(wanted)
        return {
            family: sorted((h for h in visible if h.item.family == family), key=locality)
            for family in families
        }

    def by_code(self, code: str, wanted: Filter) -> list[ItemVersion]:
        def names(held: ItemVersion) -> list[str]:
            commands = [
                a.target.split("@")[0] for a in held.item.actions if a.channel is Channel.SMS
            ]
            return [*(c.value for c in held.item.codes), *held.item.screens, *commands]

        found = [
            held
            for held in self._visible(wanted)
            if code.upper() in (name.upper() for name in names(held))
        ]
        return sorted(found, key=lambda held: (held.item.id, held.valid_from))

    def suggestions(self) -> Sequence[SuggestEntry]:
        held = sorted(
            self._content.release.item_versions,
            key=lambda h: (h.item.id, h.version, h.valid_from),
        )
        return tuple(SuggestEntry(**line) for h in held for line in typed_lines(h))

    def close(self) -> None:
        pass


def _holds_when(dated: Passage | ItemVersion, wanted: Filter) -> bool:
    """On the day of the filter; or not yet, but from a day on up to which it looks ahead."""
    if wanted.begins_by is None:
        return dated.valid_from <= wanted.as_of <= dated.valid_to
    return wanted.as_of < dated.valid_from and not dated.valid_from > wanted.begins_by


def _holds_in(path: str, wanted: Filter) -> bool:
    """Everywhere, the reader's own place, or a place around it."""
    if wanted.region is None or not path:
        return True
    return wanted.region.path == path or wanted.region.path.startswith(path + "/")
