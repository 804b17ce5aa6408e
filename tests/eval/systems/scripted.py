"""A real server on a real port whose replies a test writes down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PROBLEM = "application/problem+json"
QUICK = (0.01, 0.01)
"""Waits for tests that are not about waiting."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent; ``query`` keeps the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Given:
    """What the server sends back; ``content`` is JSON unless it is text already."""

    content: Any = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"


@dataclass(frozen=True, slots=True)
class Scripted:
    """A running server and every request that it got."""

    url: str
    requests: list[Request]


@contextmanager
def scripted(reply: Callable[[Request], Given]) -> Iterator[Scripted]:
    """A server that replies as ``reply`` says until the block ends."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            parts = urlsplit(self.path)
            request = Request(
                self.command,
                unquote(parts.path),
                {name: values[-1] for name, values in parse_qs(parts.query).items()},
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length).decode(),
            )
            requests.append(request)
            given = reply(request)
            text = given.content if isinstance(given.content, str) else json.dumps(given.content)
            body = text.encode()
            self.send_response(given.status)
            headers = {"Content-Type": given.kind, "Content-Length": str(len(body))}
            for name, value in {**headers, **given.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 the names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Says nothing: a test looks at the requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield Scripted(f"http://127.0.0.1:{server.server_port}", requests)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def in_turn(*replies: Given) -> Callable[[Request], Given]:
    """The replies one after the other; the last one again and again."""
    waiting = list(replies)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def problem(status: int, detail: str, **headers: str) -> Given:
    """An RFC 9457 problem."""
    return Given({"detail": detail, "status": status}, status, headers, PROBLEM)
