"""The tool for agents: what the model reads, what the program gets, and what cannot be asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from corpora.types import Audience
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.langchain import ZhikuTool
from tests.plugs.conftest import DAY


def called(tool: ZhikuTool, **arguments: Any) -> ToolMessage:
    given = {"as_of": DAY.isoformat(), **arguments}
    call = {"type": "tool_call", "id": "call-1", "name": tool.name, "args": given}
    message = tool.invoke(call)
    assert isinstance(message, ToolMessage)
    assert asyncio.run(tool.ainvoke(call)).content == message.content
    return message


def test_warnings_that_must_be_given_come_before_what_may_be_said(base: KnowledgeBase) -> None:
    lines = str(called(ZhikuTool(base=base), question="日包怎么开").content).splitlines()

    assert lines[:3] == [
        "【已回答】",
        "必须先告知客户：日包开通后不能退，当天自动失效。",
        "可以对客户说：发短信KTLLB5到10086就能开通。",
    ]
    assert "出处：5元1GB流量日包（pack-day5，第 1 版，如何办理）；在售" in lines
    assert "办理：短信开通（sms）KTLLB5@10086" in lines
    assert "可推送：模板 tpl-day-enquiry（sms）" in lines


def test_the_artifact_is_the_answer_object(base: KnowledgeBase) -> None:
    message = called(ZhikuTool(base=base), question="日包怎么开")

    expected = base.answer("日包怎么开", Filter(DAY)).to_json()
    moving = {"trace_id", "took_ms"}
    assert {k: v for k, v in message.artifact.items() if k not in moving} == {
        k: v for k, v in expected.items() if k not in moving
    }
    assert message.artifact["trace_id"]
    assert json.loads(json.dumps(message.artifact)) == message.artifact


def test_a_question_that_is_not_clear_is_asked_back_with_what_to_ask_next(
    base: KnowledgeBase,
) -> None:
    tool = ZhikuTool(base=base)
    message = called(tool, question="流量月包多少钱")

    assert message.artifact["outcome"] == "clarify"
    assert "可以对客户说" not in message.content
    assert "- 20元3GB流量月包（选了就用这句再问：20元3GB流量月包多少钱）" in message.content
    option = next(
        one for one in message.artifact["clarify"]["options"] if one["item_id"] == "pack-month20"
    )
    assert called(tool, question=option["query"]).artifact["item"]["id"] == "pack-month20"


def test_what_is_handed_over_says_where_to_and_what_to_check(base: KnowledgeBase) -> None:
    message = called(ZhikuTool(base=base), question="我刚才被骗了")

    assert message.artifact["outcome"] == "handover"
    for line in ("转：反诈专席 FZZX", "先核对：是否已转账", "要记录：链接或账户"):
        assert line in message.content.splitlines()


def test_what_is_not_known_is_said_to_be_not_known(base: KnowledgeBase) -> None:
    message = called(ZhikuTool(base=base), question="今天股票会涨吗")

    assert message.content.startswith("【暂无把握】没有查到准确的说法，不要自己作答。")
    assert message.artifact["outcome"] == "unknown"
    assert "出处" not in message.content


def test_wording_for_staff_is_marked_and_a_customers_agent_never_gets_it(
    base: KnowledgeBase,
) -> None:
    asked = "产品变更操作怎么做"
    for_staff = called(ZhikuTool(base=base), question=asked)
    for_customers = called(ZhikuTool(base=base, audience=Audience.CUSTOMER), question=asked)

    assert "只给工作人员看，不能念给客户，也不能推送：进入CPBG，录入号码。" in for_staff.content
    assert "录入号码" not in json.dumps(
        [for_customers.content, for_customers.artifact], ensure_ascii=False
    )


def test_the_product_on_the_screen_completes_a_question(base: KnowledgeBase) -> None:
    tool = ZhikuTool(base=base)

    assert called(tool, question="怎么开通").artifact["outcome"] != "answered"
    completed = called(tool, question="怎么开通", boss_code="30010002").artifact
    assert completed["item"]["id"] == "pack-day5"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"question": " "}, "问题是空的"),
        ({"question": "问" * 501}, "500"),
        ({"question": "日包", "region": "火星"}, "没有地区 '火星'"),
        ({"question": "日包", "as_of": "明天"}, "as_of 应为日期，例如 2026-03-01"),
        ({"question": ["日包"]}, "参数不能用：question 是客户的问题"),
    ],
)
def test_what_cannot_be_asked_is_an_error_that_the_model_reads(
    base: KnowledgeBase, arguments: dict[str, Any], told: str
) -> None:
    message = called(ZhikuTool(base=base), **arguments)

    assert message.status == "error"
    assert told in message.content
    assert message.artifact is None


def test_a_model_is_told_in_chinese_what_it_may_fill_in(base: KnowledgeBase) -> None:
    function = convert_to_openai_tool(ZhikuTool(base=base))["function"]

    assert function["name"] == "zhiku_answer"
    assert "不要自己作答" in function["description"]
    given = function["parameters"]["properties"]
    assert set(given) == {"question", "region", "as_of", "boss_code"}
    assert all(field["description"] for field in given.values())
    assert function["parameters"]["required"] == ["question"]


def test_it_is_shown_without_its_knowledge_base(base: KnowledgeBase) -> None:
    assert "KnowledgeBase" not in repr(ZhikuTool(base=base))
