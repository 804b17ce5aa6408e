"""Any endpoint: what is sent, where ids are found, and what is said when they are not there."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.types import Region
from eval.errors import SystemBroken, SystemDown
from eval.systems.endpoint import EndpointOpener
from eval.systems.protocol import Asked, Reply
from retriever.filters import Filter
from tests.eval.systems.scripted import QUICK, Given, Scripted, in_turn, problem, scripted

DAY = dt.date(2026, 3, 1)


def asked(text: str = "日包", depth: int = 10, region: str = "") -> Asked:
    return Asked(text, Filter(DAY, region=Region(region) if region else None), depth)


def ask(opener: EndpointOpener, question: Asked | None = None) -> Reply:
    system = opener.open()
    try:
        return system.ask(question or asked())
    finally:
        system.close()


def at(server: Scripted, ids: str, **changes: Any) -> EndpointOpener:
    return EndpointOpener(f"{server.url}/s?q={{query}}&k={{k}}", ids, **{"waits": QUICK, **changes})


@pytest.mark.parametrize(
    ("content", "ids", "ranked"),
    [
        ({"hits": [{"item_id": "b"}, {"item_id": "a"}]}, "hits.item_id", ("b", "a")),
        ({"data": {"results": [{"doc": {"id": 7}}]}}, "data.results.doc.id", ("7",)),
        (
            {"hits": {"hits": [{"_id": "x"}, {"_id": "x"}, {"_id": "y"}]}},
            "hits.hits._id",
            ("x", "y"),
        ),
        (["b", "a"], ".", ("b", "a")),
        ([{"id": "b"}], "id", ("b",)),
        ({"ids": ["b", "a"]}, "ids", ("b", "a")),
        ({"hits": []}, "hits.item_id", ()),
        ({"hits": None}, "hits.item_id", ()),
    ],
)
def test_ids_are_found_along_their_path(content: Any, ids: str, ranked: tuple[str, ...]) -> None:
    with scripted(in_turn(Given(content))) as server:
        assert ask(at(server, ids)).ranked == ranked


def test_a_ranking_is_cut_at_the_depth_and_has_no_answer() -> None:
    with scripted(in_turn(Given(["a", "b", "c"]))) as server:
        reply = ask(at(server, "."), asked(depth=2))

    assert (reply.ranked, reply.answer, reply.problem) == (("a", "b"), None, "")
    assert reply.search_ms > 0.0


def test_values_are_encoded_where_they_stand() -> None:
    with scripted(in_turn(Given([]))) as server:
        spec = f"{server.url}/find/{{query}}?q={{query}}&k={{k}}&day={{as_of}}&where={{region}}#."
        ask(EndpointOpener.from_url(spec), asked("a/b &?#{k} 日包", 5, "yj/yundu"))

    (request,) = server.requests
    assert request.path == "/find/a/b &?#{k} 日包"
    words = "a/b &?#{k} 日包"
    assert request.query == {"q": words, "k": "5", "day": "2026-03-01", "where": "yj/yundu"}


FILE = """
url: URL/search
method: post
headers: {Authorization: Bearer 123, X-Count: 5}
body:
  query: {bool: {must: [{match: {text: "{query}"}}], label: "问：{query}（{as_of}）"}}
  size: {k}
  from: 0
  quoted: "{k}"
ids: hits.hits._id
timeout: 2.5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "endpoint.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_says_method_headers_and_body(tmp_path: Path) -> None:
    with scripted(in_turn(Given({"hits": {"hits": [{"_id": "a"}]}}))) as server:
        opener = EndpointOpener.from_file(written(tmp_path, FILE.replace("URL", server.url)))
        reply = ask(opener, asked('他说"{k}"\n\\', 3))

    assert reply.ranked == ("a",)
    (request,) = server.requests
    assert (request.method, request.headers["authorization"]) == ("POST", "Bearer 123")
    said = '他说"{k}"\n\\'
    assert json.loads(request.body) == {
        "query": {
            "bool": {"must": [{"match": {"text": said}}], "label": f"问：{said}（2026-03-01）"}
        },
        "size": 3,
        "from": 0,
        "quoted": 3,
    }
    assert opener.timeout == 2.5


def test_a_body_may_be_a_block_of_json(tmp_path: Path) -> None:
    text = 'url: URL\nids: .\nbody: |\n  {"query": "{query}",\n   "size": {k}}\n'
    with scripted(in_turn(Given([]))) as server:
        ask(EndpointOpener.from_file(written(tmp_path, text.replace("URL", server.url))))

    assert json.loads(server.requests[0].body) == {"query": "日包", "size": 10}


def test_whatever_is_asked_arrives_as_it_was() -> None:
    with scripted(in_turn(Given([]))) as server:
        body = '{"{query}": ["{query}", "x{query}"]}'
        opener = EndpointOpener(f"{server.url}/{{query}}?q={{query}}", ".", "POST", body=body)
        system = opener.open()

        @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
        def arrives(text: str) -> None:
            system.ask(asked(text))
            request = server.requests[-1]
            assert json.loads(request.body) == {text: [text, f"x{text}"]}
            assert request.query == {"q": text}

        try:
            arrives()
        finally:
            system.close()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"error": "no such index"}, r"没有 hits\.id（有 error，没有 hits）：\{\"error\""),
        ({"hits": [{"name": "x"}]}, "有 name，没有 id"),
        ({"hits": "x"}, "这里是 str，不是编号"),
        ({"hits": [{"id": {"a": 1}}]}, "这里是 dict，不是编号"),
        ({"hits": [{"id": True}]}, "这里是 bool，不是编号"),
        ({"hits": [{"id": " "}]}, "这里的编号是空的"),
        ('{"hits": [{"id": "\\ud800"}]}', "不是 JSON"),  # half a character: nothing can store it
        ("<html>" + "x" * 200, "不是 JSON，开头是：<html>x{74}……$"),
    ],
)
def test_missing_ids_show_what_came_back(content: Any, told: str) -> None:
    with (
        scripted(in_turn(Given(content))) as server,
        pytest.raises(SystemBroken, match=told),
    ):
        ask(at(server, "hits.id"))


def test_a_busy_endpoint_is_asked_again_and_one_that_is_not_there_is_down() -> None:
    with scripted(in_turn(Given("", 503), Given(["a"]))) as server:
        assert ask(at(server, ".")).ranked == ("a",)
    with pytest.raises(SystemDown, match="连不上"):
        ask(at(server, "."))


def test_a_refused_question_is_a_reply_and_any_other_refusal_is_broken() -> None:
    with scripted(in_turn(problem(422, "太长"), Given("bad key", 403))) as server:
        assert ask(at(server, ".")).problem == "太长"
        with pytest.raises(SystemBroken, match="回应 403：bad key"):
            ask(at(server, "."))


def test_a_question_too_long_for_an_address_is_refused_here() -> None:
    with scripted(in_turn(Given([]))) as server:
        assert "太长" in ask(at(server, "."), asked("问" * 40_000)).problem

    assert server.requests == []


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("http://h/s?q={query}", r"请在地址后面用 # 写明.+#hits\.item_id"),
        ("http://h/s?q=x#hits.id", r"没有 \{query\}"),
        ("http://h/s?q={query}&n={limit}#id", r"\{limit\} 没有值；可用：\{query\}、\{k\}"),
        ("http:///s?q={query}#id", "不是地址"),
        ("ftp://h/s?q={query}#id", "不是地址"),
    ],
)
def test_an_address_that_cannot_be_asked_says_how_to_write_it(spec: str, told: str) -> None:
    with pytest.raises(SystemBroken, match=told):
        EndpointOpener.from_url(spec)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("url: http://h/{query}\n", "要有 url 和 ids"),
        ("url: http://h/{query}\nids: .\nurls: x\n", "没有别的字段；这里有 urls"),
        ("- a\n- b\n", "要有 url 和 ids"),
        ("url: [\n", r"endpoint\.yaml:\d+: "),
        ("url: http://h/{query}\nids: .\nids: .\n", r"endpoint\.yaml:3: "),
        ("url: http://h/{query}\nids: .\nmethod: put\n", "method 是 PUT；可用：GET、POST"),
        ("url: http://h/{query}\nids: .\ntimeout: soon\n", "timeout 应是大于 0、"),
        ("url: http://h/{query}\nids: .\ntimeout: .inf\n", "timeout 应是大于 0、不超过 600"),
        ("url: http://h/{query}\nids: .\nheaders: [a]\n", "headers 应写成"),
        ("url: http://h/{query}\nids: .\nheaders: {X: 中文}\n", "请求头 X"),
        ("url: http://h/s\nids: .\nbody: {q: '{query}', d: 2026-01-01}\n", "日期要加引号"),
    ],
)
def test_a_file_that_cannot_be_used_names_the_field(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SystemBroken, match=told):
        EndpointOpener.from_file(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemBroken, match=r"none\.yaml:1: 文件: 读不出来"):
        EndpointOpener.from_file(tmp_path / "none.yaml")


def test_a_description_changes_with_the_request_and_holds_no_secret() -> None:
    opener = EndpointOpener(
        "http://me:pw@h/s?api_key=s3cret&q={query}", ".", headers=(("Authorization", "Bearer t0p"),)
    )
    system, other = opener.open(), EndpointOpener("http://h/s?q={query}", ".").open()
    try:
        about = system.describe()
        assert about["headers"] == ["Authorization"]
        assert not any(secret in str(about) for secret in ("pw", "s3cret", "t0p"))
        assert not any(secret in repr(opener) for secret in ("pw", "s3cret", "t0p"))
        assert about["fingerprint"] != other.describe()["fingerprint"]
        assert pickle.loads(pickle.dumps(opener)) == opener
    finally:
        system.close()
        other.close()
