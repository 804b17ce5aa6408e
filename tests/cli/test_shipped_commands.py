"""The commands on the shipped knowledge: one JSON document with the contract's keys, or one line."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.cli.commands import Place
from tests.conftest import Shipped

RENDER = ("push", "render", "tpl-sms-pack-cancel-enquiry", "--channel", "sms")
HEADER = '{"faqset": "t", "as_of": "2026-11-01", "language": "zh"}\n'


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (("search", "亲情网"), {"hits", "took_ms", "degraded"}),
        (
            ("answer", "亲情网一个月多少钱"),
            {"query", "outcome", "answered", "confidence", "reason", "text", "facet", "item"}
            | {"citations", "facts", "tips", "actions", "push", "related", "conflicts", "more"}
            | {"clarify", "handover", "nearest", "degraded", "trace_id", "took_ms"},
        ),
        (
            (*RENDER, "--item", "biz-pack-cancel"),
            {"template_id", "channel", "encoding", "characters", "segments", "signature"}
            | {"unsubscribe", "bytes", "missing", "warnings", "item_versions"},
        ),
    ],
)
def test_json_is_one_document_with_the_keys_of_the_contract(
    shipped: Shipped, tmp_path: Path, arguments: tuple[str, ...], keys: set[str]
) -> None:
    ran = Place(tmp_path).zhiku(*arguments, "--json", **shipped.environment)
    assert ran.status == 0, ran.err
    assert keys <= ran.json.keys()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("answer", "\u200b \x07"), ("问题是空的",)),
        (("search", "亲情网", "--region", "火星"), ("火星", "yj/yundu")),
        (("follow", "NOPE"), ("NOPE", "请核对编码")),
        (RENDER, ("command", "请补齐")),
    ],
)
def test_input_that_cannot_be_used_is_one_line(
    shipped: Shipped, tmp_path: Path, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    assert Place(tmp_path).zhiku(*arguments, "--json", **shipped.environment).refused(*said)


def test_a_context_that_is_not_json_is_refused(shipped: Shipped, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("context.json", "{")
    ran = place.zhiku("answer", "亲情网", "--context", "context.json", **shipped.environment)
    assert ran.refused("上下文不是 JSON")


@pytest.mark.parametrize(
    ("text", "said"), [("", "是空的"), (HEADER, "没有题目"), (HEADER + "{", "不是JSON")]
)
def test_a_faq_set_that_cannot_be_run_says_where(
    shipped: Shipped, tmp_path: Path, text: str, said: str
) -> None:
    place = Place(tmp_path)
    place.write("set.jsonl", text)
    ran = place.zhiku("eval", "run", "set.jsonl", "--json", **shipped.environment)
    assert ran.status == 2
    assert ran.out == ""
    assert said in ran.err
    assert "set.jsonl:" in ran.err


def test_a_port_in_use_and_an_open_host_are_refused(shipped: Shipped, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = Place(tmp_path).zhiku("serve", "--port", port, **shipped.environment)
    assert ran.refused(port, "端口已被占用", "--port")
    ran = Place(tmp_path).zhiku("serve", "--host", "0.0.0.0", **shipped.environment)
    assert ran.refused("0.0.0.0", "ZHIKU_API_KEYS")


def test_a_folder_setting_that_is_a_file_is_refused(shipped: Shipped, tmp_path: Path) -> None:
    place = Place(tmp_path)
    file = place.write("constants.json", json.dumps({}))
    ran = place.zhiku("search", "亲情网", **shipped.environment, ZHIKU_FITTED=str(file))
    assert ran.refused("ZHIKU_FITTED", "应为文件夹")
