"""The knowledge base as a retriever of LangChain."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final, Self

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import run_in_executor
from pydantic import BaseModel, ConfigDict, Field

from corpora.types import Audience, FacetKind, SubLibrary
from indexer.encoders.models_at import ModelsAt
from indexer.location import IndexAt
from retriever.compose import readable
from retriever.explaining import may_show, supporting
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.langchain.serving import Base, serving
from retriever.opening import open_knowledge_base
from retriever.retriever import ResultPage
from retriever.types import Hit

_STATING: Final = (".customer", ".official")  # passages that state something


class _Asked(BaseModel):
    """What one question is asked with: the retriever's fields, and what the call says instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    k: int = Field(ge=1)
    as_of: dt.date | None
    audience: Audience
    libraries: frozenset[SubLibrary]
    region: str

    def filter(self, base: KnowledgeBase) -> Filter:
        return Filter(
            as_of=self.as_of or dt.date.today(),
            audience=self.audience,
            libraries=self.libraries,
            region=base.regions.find(self.region) if self.region else None,
        )


class ZhikuRetriever(BaseRetriever):
    """Finds knowledge items as documents, best first; metadata says how well and where it stands.

    The fields are the filter of every question; a call may say otherwise, by name
    (``invoke(question, k=3, region="云都市")``) or where fields were made configurable. ``as_of``
    absent means the day of the question. Questions that cannot be used raise ``BadQuery``, regions
    that nobody knows ``FieldError``, other filters pydantic's ``ValidationError``.

    ``page_content`` is what the item says, as far as the audience may read it. The metadata is plain
    JSON: ``item_id``, ``title``, ``sub_library``, ``version``, ``facet`` (that was found), ``score``
    (higher is better), ``reasons``, the validity (``effective_from``, ``effective_to``,
    ``sale_status``, ``region``), ``citations`` of ``page_content`` as answers have them, the
    ``passages`` that the score rests on with their own, ``degraded`` (what was not done in time), and
    ``index_version``.
    """

    base: Base = Field(repr=False, exclude=True)
    k: int = Field(default=5, ge=1)
    as_of: dt.date | None = None
    audience: Audience = Audience.AGENT
    libraries: frozenset[SubLibrary] = frozenset()
    region: str = ""

    @classmethod
    def opened(cls, index: IndexAt | str, models: ModelsAt | Path, **fields: Any) -> Self:
        """Over the published version of an index; ``close`` releases it."""
        return cls(base=open_knowledge_base(index, models=models), **fields)

    def close(self) -> None:
        """Closes the knowledge base."""
        self.base.close()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **filters: Any
    ) -> list[Document]:
        return self._documents(query, filters)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **filters: Any
    ) -> list[Document]:
        # a search computes: on the event loop it would keep everybody else waiting
        return await run_in_executor(None, self._documents, query, filters)

    def _documents(self, question: str, filters: dict[str, Any]) -> list[Document]:
        own = {name: getattr(self, name) for name in _Asked.model_fields}
        asked = _Asked.model_validate({**own, **filters})
        with serving(self.base) as base:
            wanted = asked.filter(base)
            page = base.search(question, wanted, asked.k)
            return [_document(hit, page, wanted, base) for hit in page.hits]


def _document(hit: Hit, page: ResultPage, wanted: Filter, base: KnowledgeBase) -> Document:
    item = hit.held.item
    text, facet = _words(hit, wanted.audience)
    return Document(
        id=item.id,
        page_content=text,
        metadata={
            "item_id": item.id,
            "title": item.title,
            "sub_library": item.sub_library.value,
            "version": hit.held.version,
            "facet": hit.passage.facet.value if hit.passage.facet else None,
            "score": hit.score,
            "reasons": list(hit.reasons),
            "effective_from": _day(item.effective_from),
            "effective_to": _day(item.effective_to),
            "sale_status": item.sale_status.value,
            "region": item.region.path if item.region else None,
            "citations": [
                {"item_id": item.id, "facet": facet and facet.value, "span": [0, len(text)]}
            ],
            "passages": _passages(hit, wanted, base),
            "degraded": list(page.degraded),
            "index_version": base.manifest.version,
        },
    )


def _words(hit: Hit, audience: Audience) -> tuple[str, FacetKind | None]:
    """What the item says where it was found, or first; and which facet that is.

    A passage may be a title or a question: a document has the words that answer.
    """
    own = hit.passage
    shown = own.item_id == hit.item_id and own.version == hit.held.version
    if shown and own.facet and own.field.endswith(_STATING) and may_show(own.field, audience):
        return own.text, own.facet
    facets = readable(hit.held.item, audience)
    same = [facet for facet in facets if facet.kind is own.facet]
    facet = next(iter([*same, *facets]), None)
    if facet is None:
        return hit.held.item.title, None
    official = "" if audience is Audience.CUSTOMER else facet.official
    return "\n".join(
        part for part in (facet.customer or official, *facet.steps) if part
    ), facet.kind


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _passages(hit: Hit, wanted: Filter, base: KnowledgeBase) -> list[dict[str, Any]]:
    """The passages that the score rests on, best first; a text that the reader may not see is None."""
    own = hit.passage
    readable = may_show(own.field, wanted.audience)
    found = [(own.passage_id, own.field, own.text if readable else None, hit.evidence.score)]
    if hit.supporting:
        ids = [entry.passage_id for entry in hit.supporting]
        fetched = base.retriever.searcher.fetch(ids)
        found += [
            (one.passage_id, one.field, one.text, one.score)
            for one in supporting(hit.supporting, fetched, wanted.audience)
        ]
    return [
        {"passage_id": passage_id, "field": field, "text": text, "score": score}
        for passage_id, field, text, score in found
    ]
