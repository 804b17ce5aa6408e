"""Explains the hits of a result page: reads what is needed, and lets pure functions do the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.analyzer import Analyzer
from indexer.encoders.protocol import Encoder, EncoderError, SpanEncoder
from indexer.normalize import normalize
from retriever.backends.protocol import Searcher
from retriever.constants import Blend
from retriever.explaining import Explanation, by_reading, may_show, score_parts, supporting
from retriever.filters import Filter
from retriever.meetings import Meetings, Tokens, best_partners, meetings
from retriever.retriever import ResultPage
from retriever.term_scores import TermPart, term_parts
from retriever.types import FoundPassage, Hit

NO_VECTORS: Final = "索引没有词元向量；用能给出词元的向量模型重建索引后才有"
NO_TOKENS: Final = "向量模型不说明它的词元是哪些字"
NO_PASSAGE: Final = "只凭编码找到，没有可对照的片段"
NO_MEANING: Final = "这次没有用上语义检索"
STAFF_ONLY: Final = "片段是业务口径，只给工作人员看"
_UNEQUAL: Final = "片段的词元与索引里存的对不上"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A reading of the question: its terms with their weights, and its tokens where there are any."""

    text: str
    weights: dict[str, float]
    tokens: Tokens | None
    vectors: NDArray[np.float32] | None


class Explainer:
    """Explains what was found in one version, for as long as its searcher is open."""

    def __init__(self, searcher: Searcher, encoder: Encoder, weights: Blend) -> None:
        self._searcher = searcher
        self._encoder = encoder
        self._weights = weights

    @cached_property
    def _analyzer(self) -> Analyzer:
        return Analyzer(self._searcher.lexicon.words)

    def explain(self, page: ResultPage, wanted: Filter) -> list[Explanation]:
        """One explanation a hit of the page; ``wanted`` is the filter that it was found under."""
        if not page.hits:
            return []
        query = page.query
        readings = [self._asked(text) for text in (query.normalized, query.reading) if text]
        ids = dict.fromkeys(e.passage_id for hit in page.hits for e in hit.supporting)
        passages = self._searcher.fetch(list(ids))
        explained = []
        for hit in page.hits:
            asked = readings[-1] if by_reading(hit.evidence, self._weights) else readings[0]
            explained.append(
                Explanation(
                    asked=asked.text,
                    parts=score_parts(hit, self._weights),
                    terms=tuple(self._terms(asked, hit)),
                    tokens=self._meetings(readings, hit, page, wanted),
                    supporting=supporting(hit.supporting, passages, wanted.audience),
                )
            )
        return explained

    def _asked(self, text: str) -> _Asked:
        terms = list(dict.fromkeys(self._analyzer.terms(text)))
        weights = dict(zip(terms, self._searcher.term_weights(terms), strict=True))
        projection = self._searcher.projection
        if projection is None or not isinstance(self._encoder, SpanEncoder):
            return _Asked(text, weights, None, None)
        try:
            both = next(iter(self._encoder.encode_both([text])))
        except EncoderError:
            return _Asked(text, weights, None, None)
        tokens = self._tokens(self._encoder, text)
        return _Asked(text, weights, tokens, projection.project(both.tokens))

    def _terms(self, asked: _Asked, hit: Hit) -> list[TermPart]:
        ceiling = sum(asked.weights.values())
        # a passage that is not among the first by words has no lexical part, whatever it says
        counted = hit.evidence.lexical > 0.0 and ceiling > 0.0
        return term_parts(
            asked.weights,
            self._analyzer.terms(_indexed_text(hit.passage)),
            self._searcher.manifest.mean_terms,
            self._weights.lexical / ceiling if counted else 0.0,
        )

    def _meetings(
        self, readings: Sequence[_Asked], hit: Hit, page: ResultPage, wanted: Filter
    ) -> Meetings:
        if self._searcher.projection is None:
            return Meetings(why_none=NO_VECTORS)
        if not hit.evidence.passage_id:
            return Meetings(why_none=NO_PASSAGE)
        if not isinstance(self._encoder, SpanEncoder):
            return Meetings(why_none=NO_TOKENS)
        if not may_show(hit.passage.field, wanted.audience):
            return Meetings(why_none=STAFF_ONLY)
        stored = self._searcher.token_vectors([hit.passage.passage_id]).get(hit.passage.passage_id)
        found = self._tokens(self._encoder, _indexed_text(hit.passage))
        if stored is None or not 0 < len(stored) == len(found.spans):
            return Meetings(why_none=_UNEQUAL)
        if not page.meanings:
            return Meetings(why_none=NO_MEANING)
        # of the question as typed and as read, the better one counts
        best: tuple[float, Meetings] | None = None
        for asked in readings:
            if asked.tokens is not None and asked.vectors is not None:
                places, cosines = best_partners(asked.vectors, stored)
                met = sum(cosines) / len(cosines)
                if best is None or met > best[0]:
                    best = met, meetings(asked.tokens, found, places, cosines)
        return best[1] if best else Meetings(why_none=NO_MEANING)

    def _tokens(self, encoder: SpanEncoder, text: str) -> Tokens:
        normalized = normalize(text)
        words = dict.fromkeys(self._analyzer.words(normalized))
        return Tokens(normalized, tuple(encoder.token_spans(text)), tuple(words))


def _indexed_text(passage: FoundPassage) -> str:
    """What the passage's terms and vectors were made from."""
    return f"{passage.context} {passage.text}" if passage.context else passage.text
