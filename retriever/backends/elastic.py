"""The ``Searcher`` on Elasticsearch, over the concrete indices of one version.

A version never changes, so what was read of it once is kept: a question that resembles earlier ones
costs one request, with both of its searches in it.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from corpora import serial
from corpora.lexicon import Lexicon
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.types import FacetKind
from corpora.versions import ItemVersion
from indexer.backends.elastic import release
from indexer.backends.elastic.place import ElasticPlace
from indexer.manifest import Manifest
from indexer.token_vectors import Projection
from retriever.backends import elastic_bodies as bodies
from retriever.backends.held_items import HeldEntry, HeldItems
from retriever.backends.protocol import Sought
from retriever.filters import Filter
from retriever.kept import Kept
from retriever.types import FoundPassage, Match, SuggestEntry

_PASSAGES_KEPT: Final = 20_000
_VECTORS_KEPT: Final = 50_000  # of 512 numbers: 50 MB
_TOKENS_KEPT: Final = 20_000  # of 30 tokens: 75 MB
_COUNTS_KEPT: Final = 100_000
_READ_AT_ONCE: Final = 1_000  # passages: an answer of some megabytes
_COUNTED_AT_ONCE: Final = 500  # terms in one request


class ElasticSearcher:
    """Reads one version from a cluster; closing it closes the place that it was opened at."""

    def __init__(self, place: ElasticPlace, version: str) -> None:
        self._place = place
        self._cluster = place.cluster
        self.manifest: Manifest = place.manifest(version)
        place.versions.check(self.manifest)
        self._indices = place.versions.passage_indices(self.manifest)
        held = place.release(version)
        self.lexicon: Lexicon = serial.lexicon_from(held.file(release.LEXICON))
        self.regions: Regions = serial.regions_from(held.file(release.REGIONS))
        self.projection: Projection | None = held.projection()
        templates = map(serial.template_from, held.lines(release.TEMPLATES))
        self.templates: dict[str, PushTemplate] = {template.id: template for template in templates}
        self.template_versions: dict[str, int] = held.template_versions()
        self._suggestions = tuple(
            SuggestEntry(**orjson.loads(line)) for line in held.lines(release.SUGGESTIONS)
        )
        self._items = HeldItems(
            map(HeldEntry.from_json, held.lines(release.ITEM_INDEX)),
            orjson.loads(held.file(release.CODES)),
            lambda entries: held.item_texts([entry.key for entry in entries]),
        )
        self._passages: Kept[FoundPassage] = Kept(_PASSAGES_KEPT)
        self._vectors: Kept[NDArray[np.float16]] = Kept(_VECTORS_KEPT)
        self._tokens: Kept[NDArray[np.int8]] = Kept(_TOKENS_KEPT)
        self._counts: Kept[int] = Kept(_COUNTS_KEPT)

    # --- engines -------------------------------------------------------------------------------

    def lexical(self, terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        """See ``Searcher``."""
        if k < 1 or not terms or not self._indices:
            return []
        found: list[Match] = []
        after: Sequence[Any] | None = None
        while len(found) < k:
            size = min(k - len(found), bodies.PAGE)
            body = bodies.lexical_body(terms, wanted, size, after)
            hits = _hits(self._cluster.search(self._indices, body))
            found += _by_words(hits)
            if len(hits) < size:
                break
            after = hits[-1]["sort"]
        return found

    def semantic(self, vector: NDArray[np.float32], wanted: Filter, k: int) -> list[Match]:
        """See ``Searcher``."""
        if k < 1 or not self._indices:
            return []
        size = bodies.candidates_for(k)
        if size > bodies.PAGE:
            return self._ranked(vector, self._everything(wanted), k)
        body = bodies.semantic_body(vector, wanted, size)
        ids = _near(_hits(self._cluster.search(self._indices, body)))
        return self._ranked(vector, self._stored_vectors(ids), k)

    def both(
        self, terms: Sequence[str], sought: Sought, wanted: Filter, k: int
    ) -> tuple[list[Match], list[Match]]:
        """See ``Searcher``; both searches go out in one request."""
        vector = sought()
        if vector is None:
            return self.lexical(terms, wanted, k), []
        size = bodies.candidates_for(k)
        if k < 1 or not terms or not self._indices or size > bodies.PAGE:
            return self.lexical(terms, wanted, k), self.semantic(vector, wanted, k)
        words, meaning = self._cluster.search_all(
            self._indices,
            [
                bodies.lexical_body(terms, wanted, k),
                bodies.semantic_body(vector, wanted, size),
            ],
        )
        ids = _near(_hits(meaning))
        return _by_words(_hits(words)), self._ranked(vector, self._stored_vectors(ids), k)

    def _everything(self, wanted: Filter) -> dict[str, NDArray[np.float16]]:
        """The vectors of all passages under a filter."""
        found: dict[str, NDArray[np.float16]] = {}
        after: str | None = None
        while hits := _hits(
            self._cluster.search(self._indices, bodies.listing_body(wanted, after))
        ):
            after = str(hits[-1]["sort"][0])
            found |= {str(hit["sort"][0]): _vector(hit) for hit in hits}
        return found

    def _stored_vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.float16]]:
        def read(missing: list[str]) -> dict[str, NDArray[np.float16]]:
            return {key: _vector(hit) for key, hit in self._read(missing, "vector_bytes")}

        return self._vectors.get_many(passage_ids, read)

    @staticmethod
    def _ranked(
        vector: NDArray[np.float32], stored: Mapping[str, NDArray[np.float16]], k: int
    ) -> list[Match]:
        scores = _scores(vector, list(stored.values()))
        ranked = sorted((-score, key) for key, score in zip(stored, scores, strict=True))
        return [Match(key, -score) for score, key in ranked[:k]]

    def cosines(self, vector: NDArray[np.float32], passage_ids: Sequence[str]) -> list[Match]:
        """See ``Searcher``."""
        stored = self._stored_vectors(passage_ids)
        known = [key for key in passage_ids if key in stored]
        scores = _scores(vector, [stored[key] for key in known])
        return [Match(key, score) for key, score in zip(known, scores, strict=True)]

    def term_weights(self, terms: Sequence[str]) -> list[float]:
        """See ``Searcher``."""
        total = self.manifest.passages
        counts = self._counts.get_many(list(terms), self._counted)
        return [
            math.log(1.0 + (total - df + 0.5) / (df + 0.5)) for df in (counts[t] for t in terms)
        ]

    def _counted(self, terms: list[str]) -> dict[str, int]:
        if not self._indices:
            return dict.fromkeys(terms, 0)
        counts: dict[str, int] = {}
        for start in range(0, len(terms), _COUNTED_AT_ONCE):
            part = terms[start : start + _COUNTED_AT_ONCE]
            found = self._cluster.search(self._indices, bodies.counting_body(part))
            buckets = found["aggregations"]["passages"]["buckets"]
            counts |= {term: buckets[str(n)]["doc_count"] for n, term in enumerate(part)}
        return counts

    # --- content -------------------------------------------------------------------------------

    def _read(
        self, passage_ids: Sequence[str], field: str = ""
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The passages that the version holds, in no order."""
        if not self._indices:
            return
        for start in range(0, len(passage_ids), _READ_AT_ONCE):
            body = bodies.reading_body(passage_ids[start : start + _READ_AT_ONCE], field)
            for hit in _hits(self._cluster.search(self._indices, body)):
                yield hit["fields"]["passage_id"][0], hit

    def fetch(self, passage_ids: Sequence[str]) -> list[FoundPassage]:
        """See ``Searcher``."""

        def read(missing: list[str]) -> dict[str, FoundPassage]:
            return {key: _passage(key, hit["_source"]) for key, hit in self._read(missing)}

        found = self._passages.get_many(passage_ids, read)
        return [found[key] for key in passage_ids if key in found]

    def token_vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.int8]]:
        """See ``Searcher``."""
        dim = self.manifest.token_dim
        if not dim:
            return {}

        def read(missing: list[str]) -> dict[str, NDArray[np.int8]]:
            return {
                key: np.frombuffer(_bytes(hit, "token_bytes"), dtype=np.int8).reshape(-1, dim)
                for key, hit in self._read(missing, "token_bytes")
            }

        found = self._tokens.get_many(passage_ids, read)
        return {key: found[key] for key in passage_ids if key in found}

    def items(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        """See ``Searcher``."""
        return self._items.items(item_ids, wanted)

    def family(self, families: Sequence[str], wanted: Filter) -> dict[str, list[ItemVersion]]:
        """See ``Searcher``."""
        return self._items.family(families, wanted)

    def by_code(self, code: str, wanted: Filter) -> list[ItemVersion]:
        """See ``Searcher``."""
        return self._items.by_code(code, wanted)

    def suggestions(self) -> Sequence[SuggestEntry]:
        """See ``Searcher``."""
        return self._suggestions

    def close(self) -> None:
        """See ``Searcher``."""
        self._place.close()


def _hits(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    hits: list[Mapping[str, Any]] = found["hits"]["hits"]
    return hits


def _by_words(hits: Sequence[Mapping[str, Any]]) -> list[Match]:
    return [Match(hit["sort"][1], float(hit["sort"][0])) for hit in hits]


def _near(hits: Sequence[Mapping[str, Any]]) -> list[str]:
    return [hit["fields"]["passage_id"][0] for hit in hits]


def _bytes(hit: Mapping[str, Any], field: str) -> bytes:
    return base64.b64decode(hit["fields"][field][0])


def _vector(hit: Mapping[str, Any]) -> NDArray[np.float16]:
    return np.frombuffer(_bytes(hit, "vector_bytes"), dtype="<f2").astype(np.float16)


def _scores(vector: NDArray[np.float32], stored: Sequence[NDArray[np.float16]]) -> list[float]:
    """Exact cosines, summed in float64, so that equal vectors score equally."""
    if not stored:
        return []
    exact = np.stack(stored).astype(np.float64) @ vector.astype(np.float64)
    scores: list[float] = exact.astype(np.float32).tolist()
    return scores


def _passage(passage_id: str, source: Mapping[str, Any]) -> FoundPassage:
    return FoundPassage(
        passage_id=passage_id,
        item_id=passage_id.partition("@")[0],
        version=source["version"],
        family=source["family"],
        field=source["field"],
        text=source["text"],
        context=source["context"],
        facet=FacetKind(source["facet"]) if source.get("facet") else None,
    )
