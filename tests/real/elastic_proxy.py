"""A proxy in front of a real node: what guards a cluster outside, and everything that can go wrong there.

TLS and credentials are the proxy's own, so that the node behind it needs neither.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import trustme

_PATIENCE: Final = 120.0  # seconds for the node: what is slow on purpose is slow here, not there
_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date"})
_NOT_FOR_THE_NODE: Final = _HOP | {"host", "authorization"}
_PRODUCT: Final = ("X-elastic-product", "Elasticsearch")
_JSON: Final = ("Content-Type", "application/vnd.elasticsearch+json;compatible-with=8")
_REASONS: Final = {
    429: ("es_rejected_execution_exception", "rejected execution of coordinating operation"),
    503: ("no_shard_available_action_exception", "no shard available for the request"),
}
PAGE: Final = b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"

Headers = Sequence[tuple[str, str]]


@dataclass(slots=True, repr=False)
class Fault:
    """What happens to requests whose path matches, for the next ``times`` of them or until it ends."""

    status: int = 0  # answered in the words of Elasticsearch, instead of asking it
    page: int = 0  # answered by a server that is something else, with this status and a page
    delay: float = 0.0  # seconds before the node is asked
    closes: bool = False  # the connection ends without an answer
    cuts: bool = False  # half of the body that the header promises, then the connection ends
    shortens: bool = False  # half of the body, as if it were all
    unnamed: bool = False  # the answer without the header that says what answers
    matching: str = ""  # a regular expression somewhere in the path
    times: float = float("inf")

    def __repr__(self) -> str:
        """What differs from no fault at all, as the name of a test."""
        given = ((one.name, getattr(self, one.name), one.default) for one in fields(self))
        return " ".join(f"{name}={value}" for name, value, default in given if value != default)


class Authority:
    """A certificate for this machine, made on the fly and signed by a CA that nobody else knows."""

    def __init__(self, folder: Path) -> None:
        ca = trustme.CA()
        leaf = ca.issue_cert("127.0.0.1", "localhost")
        self.ca_file = folder / "ca.pem"
        ca.cert_pem.write_to_path(self.ca_file)
        chain = folder / "chain.pem"  # with the CA in it, as Elasticsearch sends it
        for pem in (leaf.private_key_pem, *leaf.cert_chain_pems, ca.cert_pem):
            pem.write_to_path(chain, append=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain)
        self.fingerprint = _fingerprint(leaf.cert_chain_pems[0])
        self.ca_fingerprint = _fingerprint(ca.cert_pem)


def _fingerprint(pem: trustme.Blob) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.bytes().decode())).hexdigest()


def api_key_header(key: str) -> str:
    """What a client sends that has an API key."""
    return f"ApiKey {key}"


def basic_header(user: str, password: str) -> str:
    """What a client sends that has a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class ElasticProxy(ThreadingHTTPServer):
    """Answers on a port of its own until ``close``; faults are switched on and off meanwhile."""

    daemon_threads = False  # each connection's thread is waited for: none outlives its test
    request_queue_size = 64

    def __init__(
        self, node: str, authority: Authority | None = None, authorization: str = ""
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.node = urlsplit(node)
        self.authority = authority
        self.authorization = authorization
        self.asked: list[tuple[str, str]] = []
        self.stopping = threading.Event()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="proxy")
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        """Where clients ask."""
        return f"{'https' if self.authority else 'http'}://{self.address}"

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[Fault]:
        """The fault, while the block runs."""
        with self._lock:
            self._faults.append(fault)
        try:
            yield fault
        finally:
            with self._lock:
                self._faults.remove(fault)

    def fault_for(self, path: str) -> Fault:
        """The first fault that a request meets; it counts as met."""
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.matching, path):
                    fault.times -= 1
                    return fault
        return Fault()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serves one connection, in its thread; TLS is agreed there, so that nobody else waits."""
        with suppress(OSError):  # the client went away, or does not trust us
            if self.authority:
                request.settimeout(10.0)  # who speaks no TLS may say nothing at all
                request = self.authority.context.wrap_socket(request, server_side=True)
                request.settimeout(None)
            with request:
                with self._lock:
                    self._open.add(request)
                try:
                    if not self.stopping.is_set():
                        super().finish_request(request, client_address)
                finally:
                    with self._lock:
                        self._open.discard(request)

    def hang_up(self) -> None:
        """Ends every open connection."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    # below TLS, whose own shutdown is not for a thread beside the one that reads
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def close(self) -> None:
        """Ends every connection and thread."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.hang_up()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection of a client, and one to the node."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: ElasticProxy

    def setup(self) -> None:
        super().setup()
        node = self.server.node
        self._node = HTTPConnection(node.hostname or "", node.port, timeout=_PATIENCE)

    def finish(self) -> None:
        self._node.close()
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Says nothing: requests are kept in ``asked``."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = self.server
        server.asked.append((self.command, self.path))
        if server.authorization and self.headers.get("Authorization") != server.authorization:
            self._refuse()
            return
        fault = server.fault_for(self.path)
        if fault.delay and server.stopping.wait(fault.delay):
            return
        if fault.closes:
            self.close_connection = True
        elif fault.page:
            self._reply(fault.page, [("Content-Type", "text/html")], PAGE)
        elif fault.status:
            kind, reason = _REASONS[fault.status]
            self._say(fault.status, {"type": kind, "reason": reason})
        else:
            self._pass_on(body, fault)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 names that the base class looks for

    def _pass_on(self, body: bytes, fault: Fault) -> None:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _NOT_FOR_THE_NODE}
        try:
            answer = self._asked(body, headers)
            content = answer.read()
        except (OSError, HTTPException):
            self._node.close()
            self._reply(502, [("Content-Type", "text/html")], b"<h1>502 Bad Gateway</h1>")
            return
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _HOP]
        if fault.unnamed:
            kept = [(k, v) for k, v in kept if k.lower() != _PRODUCT[0].lower()]
        if fault.shortens:
            content = content[: len(content) // 2]
        # an answer to HEAD tells the length of what it does not send
        length = int(answer.headers.get("Content-Length") or len(content))
        length = length if self.command == "HEAD" else len(content)
        self._reply(answer.status, kept, content, length, cuts=fault.cuts)

    def _asked(self, body: bytes, headers: dict[str, str]) -> HTTPResponse:
        """The node's answer; asked again where it closed a connection that nobody used."""
        fresh = self._node.sock is None
        try:
            self._node.request(self.command, self.path, body or None, headers)
            return self._node.getresponse()
        except (OSError, HTTPException):
            self._node.close()
            if fresh:
                raise
            self._node.request(self.command, self.path, body or None, headers)
            return self._node.getresponse()

    def _refuse(self) -> None:
        """As Elasticsearch does, which names a user but never repeats a secret."""
        given = self.headers.get("Authorization")
        reason = (
            "unable to authenticate with provided credentials and anonymous access is not allowed"
            if given
            else f"missing authentication credentials for REST request [{self.path}]"
        )
        ways = [("WWW-Authenticate", 'Basic realm="security"'), ("WWW-Authenticate", "ApiKey")]
        self._say(401, {"type": "security_exception", "reason": reason}, ways)

    def _say(self, status: int, cause: dict[str, str], more: Headers = ()) -> None:
        content = {"error": {"root_cause": [cause], **cause}, "status": status}
        self._reply(status, [_PRODUCT, _JSON, *more], orjson.dumps(content))

    def _reply(
        self,
        status: int,
        headers: Headers,
        content: bytes,
        length: int | None = None,
        *,
        cuts: bool = False,
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cuts else content)
        if cuts:
            self.close_connection = True
        self.wfile.flush()


@contextmanager
def elastic_proxy(
    node: str, authority: Authority | None = None, *, authorization: str = ""
) -> Iterator[ElasticProxy]:
    """A proxy before ``node`` while the block runs; it lets in who sends ``authorization``."""
    proxy = ElasticProxy(node, authority, authorization)
    try:
        yield proxy
    finally:
        proxy.close()
