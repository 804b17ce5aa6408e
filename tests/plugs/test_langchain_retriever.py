"""The knowledge base as a retriever of LangChain: the product's own ranking, with its scores."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import ConfigurableField, RunnableLambda
from pydantic import ValidationError

from corpora.types import Audience, FieldError, SubLibrary
from eval.systems.langchain import LangChainOpener
from eval.systems.protocol import Asked
from indexer.encoders.protocol import Vectors
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.langchain import ZhikuRetriever
from retriever.opening import LiveKnowledgeBase
from tests.api.knowledge import day_pack, publish
from tests.api.serving import MODELS
from tests.encoders import HashEncoder
from tests.plugs.conftest import DAY
from tests.retriever.knowledge import make_base

QUESTION = "日包多少钱"


def ids(documents: list[Document]) -> list[str | None]:
    return [document.id for document in documents]


def test_documents_are_the_hits_with_their_scores(base: KnowledgeBase) -> None:
    wanted = Filter(DAY)
    page = base.search_json(base.search(QUESTION, wanted, 4), wanted)

    documents = ZhikuRetriever(base=base, k=4, as_of=DAY).invoke(QUESTION)

    assert ids(documents) == [hit["item_id"] for hit in page["hits"]]
    for document, hit in zip(documents, page["hits"], strict=True):
        known = document.metadata
        for name in ("item_id", "title", "sub_library", "facet", "sale_status", "reasons"):
            assert known[name] == hit[name]
        assert round(known["score"], 4) == hit["score"]
        assert known["version"] == 1
        assert known["index_version"] == base.manifest.version
        assert known["citations"][0]["span"] == [0, len(document.page_content)]
        assert json.loads(json.dumps(known)) == known
    scores = [document.metadata["score"] for document in documents]
    assert scores == sorted(scores, reverse=True)


def test_a_document_holds_the_words_that_answer_and_not_the_question_that_was_found(
    base: KnowledgeBase,
) -> None:
    (document,) = ZhikuRetriever(base=base, k=1, as_of=DAY).invoke("日包要发啥短信")

    assert document.page_content.splitlines() == [
        "发短信KTLLB5到10086就能开通。",
        "编辑短信KTLLB5发到10086",
        "核对5元费用后回复Y",
    ]
    assert document.metadata["citations"][0]["facet"] == "open"
    best, *others = document.metadata["passages"]
    assert (best["field"], best["text"]) == ("open.question", "日包要发啥短信")
    assert others
    assert all(best["score"] >= other["score"] for other in others)


def test_documents_say_how_long_their_item_holds(tmp_path: Path) -> None:
    ending = replace(day_pack(), effective_from=DAY, effective_to=DAY, templates=())
    held = make_base(tmp_path, ending)

    (document,) = ZhikuRetriever(base=held, as_of=DAY).invoke(QUESTION)

    assert document.metadata["effective_from"] == document.metadata["effective_to"] == "2026-03-01"
    held.close()


def test_a_customer_gets_no_wording_for_staff_in_text_or_passages(base: KnowledgeBase) -> None:
    asked = "开日包前先给客户核对什么，一次性收取5元"
    for audience, reads in ((Audience.CUSTOMER, False), (Audience.AGENT, True)):
        found = ZhikuRetriever(base=base, k=8, as_of=DAY, audience=audience).invoke(asked)
        told = str([(one.page_content, one.metadata["passages"]) for one in found])
        assert ("一次性收取" in told or "坐席须核对余额" in told) is reads


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


def test_a_call_may_say_otherwise_than_the_fields(base: KnowledgeBase) -> None:
    retriever = ZhikuRetriever(base=base, as_of=DAY)

    assert len(retriever.invoke(QUESTION, k=2)) == 2
    asked = {"libraries": ["tips"], "region": "云都市", "audience": "customer"}
    assert ids(retriever.invoke(QUESTION, **asked)) == ["tip-no-refund"]
    assert ids(asyncio.run(retriever.ainvoke(QUESTION, **asked))) == ["tip-no-refund"]
    assert [len(found) for found in retriever.batch([QUESTION] * 2, k=1)] == [1, 1]
    with pytest.raises(ValidationError, match="regoin"):
        retriever.invoke(QUESTION, regoin="云都市")
    with pytest.raises(ValidationError, match="libraries"):
        retriever.invoke(QUESTION, libraries=["nothing"])


def test_fields_may_be_set_by_the_configuration_of_a_call(base: KnowledgeBase) -> None:
    retriever = ZhikuRetriever(base=base, as_of=DAY).configurable_fields(
        k=ConfigurableField(id="most"), region=ConfigurableField(id="region")
    )

    configured = {"configurable": {"most": 1, "region": "云都市"}}
    assert ids(retriever.invoke("云都市营业时间", config=configured)) == ["hall-yundu"]


class Waiting(HashEncoder):
    """An encoder that goes on when it is told to, as a slow one does at last."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        assert self.go_on.wait(timeout=30)
        return super().encode_queries(texts)


def test_a_search_keeps_nobody_on_the_event_loop_waiting(tmp_path: Path) -> None:
    encoder = Waiting()
    slow = make_base(tmp_path, replace(day_pack(), templates=()), encoder=encoder)

    encoder.go_on.clear()

    async def asked() -> list[Document]:
        # were the search on the loop, nobody would ever tell the encoder to go on
        asyncio.get_running_loop().call_later(0.05, encoder.go_on.set)
        return await ZhikuRetriever(base=slow, as_of=DAY).ainvoke(QUESTION)

    assert ids(asyncio.run(asked())) == ["pack-day5"]
    slow.close()


def test_over_a_live_knowledge_base_new_publications_are_found(tmp_path: Path) -> None:
    root = tmp_path / "index"
    publish(root, HashEncoder(), created_at="2026-03-01T09:00:00")
    live = LiveKnowledgeBase(
        f"file:{root}", models=MODELS, look_every=60.0, encoder=HashEncoder(), today=lambda: DAY
    )
    live.start()
    retriever = ZhikuRetriever(base=live, as_of=DAY, k=1)
    before = retriever.invoke(QUESTION)[0].metadata["index_version"]
    publish(
        root,
        HashEncoder(),
        replace(day_pack(), id="pack-new", title="新日包", aliases=(), codes=()),
        created_at="2026-03-01T10:00:00",
    )
    assert live.look()

    (found,) = retriever.invoke("新日包")

    assert found.id == "pack-new"
    assert found.metadata["index_version"] != before
    retriever.close()


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
