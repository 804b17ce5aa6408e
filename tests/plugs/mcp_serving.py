"""``zhiku mcp`` as assistants use it: the real command, asked by a real client."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.api.serving import environment, free_port, process_of

T = TypeVar("T")
Act = Callable[[Client], Awaitable[T]]
PATIENCE = 60.0


def mcp_command(*arguments: str) -> list[str]:
    """``zhiku mcp`` with this interpreter."""
    return [sys.executable, "-m", "zhiku", "mcp", *arguments]


def over_stdio(index: Path, act: Act[T], *arguments: str, errors: Path | None = None) -> T:
    """What comes of ``act`` with a client of a process of its own, which has ended by then."""
    command, *given = mcp_command(*arguments)
    server = StdioServerParameters(
        command=command, args=given, env=environment(index), cwd=str(index.parent)
    )

    async def run() -> T:
        with (errors or index.parent / "mcp.err").open("w", encoding="utf-8") as talk:
            async with Client(stdio_client(server, errlog=talk)) as client:
                return await act(client)

    return asyncio.run(run())


@dataclass(frozen=True, slots=True)
class McpServer:
    """Where a server listens."""

    url: str
    log: Path

    def ask(self, act: Act[T], headers: Mapping[str, str] | None = None) -> T:
        """What comes of ``act`` with a client that shows ``headers``."""

        async def run() -> T:
            async with (
                httpx2.AsyncClient(headers=dict(headers or {}), trust_env=False) as http,
                Client(streamable_http_client(self.url, http_client=http)) as client,
            ):
                return await act(client)

        return asyncio.run(run())

    def post(self, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The reply to a request without a client of the protocol."""
        ping = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        with httpx.Client(trust_env=False) as client:
            return client.post(
                self.url,
                json=ping,
                headers={"Accept": "application/json, text/event-stream", **(headers or {})},
            )


@contextmanager
def over_http(
    index: Path, *arguments: str, env: Mapping[str, str] | None = None, log: Path
) -> Iterator[McpServer]:
    """A server that answers; stopped when the block ends."""
    port = free_port()
    command = mcp_command("--http", f"127.0.0.1:{port}", *arguments)
    with process_of(command, index, env, log) as process:
        server = McpServer(f"http://127.0.0.1:{port}/mcp", log)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                server.post()
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"no server: {log.read_text(encoding='utf-8')}")
                time.sleep(0.1)
        yield server
