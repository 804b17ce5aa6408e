"""A real SMPP server: started, ordered about, read, killed and started again."""

from __future__ import annotations

import json
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tests.real.smpp_home import home, server_command

ACCOUNT: Final = "zhiku"
PASSWORD: Final = "geheim"
_WITHIN: Final = 60.0  # seconds to start or to obey: cores are shared


class ServerBroken(Exception):
    """The server did not come up or did not obey; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit_sm that the server wrote down before it did anything else with it."""

    id: str
    session: str
    sequence: int
    source: str
    destination: str
    esm_class: int
    data_coding: int
    registered: int
    octets: bytes


class SmppServer:
    """One server with a record of its own, which outlives it; it ends with who started it."""

    def __init__(self, folder: Path, *, account: str = ACCOUNT, password: str = PASSWORD) -> None:
        self._folder = folder
        self._account = account
        self._password = password
        self._record = folder / "record.jsonl"
        self._from = 0
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What a gateway is opened with."""
        return f"smpp://{self._account}:{self._password}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, on the same port as before."""
        assert self._process is None
        self._folder.mkdir(parents=True, exist_ok=True)
        command = server_command(home(), self._account, self._password, self._record, self.port)
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )
        try:
            self.port = int(self._line())
        except BaseException:
            self.kill()
            raise

    def revive(self) -> None:
        """Starts it where it was killed or died."""
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self.start()

    def order(self, order: str) -> str:
        """Gives an order, as RunCentre lists them, and returns what was said to it."""
        with suppress(BrokenPipeError):
            self._stdin.write(order.encode() + b"\n")
            self._stdin.flush()
        said = self._line()
        if not said.startswith("ok"):
            raise ServerBroken(f"{order}: {said}")
        return said.removeprefix("ok").strip()

    def reset(self) -> None:
        """Forgets orders and what was received so far."""
        self.order("reset")
        self._from = self._record.stat().st_size if self._record.exists() else 0

    def received(self) -> list[Submitted]:
        """What came in since the start or the last reset, of every session and every run."""
        lines = [line for line in self._lines() if line.pop("kind") == "submit"]
        return [Submitted(**line | {"octets": bytes.fromhex(line["octets"])}) for line in lines]

    def deliveries(self) -> list[int]:
        """The statuses with which deliver_sm was acknowledged; -1 where it was not."""
        return [line["status"] for line in self._lines() if line["kind"] == "delivery"]

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._end()

    def stop(self) -> None:
        """Ends it in order."""
        if self._process is not None:
            self._stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            self._process.kill()
            self._end()

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _WITHIN)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            log = (self._folder / "server.log").read_text(encoding="utf-8", errors="replace")
            raise ServerBroken(f"no answer\n{log[-2000:]}")
        return line.decode().strip()

    def _lines(self) -> list[dict[str, Any]]:
        if not self._record.exists():
            return []
        with self._record.open("rb") as record:
            record.seek(self._from)
            whole = record.read().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def _end(self) -> None:
        assert self._process is not None
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):
                stream.close()
        self._process = None


@contextmanager
def running_server(folder: Path) -> Iterator[SmppServer]:
    """A server for as long as the block runs."""
    server = SmppServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def eventually(condition: Callable[[], object], within: float = 10.0) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
