"""A gateway that speaks HTTP and does as it is told: the other end in tests."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "只有两边知道"
PATH = "/push/v1"


class Plan:
    """What the server does with the requests to come, and what it took."""

    def __init__(self) -> None:
        self.next: deque[str] = deque()
        self.always = "answer"
        self.requests: list[dict[str, str]] = []
        self.taken: dict[str, dict[str, Any]] = {}  # one a key, as the contract of the header says
        self.states: dict[str, str] = {}
        self.released = threading.Event()
        self.secret = SECRET

    def take(self) -> str:
        return self.next.popleft() if self.next else self.always


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plan: Plan

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 its name in the base
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.plan.requests.append(dict(self.headers.items()))
        if not self._is_signed(body):
            self._say(401, {"code": "signature"})
            return
        key = self.headers["Idempotency-Key"]
        plan, _, argument = self.plan.take().partition(" ")
        if plan == "refuse":
            self._say(int(argument or 422), {"code": "invalid_number"})
        elif plan == "later":
            status, _, seconds = argument.partition(" ")
            self._say(int(status), {}, {"Retry-After": seconds} if seconds else {})
        elif plan == "drop-unread":
            self._drop()
        else:
            was_there = key in self.plan.taken
            self.plan.taken[key] = json.loads(body)
            self.plan.states.setdefault(key, "on_its_way")
            self._answer(plan, argument, key, was_there=was_there)

    def do_GET(self) -> None:
        key = self.path.removeprefix(f"{PATH}/")
        if not self._is_signed(key.encode()):
            self._say(401, {})
        elif key in self.plan.states:
            self._say(200, {"state": self.plan.states[key]})
        else:
            self._say(404, {})

    def _answer(self, plan: str, argument: str, key: str, *, was_there: bool) -> None:
        match plan:
            case "hang":
                self.plan.released.wait(30)
                self._drop()
            case "trickle":
                with suppress(OSError):
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
                    while not self.plan.released.wait(0.05):
                        self.wfile.write(b"x")
                self._drop()
            case "drop":
                self._drop()
            case "half":
                self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ids"')
                self._drop()
            case "twice":
                for name in (f"g-{key}", "g-twice"):
                    self._say(200, {"ids": [name]})
            case "raw":
                self._write(200, argument.encode(), {})
            case "moved":
                self._write(int(argument), b"", {"Location": "/elsewhere"})
            case "status":
                self._say(int(argument), {})
            case _ if was_there:
                self._say(409, {"code": "duplicate", "ids": [f"g-{key}"]})
            case _:
                self._say(200, {"ids": [f"g-{key}"]})

    def _is_signed(self, signed: bytes) -> bool:
        stamp = self.headers["X-Zhiku-Timestamp"].encode()
        digest = hmac.new(self.plan.secret.encode(), stamp + b"." + signed, hashlib.sha256)
        given = self.headers.get("X-Zhiku-Signature", "")
        return hmac.compare_digest(given, f"sha256={digest.hexdigest()}")

    def _say(
        self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        self._write(status, json.dumps(content).encode(), headers or {})

    def _write(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # joined when it is closed

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes is no error here."""


class HttpServer:
    """Starts, stops, and starts again on the same port."""

    def __init__(self) -> None:
        self.plan = Plan()
        self._server: _Listener | None = None
        self._thread: threading.Thread | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def start(self, tls: ssl.SSLContext | None = None) -> None:
        handler = type("Handler", (_Handler,), {"plan": self.plan})
        for _ in range(100):
            try:
                self._server = _Listener(("127.0.0.1", self.port), handler)
                break
            except OSError:  # the port of the run before
                time.sleep(0.05)
        assert self._server is not None
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self.plan.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None
        self.plan.released.clear()


@contextmanager
def running_http(tls: ssl.SSLContext | None = None) -> Iterator[HttpServer]:
    server = HttpServer()
    server.start(tls)
    try:
        yield server
    finally:
        server.stop()
