"""The dialogue of a call comes in over HTTP and goes out as server-sent events, from a real server."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.serving import Server, running

PATIENCE = 30.0


def say(client: httpx.Client, contact: str, *texts: str, **more: Any) -> dict[str, Any]:
    lines = [{"speaker": "customer", "text": text} for text in texts]
    replied = client.post(f"/v1/assist/{contact}/lines", json={"lines": lines} | more)
    assert replied.status_code == 202, replied.text
    body: dict[str, Any] = replied.json()
    return body


@contextmanager
def listening(
    server: Server, contact: str, last: str = ""
) -> Iterator[Iterator[tuple[str, str, dict[str, Any]]]]:
    """The events of a contact as they come: number, kind, content."""
    headers = {"Last-Event-ID": last} if last else {}
    with (
        server.client() as client,
        client.stream("GET", f"/v1/assist/{contact}/events", headers=headers) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield events_of(stream.iter_lines())


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


def take(events: Iterator[tuple[str, str, dict[str, Any]]], count: int) -> list[Any]:
    return [next(events) for _ in range(count)]


def test_a_line_and_its_answer_reach_the_panel_and_a_broken_panel_goes_on(server: Server) -> None:
    with server.client() as client, listening(server, "call-1") as events:
        taken = say(client, "call-1", "5元1GB流量日包怎么开")
        assert taken == {"lines": 1, "answered": True, "last_event": 2}
        (first, kind, line), (second, other, answer) = take(events, 2)
    assert (first, kind, line["text"]) == ("1", "line", "5元1GB流量日包怎么开")
    assert (second, other) == ("2", "answer")
    assert "KTLLB5" in answer["answer"]["text"]
    with server.client() as client, listening(server, "call-1", last="1") as events:
        assert [number for number, _, _ in take(events, 1)] == ["2"]
        say(client, "call-1", "谢谢")
        assert next(events)[:2] == ("3", "line")


def test_a_short_question_goes_on_about_what_was_answered(server: Server) -> None:
    with server.client() as client, listening(server, "call-2") as events:
        say(client, "call-2", "5元1GB流量日包怎么开")
        say(client, "call-2", "怎么取消")
        found = [content for _, kind, content in take(events, 4) if kind == "answer"]
    assert found[1]["answer"]["item"]["id"] == "pack-day5"


def test_the_situation_is_remembered_and_says_why_nothing_is_offered(server: Server) -> None:
    context = {"customer": {"tariff_sensitive": True}, "region": "yj/yundu"}
    with server.client() as client, listening(server, "call-3") as events:
        say(client, "call-3", context=context)
        say(client, "call-3", "5元1GB流量日包怎么开")
        told, _, answer = [content for _, _, content in take(events, 3)]
    assert {key: told[key] for key in context} == context
    assert "tariff_sensitive" in [one["code"] for one in answer["answer"]["fit"]["remarks"]]


def test_numbers_of_people_are_masked_before_anything_is_kept(server: Server) -> None:
    with server.client() as client, listening(server, "call-4") as events:
        say(client, "call-4", "我的号码是13800001234，5元1GB流量日包怎么开")
        line, answer = [content for _, _, content in take(events, 2)]
    assert "13800001234" not in json.dumps([line, answer], ensure_ascii=False)
    assert "[手机号]" in line["text"]
    assert answer["answer"]["outcome"] == "answered"


def test_numbers_in_the_situation_are_masked_too(server: Server) -> None:
    context = {"boss_code": "30010002", "customer": {"tags": ["联系电话13800001234"]}}
    with server.client() as client, listening(server, "call-10") as events:
        say(client, "call-10", context=context)
        told = next(events)[2]
    assert told["customer"]["tags"] == ["联系电话[手机号]"]
    assert told["boss_code"] == "30010002"


def test_a_line_sent_again_is_taken_once_and_its_answer_too(server: Server) -> None:
    body = {"lines": [{"speaker": "customer", "text": "宽带移机", "id": "k-1"}]}
    with server.client() as client:
        first = client.post("/v1/assist/call-5/lines", json=body).json()
        second = client.post("/v1/assist/call-5/lines", json=body).json()
    assert first == {"lines": 1, "answered": True, "last_event": 2}
    assert second == {"lines": 0, "answered": False, "last_event": 2}


def test_the_agents_own_words_are_answered_only_when_asked(server: Server) -> None:
    said = {"speaker": "agent", "text": "5元1GB流量日包怎么开"}
    with server.client() as client:
        silent = client.post("/v1/assist/call-6/lines", json={"lines": [said]}).json()
        asked = client.post("/v1/assist/call-6/lines", json={"lines": [said | {"ask": True}]})
    assert (silent["answered"], asked.json()["answered"]) == (False, True)


@pytest.mark.parametrize(
    ("contact", "body", "field"),
    [
        ("call-7", {"lines": [{"speaker": "客户", "text": "在吗"}]}, "speaker"),
        ("call-7", {"lines": [{"speaker": "customer", "text": ""}]}, "text"),
        ("call-7", {"lines": [{"speaker": "customer", "text": "在" * 501}]}, "text"),
        ("call-7", {"lines": [{"speaker": "customer", "text": "在"}] * 51}, "lines"),
        ("a%20b", {"lines": []}, "contact"),
        ("call-7", {"lines": [], "context": {"region": "nowhere/x", "no": 1}}, "no"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_field(
    client: httpx.Client, contact: str, body: dict[str, Any], field: str
) -> None:
    refused = client.post(f"/v1/assist/{contact}/lines", json=body)
    assert refused.status_code == 422
    assert any(field in problem["field"] for problem in refused.json()["errors"])


def test_another_process_hears_of_an_event_within_moments(index: Path, tmp_path: Path) -> None:
    with running(index, "--workers", "2", log=tmp_path / "serve.log") as server:
        # each panel has a connection of its own, so that both processes get some
        heard: list[float] = []
        opened = threading.Barrier(9)

        def panel() -> None:
            with listening(server, "call-8") as events:
                opened.wait(PATIENCE)
                next(events)
                heard.append(time.monotonic())

        panels = [threading.Thread(target=panel) for _ in range(8)]
        for one in panels:
            one.start()
        opened.wait(PATIENCE)
        with server.client() as client:
            say(client, "call-8", "在吗")
        for one in panels:
            one.join(PATIENCE)
    assert len(heard) == 8


def test_a_service_with_open_panels_stops_when_told_to(index: Path, tmp_path: Path) -> None:
    with running(index, log=tmp_path / "serve.log") as server:
        with listening(server, "call-9") as events:
            with server.client() as client:
                say(client, "call-9", "在吗")
            next(events)
            server.process.send_signal(signal.SIGTERM)
            rest = list(events)  # ends because the service ends the stream
            assert len(rest) <= 1
        assert server.process.wait(PATIENCE) in (0, -signal.SIGTERM)
