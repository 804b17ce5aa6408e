"""Calls: what is repeated, what is not, and what is said when nothing helps."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from email.utils import format_datetime

import pytest

from eval.errors import SystemBroken, SystemDown
from eval.systems.http import WAITS, Caller, Received, host_of, shown
from tests.api.serving import free_port
from tests.eval.systems.scripted import QUICK, Given, in_turn, problem, scripted


def call(url: str, waits: Sequence[float] = QUICK, timeout: float = 15.0) -> Received:
    with closing(Caller(timeout=timeout, waits=waits)) as caller:
        return caller.call("GET", url)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(status: int) -> None:
    with scripted(in_turn(Given("", status), Given({"fine": True}))) as server:
        received = call(server.url)

    assert received.json() == {"fine": True}
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_not_repeated(status: int) -> None:
    with scripted(in_turn(Given("no", status))) as server:
        assert call(server.url).status == status

    assert len(server.requests) == 1


def test_a_server_that_stays_busy_is_down_and_its_address_and_words_are_told() -> None:
    with (
        scripted(in_turn(problem(503, "知识库还没有打开"))) as server,
        pytest.raises(SystemDown, match=rf"{server.url}/x 回应 503：知识库还没有打开；试了 3 次"),
    ):
        call(f"{server.url}/x")


def test_a_server_that_is_not_there_is_down() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(SystemDown, match=rf"{url} 连不上（.+）；试了 3 次，请确认它在运行"):
        call(url)


def test_a_server_that_does_not_reply_in_time_is_down() -> None:
    def slow(_: object) -> Given:
        time.sleep(0.4)
        return Given("late")

    with scripted(slow) as server, pytest.raises(SystemDown, match="没有按时回应"):
        call(server.url, timeout=0.05)


def test_the_pause_that_a_server_asks_for_is_kept() -> None:
    with scripted(in_turn(problem(429, "太快", **{"Retry-After": "1"}), Given("{}"))) as server:
        began = time.monotonic()
        call(server.url)

    assert time.monotonic() - began >= 1.0


def test_a_pause_may_be_a_moment_and_one_that_has_passed_is_none() -> None:
    passed = format_datetime(dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), usegmt=True)
    with scripted(in_turn(Given("", 503, {"Retry-After": passed}), Given("{}"))) as server:
        assert call(server.url).status == 200


@pytest.mark.parametrize("asked", ["0", "-5", "soon", ""])
def test_a_pause_that_means_nothing_is_none(asked: str) -> None:
    with scripted(in_turn(Given("", 503, {"Retry-After": asked}), Given("{}"))) as server:
        assert call(server.url).status == 200


def test_a_pause_of_an_hour_is_told_and_not_waited_for() -> None:
    with (
        scripted(in_turn(Given("", 429, {"Retry-After": "3600"}))) as server,
        pytest.raises(SystemDown, match="要求 3600 秒后再来"),
    ):
        call(server.url, WAITS)


def test_waiting_takes_about_five_seconds_in_all_and_longer_each_time() -> None:
    assert sum(WAITS) == pytest.approx(5.0, abs=0.5)
    assert list(WAITS) == sorted(WAITS)


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with scripted(in_turn(Given("{}"))) as server:
        assert call(server.url, ()).status == 200


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://127.0.0.1/\x00", "127.0.0.1:80"])
def test_an_address_that_cannot_be_asked_is_broken_and_not_down(url: str) -> None:
    with pytest.raises(SystemBroken, match="不能用") as caught:
        call(url)

    assert not isinstance(caught.value, SystemDown)


def test_a_reply_that_is_not_json_shows_its_beginning_on_one_line() -> None:
    with scripted(in_turn(Given("<html>\n" + "长" * 200))) as server:
        received = call(server.url, WAITS)

    with pytest.raises(SystemBroken, match=r"开头是：<html> 长+……$"):
        received.json()


def test_passwords_and_keys_are_never_shown() -> None:
    assert (
        shown("HTTPS://me:p@ss@host/x?token=abc&q={query}") == "HTTPS://host/x?token=***&q={query}"
    )
    assert host_of("http://me:pw@host:81/x") == "host:81"
    assert host_of("http://[bad") == ""


def dripping(part: bytes, pause: float) -> Callable[[socket.socket], None]:
    """What a server does that never comes to an end."""

    def reply(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(part)
                time.sleep(pause)

    return reply


@contextlib.contextmanager
def serving(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        reply(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_reply_that_comes_in_drops_is_not_waited_for() -> None:
    with (
        serving(dripping(b" ", 0.05)) as url,
        pytest.raises(SystemDown, match="没有按时回应；试了 2 次"),
    ):
        call(url, waits=(0.01,), timeout=0.3)


def test_a_reply_without_end_is_not_read() -> None:
    with (
        serving(dripping(b"x" * (1 << 20), 0.0)) as url,
        pytest.raises(SystemBroken, match="的回应超过 32MB"),
    ):
        call(url)


def test_a_character_set_that_nobody_knows_is_read_as_utf8() -> None:
    given = Given('["中"]', kind="application/json; charset=nonsense-8")
    with scripted(in_turn(given)) as server:
        assert call(server.url).json() == ["中"]
