"""The stages of a search, in order, on one page."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.versions import ItemVersion
from indexer.analyzer import Analyzer
from indexer.encoders.protocol import Encoder, EncoderError, Teachable, TokenEncoder
from indexer.errors import IndexMismatch
from indexer.readings import Asked, FacetReader
from indexer.taught import taught_for
from retriever.backends.protocol import Searcher
from retriever.beside import BESIDE
from retriever.boosts import ItemNames, boosts, has_a_name, names_by_code, names_of
from retriever.collapse import best_by_family, chosen_member
from retriever.constants import Constants, constants_for
from retriever.filters import Filter
from retriever.fusion import blend, either, supported
from retriever.kept import Kept
from retriever.rerank import back_part, reranked
from retriever.series import series_of
from retriever.sides import by_item, by_sides, support_of
from retriever.taught import LOOKED_AT, Look, SecondLook
from retriever.types import Evidence, FoundPassage, Hit, Meaning
from retriever.understand import Query, Understanding, looks_like_code

DEPTH: Final = 120
"""Candidate passages from each engine: enough that the right one is nearly always among them, and
fixed, so that a larger k never changes the order of a smaller one."""
FAMILIES: Final = 24  # corrections move an item by a few places, never from beyond these
INTERACTED: Final = 32
"""Items whose passages meet the question token by token: the right one is among them."""
_READ_AT_ONCE: Final = 64  # passages: usually enough for all families, and one request to a server
READING_DISCOUNT: Final = 0.03
"""Below the lead of an exact match over a near one, above the noise of two readings that both fit."""
_VECTORS_KEPT: Final = 4096
_NAMES_KEPT: Final = 8192
_NAME_KINDS: Final = ("title", "alias")
_LINE_KINDS: Final = (*_NAME_KINDS, "question")


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Ranked items, with what is needed to judge and to explain them.

    ``meanings`` are those of the question as typed and as read, the one that found more first; none
    where the encoder failed. ``unsaid`` is the share (by Σidf) of the question's words that the first item nowhere says;
    ``unknown_code`` says that the question names a code which nothing carries. ``as_found`` are the hits
    as they were before the second ``look``, where one was taken.
    """

    query: Query
    meanings: tuple[Meaning, ...]
    hits: tuple[Hit, ...]
    degraded: tuple[str, ...]
    took_ms: float
    unsaid: float = 0.0
    unknown_code: bool = False
    look: Look | None = None
    as_found: tuple[Hit, ...] = ()

    @property
    def vector(self) -> NDArray[np.float32] | None:
        """The vector of the reading that found more."""
        return self.meanings[0].vector if self.meanings else None


def _is_told(hits: Sequence[Hit]) -> bool:
    """Whether the question only says the first item's name and what to tell of it: nothing is left to read."""
    return bool(hits) and "wholly_named" in hits[0].reasons


class Retriever:
    """Searches one opened version with the encoder that it was built with."""

    def __init__(
        self,
        searcher: Searcher,
        encoder: Encoder,
        *,
        fitted: Path | None = None,
        readings: Path | None = None,
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
        items = {line.item_id for line in searcher.suggestions()}
        self.constants: Constants = constants_for(encoder.fingerprint, fitted, items)
        adapter = self.constants.adapter
        if adapter is not None and len(adapter.change) != manifest.dim:
            raise IndexMismatch(
                f"适配矩阵是 {len(adapter.change)} 维的，索引 {manifest.version} 是 {manifest.dim} 维的；"
                "请运行 zhiku model adapt 重新训练，或删除这个文件"
            )
        self.encoder = encoder
        self.second_look: SecondLook | None = None
        taught = taught_for(encoder.fingerprint, fitted, items)
        if taught is not None and isinstance(encoder, Teachable):
            model = encoder.with_values(taught.values)
            self.second_look = SecondLook(FacetReader(model, taught, readings))
        self._spelled: dict[str, list[str]] = {}
        self._called: dict[str, dict[str, None]] = {}
        for line in searcher.suggestions():
            if line.kind in _NAME_KINDS:
                key = f"{line.item_id}@{line.version}"
                self._spelled.setdefault(key, []).append(line.normalized)
                self._called.setdefault(line.normalized, {})[line.item_id] = None
        self._series = series_of(self._called)
        self._understanding = Understanding(
            self._analyzer,
            searcher.lexicon,
            searcher.regions,
            (line.text for line in searcher.suggestions() if line.kind in _NAME_KINDS),
            (line.normalized for line in searcher.suggestions() if line.kind in _LINE_KINDS),
            self._called,
            self._series,
        )
        self._names: Kept[ItemNames] = Kept(_NAMES_KEPT)
        self._meanings: Kept[Meaning] = Kept(_VECTORS_KEPT)

    @property
    def taught_digest(self) -> str:
        """Tells two taught models apart, and how they count; empty where no second look is taken."""
        return self.second_look.reader.taught.in_use if self.second_look else ""

    def understand(self, text: str) -> Query:
        """The question made ready; ``BadQuery`` when it cannot be used."""
        return self._understanding.query(text)

    def search(self, question: str | Query, wanted: Filter, k: int = 5) -> ResultPage:
        """The best ``k`` items under the filter: understand, find, blend, collapse, correct, look again."""
        started = time.perf_counter()
        query = self.understand(question) if isinstance(question, str) else question
        reading: Callable[[], Asked] | None = None
        if not query.called:  # what is called by name is seldom looked at again
            reading = self._reading_begun(query)
        page = self.looked(self.found(query, wanted, max(k, LOOKED_AT)), wanted, reading)
        took_ms = (time.perf_counter() - started) * 1000.0
        return replace(page, hits=page.hits[:k], as_found=page.as_found[:k], took_ms=took_ms)

    def _reading_begun(self, query: Query) -> Callable[[], Asked] | None:
        look = self.second_look
        if look is None:
            return None
        return BESIDE.begun(lambda: look.asked(query.normalized, query.reading))

    def found(self, question: str | Query, wanted: Filter, k: int = LOOKED_AT) -> ResultPage:
        """The best ``k`` items as they are before a second look."""
        started = time.perf_counter()
        query = self.understand(question) if isinstance(question, str) else question
        degraded: list[str] = []
        evidence, asked = self._evidence(query.normalized, query.terms, wanted, degraded)
        known = [asked]
        if query.reading:
            terms = self._analyzer.terms(query.reading)
            found, read = self._evidence(query.reading, terms, wanted, degraded)
            if found:
                better = not evidence or found[0].score > evidence[0].score
                known = [read, asked] if better else [asked, read]
                evidence = either(evidence, found, READING_DISCOUNT)
        meanings = tuple(meaning for meaning in known if meaning is not None)
        evidence = self._interacted(evidence, meanings)
        hits = self._items(query, evidence, wanted)
        return ResultPage(
            query=query,
            meanings=meanings,
            hits=tuple(hits[:k]),
            degraded=tuple(dict.fromkeys(degraded)),
            took_ms=(time.perf_counter() - started) * 1000.0,
            unsaid=self._unsaid(query, hits[0]) if hits else 1.0,
            unknown_code=any(
                looks_like_code(code) and not self.searcher.by_code(code, wanted)
                for code in query.codes
            ),
        )

    def looked(
        self, page: ResultPage, wanted: Filter, reading: Callable[[], Asked] | None = None
    ) -> ResultPage:
        """A page that was found under the filter, after a second look; as it is where none is taken, or one
        was. It has to be ``LOOKED_AT`` hits deep, unless no more were found: a deeper one has the same order.
        ``reading`` gives the question as read, where that was begun.
        """
        started = time.perf_counter()
        look = self.second_look
        if look is None or page.look is not None or not page.meanings or not page.hits:
            return page
        if _is_told(page.hits):
            return page
        query = page.query
        asked = reading() if reading else look.asked(query.normalized, query.reading)
        hits, seen = look.looked(asked, page.hits, wanted.audience)
        took_ms = page.took_ms + (time.perf_counter() - started) * 1000.0
        return replace(page, hits=tuple(hits), look=seen, as_found=page.hits, took_ms=took_ms)

    def owners(self, name: str) -> tuple[str, ...]:
        """The ids of the items that have this normalised name."""
        return tuple(self._called.get(name, ()))

    def members(self, query: Query, wanted: Filter) -> list[ItemVersion]:
        """The items of the series that a question names, each as its reader's region has it."""
        if query.series is None:
            return []
        own = self.searcher.items(list(self._series[query.series.name]), wanted)
        families = self.searcher.family(list(dict.fromkeys(h.item.family for h in own)), wanted)
        return [
            chosen_member(found, wanted.region, query.regions)
            for found in families.values()
            if found
        ]

    def _unsaid(self, query: Query, hit: Hit) -> float:
        known = self._names_of(hit.held).text
        words = list(dict.fromkeys(self._analyzer.words(query.reading or query.normalized)))
        weights = self.searcher.term_weights(words)
        missing = sum(w for word, w in zip(words, weights, strict=True) if word not in known)
        total = sum(weights)
        return missing / total if total > 0.0 else 0.0

    def _names_of(self, held: ItemVersion) -> ItemNames:
        spelled = self._spelled.get(held.key, ())
        return self._names.get(held.key, lambda: names_of(held.item, spelled))

    def _encoded(self, normalized: str) -> Meaning:
        projection = self.searcher.projection
        if projection is not None and isinstance(self.encoder, TokenEncoder):
            both = next(iter(self.encoder.encode_both([normalized])))
            return Meaning(both.vector, projection.project(both.tokens))
        return Meaning(self.encoder.encode_queries([normalized])[0], None)

    def _evidence(
        self, text: str, terms: Sequence[str], wanted: Filter, degraded: list[str]
    ) -> tuple[list[Evidence], Meaning | None]:
        """What words and meaning of one reading of the question find, blended; and the meaning, None where
        the encoder failed.
        """
        distinct = list(dict.fromkeys(terms))
        ceiling = sum(self.searcher.term_weights(distinct))
        meant: list[Meaning] = []

        def sought() -> NDArray[np.float32] | None:
            try:
                meant.append(self._meanings.get(text, lambda: self._encoded(text)))
            except EncoderError:
                # words alone still answer much; the caller is told that meaning was not asked
                degraded.append("semantic")
                return None
            return self._turned(meant[0].vector)

        lexical, semantic = self.searcher.both(distinct, sought, wanted, DEPTH)
        if not meant:
            return blend(lexical, {}, ceiling, self.constants.blend), None
        cosines = {match.passage_id: match.score for match in semantic}
        rest = [m.passage_id for m in lexical if m.passage_id not in cosines]
        vector = self._turned(meant[0].vector)
        cosines |= {m.passage_id: m.score for m in self.searcher.cosines(vector, rest)}
        return blend(lexical, cosines, ceiling, self.constants.blend), meant[0]

    def _turned(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vector that passages are looked for with."""
        return self.constants.adapter.turned(vector) if self.constants.adapter else vector

    def _interacted(self, evidence: list[Evidence], meanings: Sequence[Meaning]) -> list[Evidence]:
        """The passages of the first items, re-ordered by late interaction; the rest is let go."""
        tokens = [meaning.tokens for meaning in meanings if meaning.tokens is not None]
        if not tokens or not evidence:
            return evidence
        items: dict[str, None] = {}
        for entry in evidence:
            items.setdefault(entry.item_id)
            if len(items) == INTERACTED:
                break
        first = [entry for entry in evidence if entry.item_id in items]
        matrices = self.searcher.token_vectors([entry.passage_id for entry in first])
        passages = [matrices[entry.passage_id] for entry in first]
        return reranked(first, tokens, passages, self.constants.blend)

    def _best(
        self, evidence: Sequence[Evidence], named: AbstractSet[str]
    ) -> tuple[dict[str, Evidence], dict[str, FoundPassage]]:
        """The best evidence of the first ``FAMILIES`` families and of the named ones, and its
        passages; the rest is not read, because most candidates never become items.
        """
        best: dict[str, Evidence] = {}
        passages: dict[str, FoundPassage] = {}
        first_of: dict[str, Evidence] = {}
        for entry in evidence:
            first_of.setdefault(entry.passage_id.partition("#")[0], entry)
        firsts = list(first_of.values())  # of an item version: its others are of the same family
        for start in range(0, len(firsts), _READ_AT_ONCE):
            part = firsts[start : start + _READ_AT_ONCE]
            found = self.searcher.fetch([entry.passage_id for entry in part])
            passages.update((passage.passage_id, passage) for passage in found)
            for family, entry in best_by_family(part, passages).items():
                best.setdefault(family, entry)
            if len(best) >= FAMILIES and named <= best.keys():
                break
        return best, passages

    def _owners(self, name: str, wanted: Filter) -> dict[str, tuple[str, ...]]:
        """The families of the items that are called so, each with the region whose own name it is; none
        where so many are called so that the name tells nothing.
        """
        owners = self._called.get(name, {})
        if not 0 < len(owners) <= FAMILIES:
            return {}
        everywhere = replace(wanted, region=None)
        regions: dict[str, list[str]] = {}
        for held in self.searcher.items(list(owners), everywhere):
            if not has_a_name(held.item):
                continue
            path = held.item.region.path if held.item.region else ""
            regions.setdefault(held.item.family, []).append(path)
        return {
            family: tuple(paths) if len(paths) == 1 and paths[0] else ()
            for family, paths in regions.items()
        }

    def _items(self, query: Query, evidence: Sequence[Evidence], wanted: Filter) -> list[Hit]:
        exact = [
            held
            for code in query.codes
            for held in self.searcher.by_code(code, wanted)
            if names_by_code(held.item, code)
        ]
        called = self._owners(query.called, wanted)
        named = {held.item.family for held in exact} | called.keys()
        best, passages = self._best(evidence, named)
        supports = by_item(evidence)
        families = dict.fromkeys([*named, *list(best)[:FAMILIES]])
        members = self.searcher.family(list(families), wanted)
        exact_ids = frozenset(held.item.id for held in exact)
        hits = []
        for family in families:
            if not members[family]:
                continue
            held = chosen_member(
                members[family], wanted.region, (*query.regions, *called.get(family, ()))
            )
            entry = best.get(family)
            names = self._names_of(held)
            found = 0.0
            parts: list[tuple[str, float]] = []
            supporting: list[Evidence] = []
            if entry is None:
                # said by code or name only: nothing of it was found by words or meaning
                entry = Evidence("", 0.0, 0.0, 0.0)
                passage = FoundPassage(
                    "", held.item.id, held.version, family, "code", held.item.title, "", None
                )
            else:
                passage = passages[entry.passage_id]
                supporting, weights = supports[passage.item_id], support_of(held)
                if len(held.item.facets) > 1:
                    supporting = by_sides(supporting)
                supporting = supporting[: len(weights) + 1]
                found = supported([one.score for one in supporting], weights)
                back = back_part(entry.back, names.length, self.constants.blend)
                parts = [("support", found - entry.score), ("back", back)]
                found += back
            # re-weighed, another passage than the best one can come first
            others = [one for one in supporting if one.passage_id != entry.passage_id]
            gains = boosts(query, names, exact_ids, frozenset(called))
            score = found + sum(gain for _, gain in gains)
            reasons = tuple(name for name, _ in gains)
            parts += gains
            hits.append(Hit(held, score, passage, entry, reasons, tuple(parts), tuple(others)))
        hits.sort(key=lambda hit: (-hit.score, hit.item_id))
        return hits
