"""``POST /v1/calculate``."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.calculation import CalculateBody, CalculateReply
from api.deps import AtDesk, reply
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import described
from api.schemas import Scope

router = APIRouter(
    tags=["知识"],
    dependencies=[needs(KeyScope.READ)],
    responses=described(400, 401, 404, 413, 422, 503),
)


@router.post("/v1/calculate", response_model=CalculateReply, summary="资费计算")
def calculate(desk: AtDesk, asked: CalculateBody) -> Response:
    """按条目的资费算出金额和算式；资费没有写明的不猜，回 422 并指出缺哪个字段。"""
    with desk.serving() as base:
        wanted = desk.filter_of(Scope(region=asked.region, as_of=asked.as_of), base)
        return reply(base, base.calculate(asked.item, asked.request(), wanted, asked.compare_with))
