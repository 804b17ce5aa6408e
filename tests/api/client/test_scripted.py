"""Calls against a server that fails in the ways of real ones."""

from __future__ import annotations

import email.utils
import json
import pickle
import time
from typing import Any

import pytest

from api.client import (
    NO_RETRIES,
    Accepted,
    BadArgument,
    BadReply,
    Call,
    CustomerEvent,
    Invalid,
    Message,
    NoReply,
    NotConnected,
    Problem,
    Refused,
    RetryPolicy,
    ServerFault,
    TooMany,
    Unavailable,
    ZhikuClient,
)
from tests.api.client.conftest import Ask
from tests.api.client.scripted import Line, scripted
from tests.api.serving import free_port

QUICK = RetryPolicy(tries=3, budget=10.0, first_pause=0.01, longest_pause=0.02)
PAGE = {"hits": [], "took_ms": 1, "degraded": []}
STORED = {"message_id": "m1", "state": "queued", "at": "2026-03-02T04:00:00Z", "repeated": True}
BUSY = {"status": 503, "code": "not_serving", "detail": "没有版本可用", "trace_id": "t" * 32}
MESSAGE = Message(number="13800001234", template_id="tpl", channel="sms", item_id="x")


def test_an_unavailable_service_is_asked_again_when_it_says_so(ask: Ask) -> None:
    with scripted(Line(503, BUSY, {"Retry-After": "1"}), Line(200, PAGE)) as stage:
        began = time.monotonic()
        page = ask(stage.url, lambda zhiku: zhiku.search("日包"), retries=QUICK)
        assert time.monotonic() - began >= 1.0
    assert page.hits == ()
    first, second = stage.heard
    assert first.path == second.path
    assert first.headers["X-Trace-Id"] == second.headers["X-Trace-Id"]


def test_too_many_requests_wait_until_the_date_that_is_named(ask: Ask) -> None:
    said = {
        # by a clock that is years ahead of ours
        "Date": email.utils.formatdate(2_000_000_000, usegmt=True),
        "Retry-After": email.utils.formatdate(2_000_000_001, usegmt=True),
    }
    with scripted(Line(429, None, said), Line(200, PAGE)) as stage:
        began = time.monotonic()
        ask(stage.url, lambda zhiku: zhiku.search("日包"), retries=QUICK)
        assert 1.0 <= time.monotonic() - began < 10
    assert len(stage.heard) == 2
    with scripted(Line(429, None, said)) as stage, pytest.raises(TooMany) as caught:
        ask(stage.url, lambda zhiku: zhiku.search("日包"), retries=NO_RETRIES)
    assert (caught.value.code, caught.value.retry_after) == ("http_error", 1.0)


def test_a_wait_beyond_the_budget_is_not_begun(ask: Ask) -> None:
    with scripted(Line(503, BUSY, {"Retry-After": "60"})) as stage:
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            ask(stage.url, lambda zhiku: zhiku.ready(), retries=QUICK)
        assert time.monotonic() - began < 5
    assert len(stage.heard) == 1
    error = caught.value
    assert (error.status, error.code, error.retry_after) == (503, "not_serving", 60.0)
    assert (error.detail, error.trace_id) == ("没有版本可用", "t" * 32)
    assert str(error) == f"503 not_serving：没有版本可用（编号 {'t' * 32}）"


def test_a_message_keeps_its_key_over_all_tries(ask: Ask) -> None:
    with scripted(Line(break_off=True), Line(503, BUSY), Line(202, STORED)) as stage:
        accepted = ask(stage.url, lambda zhiku: zhiku.send(MESSAGE), retries=QUICK)
    assert accepted.message_id == "m1"
    assert {heard.headers["Idempotency-Key"] for heard in stage.heard} == {MESSAGE.idempotency_key}
    assert len({heard.body for heard in stage.heard}) == 1
    assert json.loads(stage.heard[0].body) == {
        **{"number": "13800001234", "template_id": "tpl", "channel": "sms", "item_id": "x"},
        "wave": 0,
    }


def test_every_message_and_event_has_a_key_of_its_own() -> None:
    made = {Message(number="1", template_id="t", channel="sms").idempotency_key for _ in range(99)}
    assert len(made) == 99
    event = CustomerEvent(event="joined", on="2026-03-02", number="13800001234")
    assert 1 <= len(event.idempotency_key) <= 40
    assert "13800001234" not in repr(event) + repr(MESSAGE)


def test_what_must_not_be_done_twice_is_sent_once(ask: Ask) -> None:
    for line, kind in ((Line(break_off=True), NoReply), (Line(503, BUSY), Unavailable)):
        with scripted(line) as stage, pytest.raises(kind):
            ask(stage.url, lambda zhiku: zhiku.consent("13800001234", "单"), retries=QUICK)
        assert len(stage.heard) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500, 502])
def test_no_other_refusal_is_asked_again(ask: Ask, status: int) -> None:
    errors = [{"field": "q", "detail": "太长"}]
    said = {"status": status, "code": "bad_query", "detail": "太长", "errors": errors}
    line = Line(status, said, {"Retry-After": "0", "X-Trace-Id": "t" * 32})
    with scripted(line) as stage, pytest.raises(Problem) as caught:
        ask(stage.url, lambda zhiku: zhiku.search("日包"), retries=QUICK)
    assert len(stage.heard) == 1
    error = caught.value
    assert (error.status, error.code, error.errors) == (status, "bad_query", tuple(errors))
    assert error.trace_id == "t" * 32
    assert isinstance(error, Invalid) is (status in {400, 413, 422})
    assert isinstance(error, ServerFault) is (status >= 500)


def test_nobody_at_the_address_is_tried_again_and_then_told(ask: Ask) -> None:
    port = free_port()
    thrown = []

    def dice() -> float:
        thrown.append(0.5)
        return 0.5

    with pytest.raises(NotConnected, match="连接不上") as caught:
        ask(
            f"http://127.0.0.1:{port}",
            # nothing left, so even what must not be done twice may go again
            lambda zhiku: zhiku.refuse("13800001234", "来电"),
            retries=QUICK,
            dice=dice,
        )
    assert len(thrown) == 2
    assert caught.value.code == "not_connected"
    assert "13800001234" not in str(caught.value)


def test_a_service_that_hangs_is_left_after_the_timeout_and_asked_again(ask: Ask) -> None:
    with scripted(Line(hang=True), Line(200, PAGE)) as stage:
        ask(stage.url, lambda zhiku: zhiku.search("日包"), retries=QUICK, timeout=0.5)
        assert len(stage.heard) == 2


def test_a_service_that_hangs_for_good_is_left_within_the_budget(ask: Ask) -> None:
    policy = RetryPolicy(tries=50, budget=1.5, first_pause=0.01, longest_pause=0.02)
    with scripted(Line(hang=True)) as stage:
        began = time.monotonic()
        with pytest.raises(NoReply) as caught:
            ask(stage.url, lambda zhiku: zhiku.send(MESSAGE), retries=policy, timeout=0.4)
        assert time.monotonic() - began < 5
        assert 2 <= len(stage.heard) <= 5
        assert stage.heard[0].headers["X-Trace-Id"] == caught.value.trace_id
    assert caught.value.code == "timed_out"


@pytest.mark.parametrize(
    "line",
    [
        Line(200, b"<html>login</html>"),
        Line(200, b"\xff\xfe"),
        Line(200, {"hits": []}),
        Line(200, [1]),
        Line(302, b"", {"Location": "/login"}),
        Line(200, b"no gzip", {"Content-Encoding": "gzip"}),
    ],
    ids=["page", "octets", "keys", "list", "redirect", "gzip"],
)
def test_a_reply_of_something_else_is_told_as_such(ask: Ask, line: Line) -> None:
    with scripted(line) as stage, pytest.raises(BadReply):
        ask(stage.url, lambda zhiku: zhiku.search("日包"), retries=QUICK)
    assert len(stage.heard) == 1


def test_a_page_of_a_gateway_is_a_fault_with_its_status(ask: Ask) -> None:
    page = Line(502, b"<html>Bad Gateway</html>")
    with scripted(page) as stage, pytest.raises(ServerFault, match="502") as caught:
        ask(stage.url, lambda zhiku: zhiku.outbox(), retries=QUICK)
    assert caught.value.code == "http_error"


def test_a_refusal_has_every_rule_with_the_moment_from_which_it_may_go(ask: Ask) -> None:
    errors = [
        {"field": "quiet_hours", "detail": "夜里不发", "allowed_from": "2026-03-03T08:00:00+08:00"},
        {"field": "frequency_cap", "detail": "今天发过了", "allowed_from": "later"},
    ]
    said = {"status": 409, "code": "quiet_hours", "detail": "夜里不发", "errors": errors}
    with scripted(Line(409, said)) as stage, pytest.raises(Refused) as caught:
        ask(stage.url, lambda zhiku: zhiku.send(MESSAGE), retries=QUICK)
    first, second = caught.value.declines
    assert (first.code, first.reason) == ("quiet_hours", "夜里不发")
    assert first.allowed_from is not None
    assert first.allowed_from.isoformat() == "2026-03-03T08:00:00+08:00"
    assert (second.code, second.allowed_from) == ("frequency_cap", None)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.code, again.declines) == (Refused, "quiet_hours", (first, second))


@pytest.mark.parametrize("odd", [float("nan"), "\ud800"])
def test_what_cannot_be_written_is_not_sent(ask: Ask, odd: Any) -> None:
    with scripted(Line(200, PAGE)) as stage:
        with pytest.raises(BadArgument):
            ask(stage.url, lambda zhiku: zhiku.calculate("x", usage={"gb": odd}), retries=QUICK)
        with pytest.raises(BadArgument):
            ask(stage.url, lambda zhiku: zhiku.search("长" * 40_000), retries=QUICK)
        with pytest.raises(BadArgument):
            ask(stage.url, lambda zhiku: zhiku.search("\ud800"), retries=QUICK)
    assert stage.heard == []


def test_a_misspelt_word_is_not_sent() -> None:
    with ZhikuClient("http://127.0.0.1:9") as zhiku:
        with pytest.raises(TypeError, match="regoin"):
            zhiku.search("日包", regoin="yj")  # type: ignore[call-arg]
        with pytest.raises(BadArgument, match="library"):
            zhiku.search("日包", library="business")


def test_a_route_without_a_method_of_its_own_is_called_all_the_same(ask: Ask) -> None:
    call = Call("GET", "/v1/labels", dict)
    with scripted(Line(200, {"regions": []})) as stage:
        assert ask(stage.url, lambda zhiku: zhiku.perform(call)) == {"regions": []}
    assert "13800001234" not in repr(Call("POST", "/", dict, body={"number": "13800001234"}))


def test_one_client_does_many_calls(ask: Ask) -> None:
    with scripted(Line(202, STORED)) as stage, ZhikuClient(stage.url, trust_env=False) as zhiku:
        found = [zhiku.send(MESSAGE) for _ in range(3)]
    assert found == [found[0]] * 3
    assert isinstance(found[0], Accepted)
