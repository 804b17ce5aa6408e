"""``GET /v1/suggest``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AtDesk, reply
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import SuggestReply, described
from api.schemas import SuggestQuery

router = APIRouter(
    tags=["知识"], dependencies=[needs(KeyScope.READ)], responses=described(401, 422, 503)
)


@router.get("/v1/suggest", response_model=SuggestReply, summary="输入联想")
def suggest(desk: AtDesk, typed: Annotated[SuggestQuery, Query()]) -> Response:
    """边输入边提示：汉字、全拼、首字母、编码都可以。"""
    with desk.serving() as base:
        wanted = desk.filter_of(typed, base)
        return reply(base, {"suggestions": base.suggest(typed.q, wanted, typed.limit)})
