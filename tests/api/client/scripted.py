"""A small HTTP server that says what a test wrote down, one line for each request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """A reply; none before the client has left where it is to ``hang``, none at all to ``break_off``."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    break_off: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Stage:
    """Where the server is, and what it has heard so far."""

    url: str
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def scripted(*lines: Line) -> Iterator[Stage]:
    """A server that gives these replies in their order, the last one again and again."""
    left: Sequence[Line] = lines
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            heard = Heard(self.command, self.path, dict(self.headers), self.rfile.read(size))
            stage.heard.append(heard)
            self.say(left[min(len(stage.heard), len(left)) - 1])

        do_POST = do_GET  # noqa: N815

        def say(self, line: Line) -> None:
            if line.hang:
                over.wait(20)
            if line.hang or line.break_off:
                self.close_connection = True
                return
            content = line.content
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response_only(line.status)
            for name, value in {"Content-Length": str(len(body)), **line.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stage = Stage(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield stage
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()
