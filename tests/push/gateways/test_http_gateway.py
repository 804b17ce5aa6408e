"""The gateway over HTTP: what is sent, what answers mean, and how long it tries."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from pathlib import Path

import pytest
import trustme

from api.push.gateways.http import outcome_of
from api.push.gateways.opened import open_gateway
from api.push.gateways.protocol import Fate, Gateway, Outcome
from corpora.push_template import PushChannel
from tests.push.gateways.builders import make_outgoing
from tests.push.gateways.http_server import SECRET, HttpServer, running_http

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)


def gateway(server: HttpServer, timeout: float = 5.0, secret: str = SECRET) -> Gateway:
    return open_gateway(
        server.url, received=lambda _: None, secret=secret, timeout=timeout, now=lambda: NOW
    )


def test_a_request_is_signed_over_its_time_and_its_body_and_names_its_message(
    http: HttpServer,
) -> None:
    sender = gateway(http)
    assert sender.send(make_outgoing(id="m-1")).gateway_ids == ("g-m-1",)
    (request,) = http.plan.requests
    assert request["Idempotency-Key"] == "m-1"
    assert request["X-Zhiku-Timestamp"] == str(int(NOW.timestamp()))
    assert request["Content-Type"] == "application/json"
    sender.close()


def test_a_wrong_secret_is_a_matter_of_set_up_and_refuses_no_message(http: HttpServer) -> None:
    sender = gateway(http, secret="ein anderes", timeout=0.5)
    sent = sender.send(make_outgoing())
    assert (sent.outcome, sent.problem) == (Outcome.NOT_SENT, "http:401:signature")
    assert "密钥" in sent.detail
    assert not http.plan.taken
    sender.close()


def test_without_a_secret_nothing_is_signed(http: HttpServer) -> None:
    sender = gateway(http, secret="", timeout=0.5)
    sender.send(make_outgoing())
    assert "X-Zhiku-Signature" not in http.plan.requests[0]
    sender.close()


def test_a_user_in_the_url_goes_along_as_a_header(http: HttpServer) -> None:
    url = http.url.replace("http://", "http://user:p%40ss@")
    sender = open_gateway(url, received=lambda _: None, secret=SECRET)
    assert sender.send(make_outgoing()).outcome is Outcome.ACCEPTED
    assert http.plan.requests[0]["Authorization"] == "Basic dXNlcjpwQHNz"
    assert "user" not in sender.name
    assert "p@ss" not in repr(sender)
    sender.close()


def test_a_multimedia_message_comes_with_its_package(http: HttpServer) -> None:
    sender = gateway(http)
    sender.send(make_outgoing(channel=PushChannel.MMS, package=b"\0\xffmultipart"))
    assert http.plan.taken["m-1"]["package"] == "AP9tdWx0aXBhcnQ="
    assert http.plan.taken["m-1"]["channel"] == "mms"
    sender.close()


@pytest.mark.parametrize("plan", ["drop", "half", "status 500", "status 502", "status 503"])
def test_what_was_left_uncertain_is_settled_by_the_same_key(http: HttpServer, plan: str) -> None:
    sender = gateway(http)
    http.plan.next.append(plan)
    sent = sender.send(make_outgoing())
    assert sent.outcome is Outcome.ACCEPTED
    assert sent.gateway_ids == ("g-m-1",)
    assert len(http.plan.requests) == 2
    assert len(http.plan.taken) == 1
    sender.close()


def test_a_try_that_may_have_been_taken_stays_uncertain_when_a_later_one_was_not(
    http: HttpServer,
) -> None:
    sender = gateway(http)
    http.plan.next += ["drop", "later 429", "later 429"]
    assert sender.send(make_outgoing()).outcome is Outcome.UNCERTAIN
    sender.close()


@pytest.mark.parametrize("plan", ["drop-unread", "later 429", "status 500"])
def test_tries_are_few(http: HttpServer, plan: str) -> None:
    sender = gateway(http)
    http.plan.always = plan
    sender.send(make_outgoing())
    assert len(http.plan.requests) == 3
    sender.close()


def test_a_gateway_that_names_a_time_within_the_timeout_is_waited_for(http: HttpServer) -> None:
    sender = gateway(http)
    http.plan.next.append("later 503 1")
    before = time.monotonic()
    assert sender.send(make_outgoing()).outcome is Outcome.ACCEPTED
    assert 1.0 <= time.monotonic() - before < 3.0
    sender.close()


@pytest.mark.parametrize(
    "wait", ["3600", "Sun, 01 Mar 2026 10:30:00 GMT", "Sun, 01 Mar 2026 10:30:00"]
)
def test_one_that_names_a_later_time_is_not_waited_for(http: HttpServer, wait: str) -> None:
    sender = gateway(http)
    http.plan.always = f"later 429 {wait}"
    before = time.monotonic()
    sent = sender.send(make_outgoing())
    assert time.monotonic() - before < 2.0
    assert sent.outcome is Outcome.NOT_SENT
    assert "3600 秒后" in sent.detail
    assert len(http.plan.requests) == 1
    sender.close()


@pytest.mark.parametrize("plan", ["trickle", "hang"])
def test_no_gateway_holds_a_sender_longer_than_the_timeout(http: HttpServer, plan: str) -> None:
    sender = gateway(http, timeout=1.0)
    http.plan.always = plan
    before = time.monotonic()
    assert sender.send(make_outgoing()).outcome is Outcome.UNCERTAIN
    assert time.monotonic() - before < 2.0
    sender.close()


def test_an_answer_without_end_is_not_read_to_its_end(http: HttpServer) -> None:
    sender = gateway(http, timeout=2.0)
    http.plan.always = "raw " + "x" * 200_000
    assert sender.send(make_outgoing()).outcome is Outcome.UNCERTAIN
    sender.close()


def test_a_redirect_is_not_followed(http: HttpServer) -> None:
    sender = gateway(http, timeout=0.5)
    http.plan.always = "moved 307"
    assert sender.send(make_outgoing()).outcome is Outcome.NOT_SENT
    sender.close()


@pytest.mark.parametrize(
    ("status", "content", "wait", "outcome", "problem"),
    [
        (200, {"ids": ["a", "b"]}, None, Outcome.ACCEPTED, ""),
        (202, {}, None, Outcome.ACCEPTED, ""),
        (200, None, None, Outcome.UNCERTAIN, "http:200"),
        (200, {"ids": "a"}, None, Outcome.UNCERTAIN, "http:200"),
        (200, {"ids": [1]}, None, Outcome.UNCERTAIN, "http:200"),
        (409, {"code": "duplicate", "ids": ["a"]}, None, Outcome.ACCEPTED, ""),
        (409, {"code": "conflict"}, None, Outcome.REFUSED, "http:409:conflict"),
        (400, {}, None, Outcome.REFUSED, "http:400"),
        (403, {"code": "black list 13800000001"}, None, Outcome.REFUSED, "http:403"),
        (401, {}, None, Outcome.NOT_SENT, "http:401"),
        (404, None, None, Outcome.NOT_SENT, "http:404"),
        (408, {}, None, Outcome.NOT_SENT, "http:408"),
        (425, {}, None, Outcome.NOT_SENT, "http:425"),
        (429, {}, None, Outcome.NOT_SENT, "http:429"),
        (503, {}, 30.0, Outcome.NOT_SENT, "http:503"),
        (503, {}, None, Outcome.UNCERTAIN, "http:503"),
        (500, {}, None, Outcome.UNCERTAIN, "http:500"),
        (302, {}, None, Outcome.NOT_SENT, "http:302"),
        (304, {}, None, Outcome.UNCERTAIN, "http:304"),
    ],
)
def test_answers_mean(
    status: int,
    content: dict[str, object] | None,
    wait: float | None,
    outcome: Outcome,
    problem: str,
) -> None:
    sent = outcome_of(status, content, wait)
    assert (sent.outcome, sent.problem) == (outcome, problem)
    assert bool(sent.detail) == (outcome is not Outcome.ACCEPTED)
    assert "13800000001" not in sent.detail


def test_names_that_nobody_could_keep_are_forgotten() -> None:
    sent = outcome_of(200, {"ids": ["a", "", "x" * 65, "b\0", "b"]}, None)
    assert (sent.outcome, sent.gateway_ids) == (Outcome.ACCEPTED, ("a", "b"))


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        ("failed", Fate.FAILED),
        ("refused", Fate.REFUSED),
        ("unknown", Fate.UNKNOWN),
        ("on_its_way", Fate.ON_ITS_WAY),
        ("?", None),
    ],
)
def test_states_mean(http: HttpServer, state: str, fate: Fate | None) -> None:
    sender = gateway(http)
    http.plan.states["m-1"] = state
    assert sender.query(make_outgoing(), ()) is fate
    sender.close()


def test_an_id_with_any_characters_goes_through(http: HttpServer) -> None:
    sender = gateway(http)
    message = make_outgoing(id="批次 1/号\n2")
    assert sender.send(message).outcome is Outcome.ACCEPTED
    assert sender.query(message, ()) is Fate.ON_ITS_WAY
    sender.close()


def test_certificates_are_checked_and_tls_keeps_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with running_http(context) as server:
        url = server.url.replace("http:", "https:")
        stranger = open_gateway(url, received=lambda _: None, secret=SECRET, timeout=2.0)
        sent = stranger.send(make_outgoing())
        stranger.close()
        assert sent.outcome is Outcome.NOT_SENT
        assert "证书" in sent.detail
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        sender = open_gateway(url, received=lambda _: None, secret=SECRET, timeout=1.0)
        assert sender.send(make_outgoing()).outcome is Outcome.ACCEPTED
        server.plan.always = "trickle"
        before = time.monotonic()
        assert sender.send(make_outgoing(id="m-2")).outcome is Outcome.UNCERTAIN
        assert time.monotonic() - before < 2.0
        sender.close()
