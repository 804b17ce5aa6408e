"""What was sent and what became of it: one message, one number, the outbox, the effect."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Response

from api.deps import AtHouse
from api.keys import KeyScope
from api.keys_needs import AtCaller, needs
from api.push.answers import (
    EffectReply,
    EffectView,
    HistoryReply,
    OutboxReply,
    RecordReply,
    WishView,
)
from api.push.bodies import DecisionBody, Kept, Moment, NumberBody
from api.push.effect import effects
from api.push.records import decide, of_number, overview, record
from api.reply_parts import Reply as View
from api.responses import described
from corpora.migrations import reading

router = APIRouter(tags=["推送记录"])
_MONTH: Final = dt.timedelta(days=30)
_SEND = [needs(KeyScope.SEND)]


@router.get(
    "/v1/push/messages/{message_id}",
    response_model=RecordReply,
    dependencies=_SEND,
    responses=described(401, 403, 404, 422, 503),
    summary="一条消息的记录",
)
def one(house: AtHouse, message_id: Kept) -> Response:
    """发的到底是什么，用的是模板、条目的哪一版，经过了什么；号码打码。"""
    found = record(house.engine, message_id)
    return _said(RecordReply.of(found.row, found.history))


@router.post(
    "/v1/push/messages/{message_id}/decision",
    response_model=RecordReply,
    dependencies=[needs(KeyScope.ADMINISTER)],
    responses=described(400, 401, 403, 404, 409, 413, 422, 503),
    summary="人工决定一条消息",
)
def decided(house: AtHouse, caller: AtCaller, message_id: Kept, asked: DecisionBody) -> Response:
    """对 dead、uncertain 的消息：再发一次，或者作罢；谁决定的会记下来。"""
    found = decide(
        house.engine,
        message_id,
        resend=asked.decision == "resend",
        reason=asked.reason,
        caller=caller.name,
        now=house.now(),
        policy=house.policy,
    )
    return _said(RecordReply.of(found.row, found.history))


@router.post(
    "/v1/push/lookups",
    response_model=HistoryReply,
    dependencies=_SEND,
    responses=described(400, 401, 403, 413, 422, 503),
    summary="按号码查记录",
)
def lookups(house: AtHouse, asked: NumberBody) -> Response:
    """一个号码的同意、拒收和发过的消息。号码放在请求体里，不进日志。"""
    person = house.person(asked.number)
    yes, no, found = of_number(house.engine, person.hashed)
    return _said(
        HistoryReply(
            number=person.masked,
            consents=[_wish(row, "marketing", row.channel) for row in yes],
            refusals=[_wish(row, row.kind, "") for row in no],
            messages=[RecordReply.of(one.row, one.history) for one in found],
        )
    )


@router.get(
    "/v1/push/outbox",
    response_model=OutboxReply,
    dependencies=_SEND,
    responses=described(401, 403, 503),
    summary="发件箱",
)
def outbox(house: AtHouse) -> Response:
    """各状态多少条；发不出去的和不知道发没发的，最早的在前。"""
    found = overview(house.engine)
    return _said(
        OutboxReply(
            states=found.states,
            oldest_waiting=found.oldest_waiting,
            dead=[RecordReply.of(one.row, one.history) for one in found.dead],
            uncertain=[RecordReply.of(one.row, one.history) for one in found.uncertain],
        )
    )


@router.get(
    "/v1/push/effect",
    response_model=EffectReply,
    dependencies=[needs(KeyScope.READ)],
    responses=described(401, 403, 422, 503),
    summary="推送效果",
)
def effect(
    house: AtHouse,
    since: Annotated[Moment | None, Query(description="不写就是三十天前")] = None,
    until: Annotated[Moment | None, Query(description="不写就是现在")] = None,
    campaign: Annotated[Kept | None, Query()] = None,
    template_id: Annotated[Kept | None, Query()] = None,
) -> Response:
    """按活动、模板：存下、不发、送达、失败、拒收、回复、退订、办理、随后来电的条数。"""
    end = until or house.now()
    start = since or end - _MONTH
    with reading(house.engine) as connection:
        found = effects(connection, start, end, campaign=campaign, template_id=template_id)
    views = [EffectView(**one.to_json()) for one in found]
    return _said(EffectReply(since=start, until=end, effects=views))


def _wish(row: Any, what: str, channel: str) -> WishView:
    return WishView(
        what=what,
        channel=channel,
        evidence=row.evidence,
        recorded_by=row.recorded_by,
        since=row.since,
        until=row.until,
        ended_by=row.ended_by,
    )


def _said(view: View) -> Response:
    return Response(orjson.dumps(view.model_dump(mode="json")), media_type="application/json")
