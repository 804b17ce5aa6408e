"""``POST /v1/answer``."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.deps import AtDesk, reply
from api.errors import trace_id_of
from api.responses import AnswerReply, described
from api.schemas import AnswerBody, ContextBody
from retriever.context import CallContext, Customer

router = APIRouter(tags=["知识"], responses=described(400, 401, 413, 422, 503))


@router.post("/v1/answer", response_model=AnswerReply, summary="问答")
def answer(desk: AtDesk, request: Request, asked: AnswerBody) -> Response:
    """回答、反问、转办，或者如实说没有把握。"""
    with desk.serving() as base:
        wanted = desk.filter_of(asked.scope(), base)
        context = _call_context(asked.context)
        found = base.answer(asked.query, wanted, context, trace_id=trace_id_of(request))
        return reply(base, found.to_json())


def _call_context(body: ContextBody) -> CallContext:
    customer = body.customer
    return CallContext(
        boss_code=body.boss_code,
        screen=body.screen,
        dialog=tuple(body.dialog),
        customer=Customer(
            brand=customer.brand,
            device=customer.device,
            tags=tuple(customer.tags),
            tariff_sensitive=customer.tariff_sensitive,
            complaint_sensitive=customer.complaint_sensitive,
            preferred_channels=tuple(customer.preferred_channels),
        ),
    )
