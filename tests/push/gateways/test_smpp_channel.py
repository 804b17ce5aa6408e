"""What did not leave whole was not understood: the claim on which trying again rests."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from api.push.gateways.smpp.channel import ClosedByPeer, open_channel
from api.push.gateways.smpp.pdu import RESPONSE, Command, Frames, Pdu
from api.push.gateways.smpp.session import NotWritten, Session


def both_sides(folder: Path, is_secure: bool) -> tuple[ssl.SSLContext, ssl.SSLContext | None]:
    """What the other side and we secure a line with; ours is None for a plain one."""
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return theirs, ssl.create_default_context(cafile=str(folder / "ca.pem")) if is_secure else None


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_of_what_was_not_written_whole_the_other_side_has_nothing_whole(
    tmp_path: Path, is_secure: bool
) -> None:
    theirs, ours = both_sides(tmp_path, is_secure)
    listening = socket.create_server(("127.0.0.1", 0))
    full = threading.Event()
    heard: list[int] = []

    def listens() -> None:
        """Reads nothing until the other side gave up; then all that the system kept."""
        accepted, _ = listening.accept()
        with theirs.wrap_socket(accepted, server_side=True) if is_secure else accepted as peer:
            full.wait(30)
            peer.settimeout(10)
            frames = Frames()
            try:
                while octets := peer.recv(65536):
                    heard.extend(unit.sequence for unit in frames.feed(octets))
            except ssl.SSLError:
                pass  # it ended in the middle of a record

    thread = threading.Thread(target=listens)
    thread.start()
    port = listening.getsockname()[1]
    channel = open_channel("127.0.0.1", port, tls=ours, timeout=0.3)
    session = Session(channel, timeout=0.3, keep_alive=60, asked=lambda _, __: None)
    written: list[int] = []
    with suppress(NotWritten):
        while session.is_alive:
            written.append(session.post(Command.SUBMIT_SM, bytes(60_000)).sequence)
    full.set()
    thread.join()
    listening.close()
    session.join(5)
    assert written
    assert heard == written
    assert not session.is_alive
    with pytest.raises(NotWritten):
        session.post(Command.ENQUIRE_LINK)


@pytest.mark.parametrize("is_secure", [False, True], ids=["plain", "tls"])
def test_nothing_is_written_to_a_side_that_has_closed_although_nobody_read_that(
    tmp_path: Path, is_secure: bool
) -> None:
    theirs, ours = both_sides(tmp_path, is_secure)
    listening = socket.create_server(("127.0.0.1", 0))

    def takes_one_and_closes() -> None:
        accepted, _ = listening.accept()
        with theirs.wrap_socket(accepted, server_side=True) if is_secure else accepted as peer:
            peer.recv(65536)

    thread = threading.Thread(target=takes_one_and_closes)
    thread.start()
    channel = open_channel("127.0.0.1", listening.getsockname()[1], tls=ours, timeout=10)
    channel.send(b"before")
    thread.join()
    listening.close()
    with pytest.raises(ClosedByPeer):
        channel.send(b"after")
    channel.close()


def test_an_answer_counts_that_came_before_the_other_side_closed() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    gone = threading.Event()
    refused: list[bool] = []

    def asks_answers_and_closes() -> None:
        accepted, _ = listening.accept()
        with accepted as peer:
            (asked,) = Frames().feed(peer.recv(65536))
            answer = Pdu(asked.command | RESPONSE, 0, asked.sequence, b"last\0")
            peer.sendall(Pdu(Command.DELIVER_SM, 0, 70).encode() + answer.encode())
        gone.set()

    def asked(session: Session, unit: Pdu) -> None:
        gone.wait(30)
        refused.append(True)
        session.answer(unit)

    thread = threading.Thread(target=asks_answers_and_closes)
    thread.start()
    channel = open_channel("127.0.0.1", listening.getsockname()[1], tls=None, timeout=10)
    session = Session(channel, timeout=10, keep_alive=60, asked=asked)
    answer = session.ask(Command.SUBMIT_SM, seconds=10)
    thread.join()
    listening.close()
    session.join(5)
    assert answer is not None
    assert answer.body == b"last\0"
    assert refused
    assert not session.is_alive
