"""``GET /v1/follow`` and ``GET /v1/help/{screen}``: knowledge without a question."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.deps import AtDesk, cached_reply
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import FollowReply, HelpReply, described
from api.schemas import FollowQuery, Scope, codes_in

router = APIRouter(
    tags=["知识跟随"], dependencies=[needs(KeyScope.READ)], responses=described(401, 422, 503)
)


@router.get("/v1/follow", response_model=FollowReply, summary="按编码跟随")
def follow(desk: AtDesk, request: Request, asked: Annotated[FollowQuery, Query()]) -> Response:
    """每个产品编码一张知识卡片；可缓存一分钟，ETag 没变时回 304。"""
    with desk.serving() as base:
        wanted = desk.filter_of(asked, base)
        codes = codes_in(asked.codes)
        return cached_reply(
            request, base, codes, wanted, lambda: {"cards": base.follow(codes, wanted)}
        )


@router.get(
    "/v1/help/{screen}", response_model=HelpReply, summary="界面帮助", responses=described(404)
)
def screen_help(
    desk: AtDesk, request: Request, screen: str, asked: Annotated[Scope, Query()]
) -> Response:
    """一个界面或菜单的操作说明；可缓存一分钟，ETag 没变时回 304。"""
    with desk.serving() as base:
        wanted = desk.filter_of(asked, base)
        return cached_reply(
            request, base, ["help", screen], wanted, lambda: base.help(screen, wanted)
        )
