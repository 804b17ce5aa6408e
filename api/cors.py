"""What pages of other origins may do, said to browsers; plain ASGI, because it runs each time."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.origins import preflight, readable_by


class PageOrigins:
    """Outside of everything, so that a page can read errors, too: answers preflights of the allowed
    origins, which carry no credential, and marks what their pages may read.

    Not Starlette's: that one answers every preflight, and tells any origin which headers there are.
    """

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Runs one request, or answers whether it may come."""
        if scope["type"] != "http" or not self._allowed:
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        origin = asked.get("origin", "")
        asks = scope["method"] == "OPTIONS" and "access-control-request-method" in asked
        if asks and (answer := preflight(origin, self._allowed)):
            await Response(status_code=204, headers=dict(answer))(scope, receive, send)
            return
        readable = readable_by(origin, self._allowed)

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("access-control-allow-origin") != "*":  # of program files
                    headers.add_vary_header("Origin")  # whatever came: caches keep it for others
                    headers.update(readable)
            await send(message)

        await self._app(scope, receive, marked)
