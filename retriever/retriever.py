"""The stages of a search, in order, on one page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.analyzer import Analyzer
from indexer.encoders.protocol import Encoder, EncoderError
from indexer.errors import IndexMismatch
from retriever.backends.protocol import Searcher
from retriever.boosts import boosts
from retriever.collapse import best_by_family, chosen_member
from retriever.constants import Constants, constants_for
from retriever.filters import Filter
from retriever.fusion import blend
from retriever.kept import Kept
from retriever.types import Evidence, FoundPassage, Hit, Match
from retriever.understand import Query, Understanding

DEPTH: Final = 200
"""Candidate passages from each engine: enough that the right one is nearly always among them, and
fixed, so that a larger k never changes the order of a smaller one."""
FAMILIES: Final = 50
_VECTORS_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Ranked items, with what is needed to judge and to explain them."""

    query: Query
    vector: NDArray[np.float32] | None
    hits: tuple[Hit, ...]
    degraded: tuple[str, ...]
    took_ms: float


class Retriever:
    """Searches one opened version with the encoder that it was built with."""

    def __init__(
        self, searcher: Searcher, encoder: Encoder, *, fitted: Path | None = None
    ) -> None:
        manifest = searcher.manifest
        if encoder.fingerprint != manifest.encoder_fingerprint:
            raise IndexMismatch(
                f"索引 {manifest.version} 由编码器 {manifest.encoder}"
                f"（{manifest.encoder_fingerprint}）建立，现在的编码器是 {encoder.name}"
                f"（{encoder.fingerprint}）；请运行 zhiku index build 重建索引"
            )
        self._analyzer = Analyzer(searcher.lexicon.words)
        if self._analyzer.fingerprint != manifest.analyzer_fingerprint:
            raise IndexMismatch(
                f"索引 {manifest.version} 由另一版分词器建立；请运行 zhiku index build 重建索引"
            )
        self.searcher = searcher
        self.constants: Constants = constants_for(encoder.fingerprint, fitted)
        self._encoder = encoder
        self._understanding = Understanding(self._analyzer, searcher.lexicon)
        self._vectors: Kept[NDArray[np.float32]] = Kept(_VECTORS_KEPT)

    def understand(self, text: str) -> Query:
        """The question made ready; ``BadQuery`` when it cannot be used."""
        return self._understanding.query(text)

    def search(self, question: str | Query, wanted: Filter, k: int = 5) -> ResultPage:
        """The best ``k`` items under the filter: understand, find, blend, collapse, correct."""
        started = time.perf_counter()
        query = self.understand(question) if isinstance(question, str) else question
        degraded: list[str] = []
        lexical = self._lexical(query, wanted)
        vector = self._vector(query, degraded)
        semantic = self.searcher.semantic(vector, wanted, DEPTH) if vector is not None else []
        evidence = self._blended(query, vector, lexical, semantic)
        hits = self._items(query, evidence, wanted)
        return ResultPage(
            query=query,
            vector=vector,
            hits=tuple(hits[:k]),
            degraded=tuple(degraded),
            took_ms=(time.perf_counter() - started) * 1000.0,
        )

    def _lexical(self, query: Query, wanted: Filter) -> list[Match]:
        return self.searcher.lexical([*query.terms, *query.expanded], wanted, DEPTH)

    def _vector(self, query: Query, degraded: list[str]) -> NDArray[np.float32] | None:
        try:
            return self._vectors.get(
                query.normalized, lambda: self._encoder.encode_queries([query.normalized])[0]
            )
        except EncoderError:
            # words alone still answer much; the caller is told that meaning was not asked
            degraded.append("semantic")
            return None

    def _blended(
        self,
        query: Query,
        vector: NDArray[np.float32] | None,
        lexical: Sequence[Match],
        semantic: Sequence[Match],
    ) -> list[Evidence]:
        terms = list(dict.fromkeys(query.terms))
        ceiling = sum(self.searcher.term_weights(terms))
        cosines = {match.passage_id: match.score for match in semantic}
        if vector is not None:
            only_lexical = [m.passage_id for m in lexical if m.passage_id not in cosines]
            cosines |= {m.passage_id: m.score for m in self.searcher.cosines(vector, only_lexical)}
        return blend(lexical, cosines, ceiling, self.constants.blend)

    def _items(self, query: Query, evidence: Sequence[Evidence], wanted: Filter) -> list[Hit]:
        exact = [held for code in query.codes for held in self.searcher.by_code(code, wanted)]
        passages = {
            passage.passage_id: passage
            for passage in self.searcher.fetch([entry.passage_id for entry in evidence])
        }
        best = best_by_family(evidence, passages)
        named = {held.item.family for held in exact}
        families = dict.fromkeys([*named, *list(best)[:FAMILIES]])
        members = self.searcher.family(list(families), wanted)
        exact_ids = frozenset(held.item.id for held in exact)
        hits = []
        for family in families:
            if not members[family]:
                continue
            held = chosen_member(members[family], wanted.region)
            entry = best.get(family)
            if entry is None:
                # named by its code only: nothing of it was found by words or meaning
                entry = Evidence("", 0.0, 0.0, 0.0)
                passage = FoundPassage(
                    "", held.item.id, held.version, family, "code", held.item.title, "", None
                )
            else:
                passage = passages[entry.passage_id]
            gains = boosts(query, held.item, exact_ids)
            score = entry.score + sum(gain for _, gain in gains)
            hits.append(Hit(held, score, passage, entry, tuple(name for name, _ in gains)))
        hits.sort(key=lambda hit: (-hit.score, hit.item_id))
        return hits
