"""The chain that rewrites, and an agent with the tool, against a chat server of their own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from corpora.types import Audience
from retriever.answer import Answer
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.langchain import Reason, RewriteRequest, Rewritten, ZhikuTool, rewriter
from tests.api.knowledge import items
from tests.api.serving import free_port
from tests.plugs.conftest import DAY
from tests.real.chat_server import ChatServer, running_chat_server
from tests.retriever.knowledge import make_base

pytestmark = pytest.mark.real
SITUATION = "客户在出差，赶时间，上个月投诉过扣费"
WARNING = "日包开通后不能退，当天自动失效。"


@pytest.fixture(scope="module")
def chat() -> Iterator[ChatServer]:
    with running_chat_server() as started:
        yield started


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    opened = make_base(tmp_path_factory.mktemp("small"), *items())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def answer(small: KnowledgeBase) -> Answer:
    found = small.answer("日包怎么开", Filter(DAY))
    assert found.answered
    return found


def model(chat: ChatServer, name: str, **options: Any) -> ChatOpenAI:
    given = {"max_retries": 0, **options}
    return ChatOpenAI(model=name, base_url=chat.base_url, api_key="none", **given)


def both(
    chat: ChatServer,
    name: str,
    answer: Any,
    situation: str = SITUATION,
    *,
    patience: float = 8.0,
    **options: Any,
) -> Rewritten:
    """What the chain says with this model, called and awaited alike."""
    request: RewriteRequest = {"answer": answer, "situation": situation}
    # clients of our own: those of the vendor's library live as long as the process
    with httpx.Client(trust_env=False) as http:
        chain = rewriter(model(chat, name, http_client=http, **options), patience=patience)
        found = chain.invoke(request)

    async def awaited() -> Rewritten:
        async with httpx.AsyncClient(trust_env=False) as http:
            given = model(chat, name, http_async_client=http, **options)
            return await rewriter(given, patience=patience).ainvoke(request)

    assert asyncio.run(awaited()) == found
    return found


def test_a_faithful_draft_is_used(chat: ChatServer, answer: Answer) -> None:
    found = both(chat, "faithful", answer)

    assert found.reason is Reason.REWRITTEN
    assert found.text == f"{WARNING}您别着急，{answer.text}"
    assert found.why == "已按客户情况改写，每个数都有出处"


def test_the_answer_object_of_a_tool_or_of_the_api_will_do(
    chat: ChatServer, answer: Answer
) -> None:
    stored = json.loads(json.dumps(answer.to_json()))
    assert both(chat, "faithful", stored) == both(chat, "faithful", answer)


def test_an_invented_number_brings_back_the_original_words(
    chat: ChatServer, answer: Answer
) -> None:
    found = both(chat, "invents", answer)

    assert found.text == f"{WARNING}\n{answer.text}"
    assert found.why == "改写里有查不到出处的内容，用原话：1.99元"
    assert "1.99" in found.draft


def test_a_lost_warning_brings_back_the_original_words(chat: ChatServer, answer: Answer) -> None:
    found = both(chat, "forgets", answer)

    assert found.reason is Reason.WARNING_LOST
    assert found.text == f"{WARNING}\n{answer.text}"
    assert found.why == f"改写漏了必须告知的提醒，用原话：{WARNING}"


@pytest.mark.parametrize(
    ("name", "reason"), [("empty", Reason.NOTHING_SAID), ("cut", Reason.CUT_OFF)]
)
def test_a_reply_without_an_end_brings_back_the_original_words(
    chat: ChatServer, answer: Answer, name: str, reason: Reason
) -> None:
    found = both(chat, name, answer)

    assert (found.text, found.reason) == (f"{WARNING}\n{answer.text}", reason)


def test_a_model_that_fails_brings_back_the_original_words(
    chat: ChatServer, answer: Answer
) -> None:
    nobody = ChatServer(f"http://127.0.0.1:{free_port()}")
    for server, name in ((chat, "broken"), (nobody, "faithful")):
        found = both(server, name, answer)
        assert (found.text, found.reason) == (f"{WARNING}\n{answer.text}", Reason.MODEL_FAILED)
    assert found.why.startswith("模型没有回应，用原话：")
    assert found.why.endswith("ConnectionError")


@pytest.mark.parametrize("whose", ["chain", "model"])
def test_a_slow_model_is_not_waited_for(chat: ChatServer, answer: Answer, whose: str) -> None:
    own = {"patience": 0.5} if whose == "chain" else {"timeout": 0.5}
    started = time.monotonic()

    found = both(chat, "slow", answer, **own)

    assert (found.text, found.reason) == (f"{WARNING}\n{answer.text}", Reason.MODEL_SLOW)
    assert time.monotonic() - started < 8.0


def test_a_model_is_given_words_for_customers_and_nothing_else(
    chat: ChatServer, small: KnowledgeBase
) -> None:
    found = small.answer("日包怎么开", Filter(DAY, audience=Audience.INTERNAL))
    both(chat, "faithful", {**found.to_json(), "agent_text": "坐席须核对余额。"})

    asked = json.dumps(chat.asked()[-1], ensure_ascii=False)
    assert SITUATION in asked
    assert "不补充、不推测、不承诺" in asked
    for secret in ("坐席须核对余额", "内部口径秘密", "一次性收取5元"):
        assert secret not in asked


def test_what_was_not_answered_reaches_no_model(chat: ChatServer, answer: Answer) -> None:
    before = len(chat.asked())
    for outcome in ("clarify", "handover", "unknown"):
        view = {**answer.to_json(), "outcome": outcome, "text": "请问是哪一档？"}
        found = both(chat, "faithful", view)
        assert (found.text, found.reason) == ("请问是哪一档？", Reason.NOT_ANSWERED)
    assert both(chat, "faithful", answer, " ").reason is Reason.NO_SITUATION
    with pytest.raises(BadQuery):
        both(chat, "faithful", answer, "长" * 501)
    assert len(chat.asked()) == before


def test_it_stands_in_a_chain_after_the_tool(chat: ChatServer, small: KnowledgeBase) -> None:
    tool = ZhikuTool(base=small, audience=Audience.CUSTOMER)
    ask = RunnableLambda(
        lambda question: {
            "answer": tool.invoke(
                {
                    "type": "tool_call",
                    "id": "1",
                    "name": tool.name,
                    "args": {"question": question, "as_of": DAY.isoformat()},
                }
            ).artifact,
            "situation": SITUATION,
        }
    )

    with httpx.Client(trust_env=False) as http:
        chain = ask | rewriter(model(chat, "faithful", http_client=http))
        found = chain.invoke("日包怎么开")

    assert found.rewritten
    assert found.text.startswith(f"{WARNING}您别着急，发短信KTLLB5到10086")


def test_an_agents_model_calls_the_tool_and_reads_what_must_be_said(
    chat: ChatServer, small: KnowledgeBase
) -> None:
    tool = ZhikuTool(base=small)
    with httpx.Client(trust_env=False) as http:
        agent = model(chat, "calls-tool", http_client=http).bind_tools([tool])
        wants = agent.invoke("日包怎么开")
        (call,) = wants.tool_calls
        result = tool.invoke(call)
        said = agent.invoke([("human", "日包怎么开"), wants, result])

    assert said.text == result.content
    assert f"必须先告知客户：{WARNING}" in said.text
