"""The pages that people open; what they show they ask of the API like everybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from api.keys import KeyScope
from api.keys_needs import needs

router = APIRouter(include_in_schema=False, dependencies=[needs(KeyScope.READ)])
WEB: Final = Path(__file__).parents[1] / "web"
_ASK_AGAIN: Final = {"Cache-Control": "no-cache"}  # the pages change with the program


@router.get("/")
async def search_page() -> Response:
    """The page for clerks."""
    return _page("index.html")


@router.get("/assist")
async def assist_page() -> Response:
    """The panel beside a call."""
    return _page("assist.html")


@router.get("/demo/boss")
async def demo_page() -> Response:
    """An order screen that uses the elements, to see and to try them."""
    return _page("demo/boss.html")


@router.get("/docs")
async def docs_page() -> Response:
    """The description of this API, without anything from outside."""
    return _page("docs.html")


def _page(name: str) -> Response:
    return FileResponse(WEB / name, headers=_ASK_AGAIN)
