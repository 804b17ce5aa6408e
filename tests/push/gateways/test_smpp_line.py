"""The line to a message centre that misbehaves: what it says wrongly, late, in pieces or never."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from api.push.gateways.opened import open_gateway
from api.push.gateways.protocol import Gateway, Outcome, Receipt, Received, Reply
from api.push.gateways.smpp import line as lines
from api.push.gateways.smpp.pdu import RESPONSE, Command, Party, Pdu, ShortMessage
from tests.push.gateways.builders import make_outgoing
from tests.push.gateways.smpp_peer import Connection, Peer, peer

REPLY = ShortMessage(Party("13800000001"), Party("1065800123"), b"R").encode()


@contextmanager
def line(
    other: Peer,
    options: str = "",
    *,
    timeout: float = 5.0,
    received: Received = lambda _: None,
) -> Iterator[Gateway]:
    gateway = open_gateway(other.url(options), received=received, timeout=timeout)
    try:
        yield gateway
    finally:
        gateway.close()


def bound(connection: Connection) -> None:
    connection.bind()
    connection.serve()


def test_an_answer_that_comes_octet_by_octet_is_understood() -> None:
    def script(connection: Connection) -> None:
        connection.bind()
        asked = connection.wait_for(Command.SUBMIT_SM)
        answer = Pdu(asked.command | RESPONSE, 0, asked.sequence, b"slow\0")
        for octet in answer.encode():
            connection.raw(bytes([octet]))
            time.sleep(0.002)
        connection.serve()

    with peer(script) as other, line(other) as gateway:
        assert gateway.send(make_outgoing()).gateway_ids == ("slow",)


def test_an_answer_without_a_name_is_an_answer() -> None:
    def script(connection: Connection) -> None:
        connection.bind()
        connection.answer(connection.wait_for(Command.SUBMIT_SM))
        connection.serve()

    with peer(script) as other, line(other) as gateway:
        sent = gateway.send(make_outgoing())
        assert (sent.outcome, sent.gateway_ids) == (Outcome.ACCEPTED, ())


@pytest.mark.parametrize("octets", [b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(16)])
def test_noise_after_a_message_leaves_it_uncertain_and_ends_the_line(octets: bytes) -> None:
    def script(connection: Connection) -> None:
        connection.bind()
        connection.wait_for(Command.SUBMIT_SM)
        connection.raw(octets)
        connection.serve()

    with peer(script, bound) as other, line(other) as gateway:
        before = time.monotonic()
        assert gateway.send(make_outgoing(id="m-1")).outcome is Outcome.UNCERTAIN
        assert time.monotonic() - before < 2.0
        assert gateway.send(make_outgoing(id="m-2")).outcome is Outcome.ACCEPTED


def test_answers_to_what_nobody_asked_are_dropped() -> None:
    def script(connection: Connection) -> None:
        connection.bind()
        asked = connection.wait_for(Command.SUBMIT_SM)
        connection.write(Pdu(Command.SUBMIT_SM | RESPONSE, 0, asked.sequence + 1, b"next\0"))
        connection.write(Pdu(Command.SUBMIT_SM | RESPONSE, 0, 0, b"none\0"))
        connection.write(Pdu(Command.ENQUIRE_LINK | RESPONSE, 0, asked.sequence))
        connection.write(Pdu(Command.GENERIC_NACK, 3, asked.sequence + 7))
        connection.answer(asked, b"right\0")
        connection.answer(asked, b"again\0")
        connection.serve()

    with peer(script) as other, line(other) as gateway:
        assert gateway.send(make_outgoing(id="m-1")).gateway_ids == ("right",)
        second = gateway.send(make_outgoing(id="m-2"))
        assert second.gateway_ids == (f"p-{other.submitted[-1].sequence}",)


def test_an_answer_that_comes_too_late_belongs_to_no_other_message() -> None:
    late = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        asked = connection.wait_for(Command.SUBMIT_SM)
        late.wait(5)
        connection.answer(asked, b"late\0")
        connection.serve()

    with peer(script, bound) as other, line(other, timeout=0.5) as gateway:
        assert gateway.send(make_outgoing(id="m-1")).outcome is Outcome.UNCERTAIN
        late.set()
        assert "late" not in gateway.send(make_outgoing(id="m-2")).gateway_ids
        assert len(other.connections) == 2  # the first is not trusted with another message


@pytest.mark.parametrize("window", [1, 255])
def test_answers_that_each_come_just_in_time_do_not_hold_a_sender_for_ever(window: int) -> None:
    def script(connection: Connection) -> None:
        connection.bind()
        while True:
            unit = connection.read()
            time.sleep(0.2)
            connection.usual(unit)

    with peer(script, bound) as other, line(other, f"?window={window}", timeout=0.4) as gateway:
        before = time.monotonic()
        sent = gateway.send(make_outgoing("您好" * 2000))  # sixty pieces
        assert time.monotonic() - before < 3.0
        assert sent.outcome is Outcome.UNCERTAIN
        assert 1 < len(sent.gateway_ids) < 10
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED


def test_who_lets_in_but_never_answers_the_login_gets_nothing() -> None:
    def script(connection: Connection) -> None:
        connection.wait_for(Command.BIND_TRANSCEIVER)
        connection.serve()

    with peer(script) as other, line(other, timeout=0.5) as gateway:
        before = time.monotonic()
        sent = gateway.send(make_outgoing())
        assert time.monotonic() - before < 2.0
        assert (sent.outcome, sent.problem) == (Outcome.NOT_SENT, "smpp:bind")
        assert not other.submitted


def test_a_failed_login_is_not_tried_again_at_once() -> None:
    def script(connection: Connection) -> None:
        connection.answer(connection.wait_for(Command.BIND_TRANSCEIVER), status=0x0E)

    with peer(script) as other, line(other) as gateway:
        for n in range(20):
            sent = gateway.send(make_outgoing(id=f"m-{n}"))
            assert sent.outcome is Outcome.NOT_SENT
            assert "密码" in sent.detail
        assert len(other.connections) <= 2


def test_a_line_that_was_closed_while_idle_costs_no_message() -> None:
    closed = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        connection.usual(connection.wait_for(Command.SUBMIT_SM))
        connection.close()
        closed.set()

    with peer(script, bound) as other, line(other) as gateway:
        assert gateway.send(make_outgoing(id="m-1")).outcome is Outcome.ACCEPTED
        assert closed.wait(5)
        time.sleep(0.1)
        assert gateway.send(make_outgoing(id="m-2")).outcome is Outcome.ACCEPTED


def test_a_line_that_died_silently_is_found_out_before_a_message_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "_ASK_AFTER", 0.0)
    monkeypatch.setattr(lines, "_ANSWERS_WITHIN", 0.3)
    over = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        connection.usual(connection.wait_for(Command.SUBMIT_SM))
        over.wait(10)  # neither reads nor answers

    with peer(script, bound) as other, line(other) as gateway:
        assert gateway.send(make_outgoing(id="m-1")).outcome is Outcome.ACCEPTED
        assert gateway.send(make_outgoing(id="m-2")).outcome is Outcome.ACCEPTED
        assert [len(connection.submitted) for connection in other.connections] == [1, 1]
        over.set()


def test_a_quiet_line_is_asked_and_built_up_again_when_it_does_not_answer() -> None:
    asked = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        connection.wait_for(Command.ENQUIRE_LINK)
        asked.set()
        connection.read()  # never answered: the other side gives up

    again = threading.Event()

    def second(connection: Connection) -> None:
        connection.bind()
        again.set()
        connection.serve()

    with peer(script, second) as other, line(other, "?keep_alive=1", timeout=0.3):
        assert asked.wait(5)
        assert again.wait(5)  # although nobody sends


def test_what_the_message_centre_asks_is_answered() -> None:
    answers: list[Pdu] = []
    done = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        for sequence, command in enumerate((Command.ENQUIRE_LINK, 0x103, Command.UNBIND), 70):
            connection.write(Pdu(command, 0, sequence))
            answers.append(connection.read())
        done.set()

    with peer(script, bound) as other, line(other) as gateway:
        assert done.wait(5)
        assert [(unit.command, unit.status, unit.sequence) for unit in answers] == [
            (Command.ENQUIRE_LINK | RESPONSE, 0, 70),
            (Command.GENERIC_NACK, 3, 71),
            (Command.UNBIND | RESPONSE, 0, 72),
        ]
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED


def test_a_report_that_is_being_stored_holds_up_no_message() -> None:
    release = threading.Event()
    stored: list[Receipt | Reply] = []
    acknowledged = threading.Event()

    def slowly(report: Receipt | Reply) -> None:
        release.wait(5)
        stored.append(report)

    def script(connection: Connection) -> None:
        connection.bind()
        connection.write(Pdu(Command.DELIVER_SM, 0, 500, REPLY))
        while True:
            unit = connection.read()
            if unit.command == Command.DELIVER_SM | RESPONSE:
                assert stored  # acknowledged only after
                assert (unit.status, unit.sequence, unit.body) == (0, 500, b"\0")
                acknowledged.set()
            connection.usual(unit)

    with peer(script) as other, line(other, received=slowly) as gateway:
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED
        assert not stored
        release.set()
        assert acknowledged.wait(5)


def test_a_report_that_nobody_can_read_is_turned_away_for_good(
    caplog: pytest.LogCaptureFixture,
) -> None:
    statuses: list[int] = []
    done = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        connection.write(Pdu(Command.DELIVER_SM, 0, 500, b"13800000001"))
        statuses.append(connection.read().status)
        done.set()
        connection.serve()

    with peer(script) as other, line(other):
        assert done.wait(5)
    assert statuses == [0x65]
    assert "turned away" in caplog.text
    assert "13800000001" not in caplog.text


def test_closing_says_goodbye() -> None:
    said = threading.Event()

    def script(connection: Connection) -> None:
        connection.bind()
        connection.usual(connection.wait_for(Command.UNBIND))
        said.set()

    with peer(script) as other:
        with line(other) as gateway:
            gateway.query(make_outgoing(), ("x",))
        assert said.wait(5)  # the peer's thread says so after its answer
        assert gateway.send(make_outgoing()).problem == "smpp:closed"


def test_no_threads_are_left_behind() -> None:
    with peer(bound) as other:
        before = threading.active_count()
        for n in range(3):
            with line(other) as gateway:
                gateway.send(make_outgoing(id=f"m-{n}"))
        assert [name for name in _threads() if name.startswith("smpp-")] == []
        assert threading.active_count() <= before + 3  # those of the peer


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_under_tls_everything_goes_both_ways(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    stored: list[Receipt | Reply] = []

    def script(connection: Connection) -> None:
        connection.bind()
        for sequence in range(900, 1000):
            connection.usual(connection.wait_for(Command.SUBMIT_SM))
            connection.write(Pdu(Command.DELIVER_SM, 0, sequence, REPLY))
        connection.serve()

    with peer(script, tls=context) as other:
        options = f"?tls=1&ca={tmp_path / 'ca.pem'}"
        with line(other, options, received=stored.append) as gateway:
            for n in range(100):
                assert gateway.send(make_outgoing(id=f"m-{n}")).outcome is Outcome.ACCEPTED
            deadline = time.monotonic() + 5
            while len(stored) < 100 and time.monotonic() < deadline:
                time.sleep(0.01)
        assert len(stored) == 100


def test_a_certificate_that_nobody_vouches_for_is_not_spoken_to() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with peer(bound, tls=context) as other, line(other, "?tls=1", timeout=2.0) as gateway:
        sent = gateway.send(make_outgoing())
        assert sent.outcome is Outcome.NOT_SENT
        assert "证书不被信任" in sent.detail
    with peer(bound) as other, line(other, "?tls=1", timeout=1.0) as gateway:
        assert gateway.send(make_outgoing()).outcome is Outcome.NOT_SENT
