"""``GET /v1/items/{id}`` and ``GET /v1/labels``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AtDesk, reply
from api.keys import KeyScope
from api.keys_needs import needs
from api.labels import labels
from api.responses import ItemReply, LabelsReply, described
from api.schemas import Scope

router = APIRouter(
    tags=["知识"], dependencies=[needs(KeyScope.READ)], responses=described(401, 422, 503)
)


@router.get(
    "/v1/items/{item_id}", response_model=ItemReply, summary="条目全文", responses=described(404)
)
def item(desk: AtDesk, item_id: str, asked: Annotated[Scope, Query()]) -> Response:
    """条目全文和有关条目；as_of 可以看那一天生效的版本。"""
    with desk.serving() as base:
        return reply(base, base.item(item_id, desk.filter_of(asked, base)))


@router.get("/v1/labels", response_model=LabelsReply, summary="可选值和叫法")
def all_labels(desk: AtDesk) -> Response:
    """筛选条件可以取的值，和各种值在界面上的中文叫法。"""
    with desk.serving() as base:
        return reply(base, labels(base.regions))
