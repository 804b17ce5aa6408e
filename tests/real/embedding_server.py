"""A real embedding server: started on a free port, killed, started again on the same port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

REPOSITORY: Final = Path(__file__).resolve().parents[2]
_WITHIN: Final = 60.0  # seconds to start: cores are shared


class EmbeddingServer:
    """One process of ``tests.real.embedding_app``; it ends by its process id."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def named(self, model: str, options: str = "") -> str:
        """The encoder's name of a model of this server."""
        return f"{self.base}#{quote(model)}{options}"

    def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port), backlog=128)
        try:
            listening.set_inheritable(True)
            command = [sys.executable, "-m", "tests.real.embedding_app"]
            self._process = subprocess.Popen(
                [*command, str(listening.fileno()), str(self._models)],
                cwd=REPOSITORY,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                pass_fds=[listening.fileno()],
            )
        finally:
            listening.close()
        end = time.monotonic() + _WITHIN
        while True:  # it listens before it answers
            try:
                self.calls("nothing")
            except httpx.HTTPError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return

    def calls(self, model: str) -> list[dict[str, Any]]:
        """What was asked of a model since the start."""
        found: list[dict[str, Any]] = httpx.get(
            f"http://127.0.0.1:{self.port}/calls",
            params={"model": model},
            trust_env=False,
            timeout=_WITHIN,
        ).json()
        return found

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@contextmanager
def running_server(models: Path) -> Iterator[EmbeddingServer]:
    """A server for as long as the block runs."""
    server = EmbeddingServer(models)
    try:
        server.start()
        yield server
    finally:
        server.stop()
