"""The product itself, in this process: an opened index version."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpora.regions import Regions
from corpora.types import Audience
from eval.systems.protocol import Asked, Reply
from indexer.encoders.models_at import ModelsAt
from indexer.location import IndexAt, open_place
from retriever.errors import NotFound, RetrieverError
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base


class IndexSystem:
    """The ``System`` over an opened knowledge base."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._items: dict[tuple[str, Filter], Mapping[str, Any] | None] = {}

    @property
    def regions(self) -> Regions:
        """The regions of the version."""
        return self._base.regions

    def describe(self) -> dict[str, Any]:
        """Version, fingerprints and constants."""
        manifest = self._base.manifest
        return {
            "kind": "index",
            "index": {
                "version": manifest.version,
                "encoder": manifest.encoder,
                "encoder_fingerprint": manifest.encoder_fingerprint,
                "analyzer_fingerprint": manifest.analyzer_fingerprint,
                "items": manifest.items,
                "passages": manifest.passages,
            },
            "constants": self._base.retriever.constants.describe(),
            "taught": self._base.retriever.taught_digest,
        }

    def ask(self, asked: Asked) -> Reply:
        """Searches once, and answers from what was found."""
        started = time.perf_counter()
        try:
            page, answer, search_ms = self._base.search_and_answer(asked.text, asked.wanted)
        except RetrieverError as error:
            return Reply((), 0.0, problem=str(error))
        took_ms = (time.perf_counter() - started) * 1000.0
        return Reply(
            ranked=tuple(hit.item_id for hit in page.hits[: asked.depth]),
            search_ms=search_ms,
            answer=answer.to_json(),
            answer_ms=took_ms,
        )

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        """The whole item, from memory where it was asked for before."""
        # whatever the question was confined to, its sources may be of any library
        everything = replace(wanted, audience=Audience.INTERNAL, libraries=frozenset())
        key = (item_id, everything)
        if key not in self._items:
            try:
                self._items[key] = self._base.item(item_id, everything)
            except NotFound:
                self._items[key] = None
        return self._items[key]

    def close(self) -> None:
        """Closes the knowledge base."""
        self._base.close()


@dataclass(frozen=True, slots=True)
class IndexOpener:
    """Opens the published version of an index, or ``version`` where one is named."""

    index: IndexAt | str
    models: ModelsAt | Path
    fitted: Path | None = None
    signature: str = "示例移动"
    version: str = ""

    @property
    def in_processes(self) -> bool:
        """Ranking computes in Python: threads would only take turns."""
        return True

    def pinned(self) -> IndexOpener:
        """The same, bound to the version that is published now: a publication in the middle of a run
        must not give its processes another one. ``IndexMissing`` where none is.
        """
        if self.version:
            return self
        with closing(open_place(self.index)) as place:
            return replace(self, version=place.require_current())

    def open(self) -> IndexSystem:
        """The system over the version."""
        return IndexSystem(
            open_knowledge_base(
                self.index,
                models=self.models,
                fitted=self.fitted,
                signature=self.signature,
                version=self.version,
            )
        )
