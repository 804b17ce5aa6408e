"""``POST /v1/push/messages``, ``…/batches`` and ``…/plan``: what is sent, and what would be."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response

from api.deps import AtDesk, AtHouse, reply
from api.errors import Problem, problem_of, trace_id_of
from api.keys import KeyScope
from api.keys_needs import AtCaller, needs
from api.push.answers import (
    AcceptedView,
    BatchReply,
    DeclineView,
    PlanReply,
    ResultView,
    StepView,
)
from api.push.bodies import BatchBody, EventBody, EventKey, Key, MessageBody, PlanBody
from api.push.effect import effects, expected_calls
from api.push.policy import CHINA
from api.push.request import Request as SendRequest
from api.push.sending import Accepted, Refused
from api.push.triggered import requests_of
from api.push.wanted import Kitchen
from api.responses import described
from corpora.migrations import reading

router = APIRouter(tags=["推送"])
_PUT_OFF: Final = dt.timedelta(days=3)
_LOOKS_BACK: Final = dt.timedelta(days=90)
_SEND = [needs(KeyScope.SEND)]


@router.post(
    "/v1/push/messages",
    response_model=AcceptedView,
    status_code=202,
    dependencies=_SEND,
    responses=described(400, 401, 403, 404, 409, 413, 422, 503),
    summary="发送一条消息",
)
def send(
    desk: AtDesk,
    house: AtHouse,
    caller: AtCaller,
    request: Request,
    asked: MessageBody,
    idempotency_key: Annotated[Key, Header(description="同一个键只发一次")],
) -> Response:
    """先存下再回答；不能发的回 409，code 说明哪条规则，detail 是给客户经理看的原因。"""
    now = house.now()
    with desk.serving() as base:
        kitchen = Kitchen(base, now.astimezone(CHINA).date())
        found = house.sending.send(kitchen, asked.request(idempotency_key), caller.signed, now)
        if isinstance(found, Refused):
            return _refusal(found, trace_id_of(request))
        view = AcceptedView.of(found)
        return reply(base, view.model_dump(mode="json"), status=202)


@router.post(
    "/v1/push/batches",
    response_model=BatchReply,
    dependencies=_SEND,
    responses=described(400, 401, 403, 413, 422, 503),
    summary="发送一批消息",
)
def send_batch(desk: AtDesk, house: AtHouse, caller: AtCaller, asked: BatchBody) -> Response:
    """每条各自判断，一起存下；一条不能发不影响别的。"""
    now = house.now()
    with desk.serving() as base:
        kitchen = Kitchen(base, now.astimezone(CHINA).date())
        requests = [one.request(one.idempotency_key) for one in asked.messages]
        found = house.sending.send_all(kitchen, requests, caller.signed, now)
        results = [_result(request.key, one) for request, one in zip(requests, found, strict=True)]
        accepted = sum(one.accepted is not None for one in results)
        answer = BatchReply(accepted=accepted, refused=len(results) - accepted, results=results)
        return reply(base, answer.model_dump(mode="json"))


@router.post(
    "/v1/push/events",
    response_model=BatchReply,
    dependencies=_SEND,
    responses=described(400, 401, 403, 404, 413, 422, 503),
    summary="报告一件客户的事",
)
def report_event(
    desk: AtDesk,
    house: AtHouse,
    caller: AtCaller,
    asked: EventBody,
    idempotency_key: Annotated[EventKey, Header(description="同一件事只发一次")],
) -> Response:
    """等着这件事的模板，各按自己的日子存下；不能发的说明哪条规则。"""
    now = house.now()
    with desk.serving() as base:
        kitchen = Kitchen(base, now.astimezone(CHINA).date())
        requests = requests_of(asked.as_event(idempotency_key), kitchen, now)
        found = house.sending.send_all(kitchen, requests, caller.signed, now)
        return reply(base, _batch(requests, found).model_dump(mode="json"))


@router.post(
    "/v1/push/plan",
    response_model=PlanReply,
    dependencies=_SEND,  # the codes say what a customer agreed to and refused
    responses=described(400, 401, 403, 413, 422, 503),
    summary="试算推送计划",
)
def plan(desk: AtDesk, house: AtHouse, asked: PlanBody) -> Response:
    """会给谁发什么、什么时候、哪个渠道，不发的为什么；什么都不会发出去。"""
    now = house.now()
    at = max(asked.at or now, now)
    with desk.serving() as base:
        kitchen = Kitchen(base, at.astimezone(CHINA).date())
        steps = house.planner.plan(
            kitchen,
            [offer.wanted() for offer in asked.offers],
            [one.planned() for one in asked.customers],
            campaign=asked.campaign,
            wave=asked.wave,
            at=at,
            until=asked.until or at + _PUT_OFF,
            now=now,
        )
        views = [StepView.of(step) for step in steps]
        planned = Counter(one.template_id for one in views if one.send and one.template_id)
        with reading(house.engine) as connection:
            before = effects(connection, now - _LOOKS_BACK, now) if planned else []
        codes = Counter(
            one.against[0].declines[0].code for one in views if not one.send and one.against
        )
        answer = PlanReply(
            steps=views,
            sent=sum(one.send for one in views),
            not_sent=sum(not one.send for one in views),
            codes=dict(sorted(codes.items())),
            segments=sum(one.segments or 0 for one in views),
            expected_calls=expected_calls(before, planned) if planned else None,
        )
        return reply(base, answer.model_dump(mode="json"))


def _batch(
    requests: Sequence[SendRequest], found: Sequence[Accepted | Refused | Exception]
) -> BatchReply:
    results = [_result(request.key, one) for request, one in zip(requests, found, strict=True)]
    accepted = sum(one.accepted is not None for one in results)
    return BatchReply(accepted=accepted, refused=len(results) - accepted, results=results)


def _result(key: str, found: Accepted | Refused | Exception) -> ResultView:
    if isinstance(found, Accepted):
        return ResultView(idempotency_key=key, accepted=AcceptedView.of(found))
    if isinstance(found, Refused):
        first = found.declines[0]
        return ResultView(
            idempotency_key=key,
            code=first.code,
            detail=first.reason,
            declines=[DeclineView.of(one) for one in found.declines],
        )
    problem = problem_of(found)
    return ResultView(idempotency_key=key, code=problem.code, detail=problem.detail)


def _refusal(refused: Refused, trace_id: str) -> Response:
    """Every rule against a message; the first is the problem's code."""
    first = refused.declines[0]
    errors: list[dict[str, Any]] = [
        {"field": one.code, "detail": one.reason}
        | ({"allowed_from": one.allowed_from.isoformat()} if one.allowed_from else {})
        for one in refused.declines
    ]
    return Problem(409, first.code, first.reason, errors).response(trace_id)
