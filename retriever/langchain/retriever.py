"""The knowledge base as a retriever of LangChain."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Self

from corpora.types import Audience, SubLibrary
from indexer.location import IndexAt
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"retriever.langchain 要用 LangChain，缺少 {missing.name}；"
        "请运行 pip install 'zhiku[langchain]'",
        name=missing.name,
    ) from missing

from pydantic import Field


class ZhikuRetriever(BaseRetriever):
    """Finds knowledge items as documents, best first, with their scores in the metadata.

    The fields are the filter of every question; ``as_of`` absent means the day of the question.
    """

    base: KnowledgeBase = Field(repr=False, exclude=True)
    k: int = Field(default=5, ge=1)
    as_of: dt.date | None = None
    audience: Audience = Audience.AGENT
    libraries: frozenset[SubLibrary] = frozenset()
    region: str = ""

    @classmethod
    def opened(cls, index: IndexAt | str, models: Path, **fields: Any) -> Self:
        """Over the published version of an index; ``close`` releases it."""
        return cls(base=open_knowledge_base(index, models=models), **fields)

    def close(self) -> None:
        """Closes the knowledge base."""
        self.base.close()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        wanted = Filter(
            as_of=self.as_of or dt.date.today(),
            audience=self.audience,
            libraries=self.libraries,
            region=self.base.regions.find(self.region) if self.region else None,
        )
        page = self.base.search_json(self.base.search(query, wanted, self.k), wanted)
        return [
            Document(
                id=hit["item_id"],
                page_content=hit["snippet"]["text"],
                metadata={
                    name: hit[name]
                    for name in ("item_id", "title", "sub_library", "score", "facet")
                },
            )
            for hit in page["hits"]
        ]
