"""Where a request comes from, as a browser says it: what no script of a page can make up.

Other callers say nothing or anything they like; for them the key decides, not the origin.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Final

from starlette.datastructures import Headers

_OWN_SITE: Final = frozenset({"same-origin", "none"})  # none: by hand, as from the address bar
_METHODS: Final = "GET, POST, PUT, DELETE"
_TAKEN: Final = (
    "authorization, content-type, idempotency-key, if-none-match, last-event-id, x-trace-id"
)
_SHOWN: Final = "ETag, Retry-After, X-Trace-Id, X-Zhiku-Version"
_REMEMBERED: Final = "600"  # seconds that a browser need not ask again
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginRefused(Exception):
    """A request from a page that may not send it; the message says which may."""


class Came(Enum):
    """Where a request came from."""

    FROM_OWN_PAGE = "own"
    FROM_ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"  # no browser, or one that says nothing


def is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether an ``Origin`` is that of the service, as this request reached it.

    Behind a proxy that ends TLS without saying so, pages come by https and requests by http.

    >>> is_own("https://zhiku.example.cn", "zhiku.example.cn", "http")
    True
    >>> is_own("http://zhiku.example.cn", "zhiku.example.cn", "https")
    False
    """
    if not host:
        return False
    own = {f"{scheme}://{host}", f"https://{host}"}
    return origin.lower() in {one.lower() for one in own}


def came(headers: Headers, scheme: str) -> Came:
    """Where a request came from, by ``Sec-Fetch-Site`` (sent over https and on one machine) or
    ``Origin`` (sent with everything that changes something).
    """
    if site := headers.get("sec-fetch-site", ""):
        return Came.FROM_OWN_PAGE if site in _OWN_SITE else Came.FROM_ELSEWHERE
    origin = headers.get("origin")
    if origin is None:
        return Came.UNKNOWN
    own = is_own(origin, headers.get("host", ""), scheme)
    return Came.FROM_OWN_PAGE if own else Came.FROM_ELSEWHERE


def readable_by(origin: str, allowed: Collection[str]) -> Mapping[str, str]:
    """The headers that let a page of an allowed origin read a reply; none for any other.

    Never ``Access-Control-Allow-Credentials``: pages elsewhere show tokens, not cookies.
    """
    if origin not in allowed:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": _SHOWN,
    }


def preflight(origin: str, allowed: Collection[str]) -> Mapping[str, str]:
    """The headers that let a page of an allowed origin send what it asks about; none for others."""
    if origin not in allowed:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _TAKEN,
        "Access-Control-Max-Age": _REMEMBERED,
        "Vary": "Origin",
    }
