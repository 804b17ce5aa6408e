"""Which scope a route needs, said with the route: ``dependencies=[needs(KeyScope.SEND)]``.

What is no route of a router (the OpenAPI description) needs ``read``, which the middleware asks of
everybody. A route that says nothing needs ``administer``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.routing import BaseRoute

from api.keys import NOBODY, Caller, KeyRequired, KeyScope

OPEN_PATHS: Final = frozenset({"/livez", "/readyz"})
"""What probes ask, who have no key."""
OPEN_FOLDER: Final = "/static/"
"""Program files without any knowledge: a script tag of a page cannot show a key."""
OPEN_REQUESTS: Final = frozenset({("POST", "/v1/session"), ("DELETE", "/v1/session")})
"""Signing in, with the key in the body, and signing out, also when the sign-in has ended."""


class _Needs:
    def __init__(self, scope: KeyScope | None) -> None:
        self.scope = scope

    async def check(self, request: Request) -> None:
        if self.scope is not None:
            caller_of(request).require(self.scope)


def needs(scope: KeyScope) -> Dependency:
    """A dependency of a router or of a route: who asks must have ``scope``."""
    return Dependency(_Needs(scope).check)


OPEN: Final = Dependency(_Needs(None).check)
"""The dependency of a route for which ``asks_for_no_key``."""


def asks_for_no_key(method: str, path: str) -> bool:
    """Whether a request comes in without showing anything."""
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDER) or (method, path) in OPEN_REQUESTS


def declared(route: BaseRoute) -> list[KeyScope | None]:
    """What a route and its router say that it needs; None for a route that is open."""
    stated: Sequence[Dependency] = getattr(route, "dependencies", ())
    owners = [getattr(one.dependency, "__self__", None) for one in stated]
    return [owner.scope for owner in owners if isinstance(owner, _Needs)]


async def _programs_only(request: Request) -> None:
    if caller_of(request).bound:
        raise KeyRequired("这是网关和后台程序用的接口，要用密钥调用；页面令牌和登录不行")


PROGRAMS_ONLY: Final = Depends(_programs_only)
"""For what gateways and back offices say and read: nobody in a browser may say it for them."""


async def undeclared_needs_administer(request: Request) -> None:
    """A dependency of the whole app: what was forgotten is closed to most instead of open to all."""
    if not declared(request.scope["route"]):
        caller_of(request).require(KeyScope.ADMINISTER)


def caller_of(request: Request) -> Caller:
    """Who asks, as the middleware found out."""
    caller: Caller = request.scope.get("state", {}).get("caller", NOBODY)
    return caller


async def _caller(request: Request) -> Caller:
    return caller_of(request)


AtCaller = Annotated[Caller, Depends(_caller)]
"""Who asks, for routes that write it down."""
