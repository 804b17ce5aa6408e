"""Who asks, by what a request shows: an API key, a page token, or the cookie of a sign-in.

A header comes before a cookie: a page that shows a token is judged by the token.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from api.keys import LOCAL, NOBODY, Caller, KeyScope, NoKey
from api.keys_gate import Gate
from api.keys_needs import asks_for_no_key
from api.origins import SAFE_METHODS, Came, OriginRefused, came, is_own
from api.tokens import (
    SELF,
    Claims,
    Purpose,
    TokenRefused,
    looks_like_token,
    read,
    signer_id,
)

SESSION_COOKIE: Final = "zhiku_session"
_NO_KEY: Final = "缺少密钥或密钥不对；请在 Authorization: Bearer 或 X-API-Key 请求头里带上密钥"
_ENDED: Final = "登录已失效；请刷新页面重新登录"
_NOT_SAME_PAGE: Final = "登录以后的操作只能从知库自己的网页发出；别的网页请用页面令牌"


class SessionEnded(Exception):
    """A sign-in that expired, or whose key was revoked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """How callers come in. Without a gate, everybody is ``LOCAL``.

    ``page_origins`` are those whose pages may show tokens, beside the service's own.
    """

    gate: Gate | None
    page_origins: tuple[str, ...]
    now: Callable[[], dt.datetime]

    async def caller(self, scope: Scope) -> Caller:
        """Who sends an HTTP request.

        Raises ``NoKey``, ``TokenRefused``, ``SessionEnded``, ``OriginRefused``, ``ScopeMissing`` for who
        may not come in, and ``StoreError`` where nobody can tell.
        """
        if self.gate is None:
            return LOCAL
        if asks_for_no_key(scope["method"], scope["path"]):
            return NOBODY
        caller = await self._shown(self.gate, scope, Headers(scope=scope))
        caller.require(KeyScope.READ)
        return caller

    async def _shown(self, gate: Gate, scope: Scope, headers: Headers) -> Caller:
        offered = secrets_in(headers)
        if signer := await gate.signer_of(offered):
            return signer.caller
        if token := next((one for one in offered if looks_like_token(one)), ""):
            return await self._by_token(gate, token, scope, headers)
        session = cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE, "")
        if session and not offered:
            return await self._by_session(gate, session, scope, headers)
        raise NoKey(_NO_KEY)

    async def _by_token(self, gate: Gate, token: str, scope: Scope, headers: Headers) -> Caller:
        claims, caller = await self._read(gate, token, Purpose.PAGE)
        origin = headers.get("origin")
        if origin is not None and not self._may_show(claims, origin, scope, headers):
            told = "、".join("知库自己的网页" if one == SELF else one for one in claims.origins)
            raise OriginRefused(
                f"这个页面令牌只能在 {told} 使用，请求来自 {origin[:100]!r}；"
                "请让后台签发时把这个来源写进 origins，来源由 ZHIKU_PAGE_ORIGINS 设置"
            )
        return caller

    async def _by_session(self, gate: Gate, token: str, scope: Scope, headers: Headers) -> Caller:
        try:
            _, caller = await self._read(gate, token, Purpose.SESSION)
        except TokenRefused:
            raise SessionEnded(_ENDED) from None
        origin = headers.get("origin")
        own = origin is None or is_own(origin, headers.get("host", ""), scope["scheme"])
        proven = scope["method"] in SAFE_METHODS or (
            came(headers, scope["scheme"]) is Came.FROM_OWN_PAGE
        )
        if not (own and proven):
            raise OriginRefused(_NOT_SAME_PAGE)
        return caller

    async def _read(self, gate: Gate, token: str, purpose: Purpose) -> tuple[Claims, Caller]:
        signer = await gate.signer(signer_id(token))
        claims = read(token, signer, purpose, self.now())
        assert signer is not None  # or read would have refused
        return claims, claims.caller(signer, purpose)

    def _may_show(self, claims: Claims, origin: str, scope: Scope, headers: Headers) -> bool:
        if is_own(origin, headers.get("host", ""), scope["scheme"]):
            return SELF in claims.origins
        return origin in claims.origins and origin in self.page_origins


def secrets_in(headers: Headers) -> list[str]:
    """What a caller shows in headers; query strings are never read: they end up in logs."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return [secret for secret in (headers.get("x-api-key", ""), bearer) if secret]
