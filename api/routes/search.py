"""``GET /v1/search``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AtDesk, reply
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import SearchReply, described
from api.schemas import SearchQuery

router = APIRouter(
    tags=["知识"], dependencies=[needs(KeyScope.READ)], responses=described(401, 422, 503)
)


@router.get("/v1/search", response_model=SearchReply, summary="检索")
def search(desk: AtDesk, asked: Annotated[SearchQuery, Query()]) -> Response:
    """按相关程度列出条目，带高亮摘要。

    explain=true 时说明每条为什么被找到：得分由哪些项相加、每个词加了多少、哪些片段支持它、问题被怎样理解。
    """
    with desk.serving() as base:
        wanted = desk.filter_of(asked, base)
        page = base.search(asked.q, wanted, asked.k)
        return reply(base, base.search_json(page, wanted, explain=asked.explain))
