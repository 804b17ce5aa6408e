"""What happens to every request before a route sees it; plain ASGI, because it runs each time."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import TRACE_HEADER, VERSION_HEADER
from api.entrance import Entrance, SessionEnded
from api.errors import Problem, problem_of, unexpected
from api.keys import NoKey, ScopeMissing
from api.metrics import Metrics
from api.origins import OriginRefused
from api.sign_in import sign_in_page, wants_a_page
from api.tokens import TokenRefused
from corpora.migrations import StoreError
from retriever.opening import LiveKnowledgeBase

MAX_BODY: Final = 256 * 1024
_NOBODY_CAN_TELL: Final = Problem(
    503, "store_unavailable", "现在不能核对密钥；请稍后再试，一直如此请管理员看服务的日志"
)
_READ_AWAY: Final = 8 * MAX_BODY  # more than this is not worth reading only to refuse it politely
_TRACE_ID: Final = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_LOG: Final = logging.getLogger("zhiku.api")


class Trace:
    """Trace id, common headers, figures, and the answer to what nobody foresaw.

    Only pages of ``framing`` and the service's own may show a page of it in a frame.
    """

    def __init__(
        self,
        app: ASGIApp,
        live: LiveKnowledgeBase,
        metrics: Metrics,
        framing: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._live = live
        self._metrics = metrics
        framers = " ".join(("'self'", *framing))
        self._security = {
            "Content-Security-Policy": (
                "default-src 'self'; base-uri 'none'; form-action 'self'; "
                f"frame-ancestors {framers}; object-src 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        given = Headers(scope=scope).get(TRACE_HEADER, "")
        trace_id = given if _TRACE_ID.match(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["trace_id"] = trace_id
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[TRACE_HEADER] = trace_id
                headers.setdefault(VERSION_HEADER, self._live.version or "none")
                for name, value in self._security.items():
                    headers[name] = value
            await send(message)

        try:
            await self._app(scope, receive, marked)
        except Exception:
            _LOG.exception("unexpected error, trace %s", trace_id)
            if status:  # half a response is out already: the server must cut the connection
                raise
            await unexpected(trace_id).response(trace_id)(scope, receive, marked)
        finally:
            self._metrics.add(scope, status, time.perf_counter() - started)


class Callers:
    """Finds out who asks and tells the routes (``api.keys_needs``); lets in who may (``api.entrance``).

    A browser that asks for a page gets one to sign in on, at the same address.
    """

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs one request, or refuses it."""
        if scope["type"] == "http":
            try:
                scope["state"]["caller"] = await self._entrance.caller(scope)
            except (NoKey, SessionEnded) as error:
                page = wants_a_page(scope["method"], scope["path"], Headers(scope=scope))
                refusal = sign_in_page() if page else _refusal(scope, problem_of(error))
                await refusal(scope, receive, send)
                return
            except StoreError:  # its words name the database, and this may be a stranger
                await _refusal(scope, _NOBODY_CAN_TELL)(scope, receive, send)
                return
            except (ScopeMissing, TokenRefused, OriginRefused) as error:
                await _refusal(scope, problem_of(error))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Reads a body up to the limit and hands it on whole; answers 413 to a larger one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs one request, or refuses it."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "content-length" not in headers and "transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        body = bytearray()
        size = 0
        more = True
        while more and size <= _READ_AWAY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            piece = message.get("body", b"")
            size += len(piece)
            if size <= MAX_BODY:
                body += piece
            more = message.get("more_body", False)
        if size > MAX_BODY:
            detail = f"请求体超过 {MAX_BODY // 1024} KB；请只发送需要的内容"
            await _refusal(scope, Problem(413, "body_too_large", detail))(scope, receive, send)
            return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def read() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, read, send)


def _refusal(scope: Scope, problem: Problem) -> Response:
    return problem.response(scope["state"]["trace_id"])
