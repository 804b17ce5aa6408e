"""Signing in on Zhiku's own pages: the page for it, and the cookie that keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

_PAGE: Final = Path(__file__).parent / "web" / "signin.html"
_HEADERS: Final = {
    "WWW-Authenticate": "Bearer",
    "Cache-Control": "no-store",  # at the address of the page that comes after it
    "Vary": "Accept, Authorization, Cookie",
}


def wants_a_page(method: str, path: str, headers: Headers) -> bool:
    """Whether a browser asks for a page to show, not a program for an answer."""
    shown = "text/html" in headers.get("accept", "")
    return shown and method == "GET" and not path.startswith("/v1/")


def sign_in_page() -> Response:
    """The page to sign in on, in place of the one asked for."""
    return Response(_PAGE.read_bytes(), 401, _HEADERS, "text/html; charset=utf-8")
