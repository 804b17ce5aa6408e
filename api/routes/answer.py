"""``POST /v1/answer``."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.deps import AtDesk, reply
from api.errors import trace_id_of
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import AnswerReply, described
from api.schemas import AnswerBody, ContextBody
from retriever.context import CallContext, customer_from

router = APIRouter(
    tags=["知识"], dependencies=[needs(KeyScope.READ)], responses=described(400, 401, 413, 422, 503)
)


@router.post("/v1/answer", response_model=AnswerReply, summary="问答")
def answer(desk: AtDesk, request: Request, asked: AnswerBody) -> Response:
    """回答、反问、转办，或者如实说没有把握。"""
    with desk.serving() as base:
        wanted = desk.filter_of(asked.scope(), base)
        context = _call_context(asked.context)
        found = base.answer(asked.query, wanted, context, trace_id=trace_id_of(request))
        return reply(base, found.to_json())


def _call_context(body: ContextBody) -> CallContext:
    return CallContext(
        boss_code=body.boss_code,
        screen=body.screen,
        dialog=tuple(body.dialog),
        customer=customer_from(body.customer.model_dump(mode="json")),
    )
