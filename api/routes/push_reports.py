"""What comes back about messages, and what customers say: receipts, replies, wishes, calls, orders."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Response

from api.deps import AtHouse
from api.keys import Caller, KeyScope
from api.keys_needs import PROGRAMS_ONLY, AtCaller, needs
from api.push.answers import OrdersReply, OrderView, TakenReply, TakenView
from api.push.bodies import (
    CallBody,
    ConsentBody,
    Kept,
    ReceiptBody,
    ReceiptsBody,
    RefusalBody,
    RepliesBody,
)
from api.push.effect import record_call
from api.push.gateways.protocol import Receipt, Reply
from api.push.house import PushHouse
from api.push.ledger import Evidence, consent, disturb_again, refuse, withdraw_consent
from api.push.number import BadNumber
from api.push.records import order_list
from api.push.tables import Order
from api.push.turn import writing
from api.reply_parts import Reply as View
from api.responses import described

router = APIRouter(
    tags=["推送回执与意愿"],
    dependencies=[needs(KeyScope.SEND)],
    responses=described(400, 401, 403, 413, 422, 503),
)
_JSON: Final = "application/json"


@router.post(
    "/v1/push/receipts",
    response_model=TakenReply,
    dependencies=[PROGRAMS_ONLY],
    summary="收网关回执",
)
def receipts(house: AtHouse, asked: ReceiptsBody) -> Response:
    """同一个回执来几次都一样；比应答先到的会留着，等应答到了再用。refused 同时登记客户拒收。"""
    taken = [
        TakenView(message_id=house.reports.take(_receipt(one, house))) for one in asked.receipts
    ]
    return _said(TakenReply(taken=taken))


@router.post(
    "/v1/push/replies",
    response_model=TakenReply,
    dependencies=[PROGRAMS_ONLY],
    summary="收客户回复",
)
def replies(house: AtHouse, asked: RepliesBody) -> Response:
    """R、T、退订等登记拒收；订购要两次明确回复，沉默不算。"""
    taken = []
    for one in asked.replies:
        reply = Reply(one.number, one.source, one.text, _said_at(one.at, house), one.gateway_id)
        try:
            message_id, meant = house.reports.take_reply(reply)
        except BadNumber as error:
            taken.append(TakenView(message_id=None, code=BadNumber.code, detail=str(error)))
        else:
            taken.append(TakenView(message_id=message_id, meant=meant))
    return _said(TakenReply(taken=taken))


@router.post("/v1/push/consents", status_code=204, summary="登记同意")
def consents(house: AtHouse, caller: AtCaller, asked: ConsentBody) -> Response:
    """同意要有凭据；以前的拒收到此为止。given 为 false 是撤回同意。"""
    person = house.person(asked.number)
    evidence = Evidence(asked.evidence, _by(caller), _said_at(asked.at, house))
    with writing(house.engine) as connection:
        if asked.given:
            consent(connection, person, house.signature, asked.channel, evidence)
        else:
            withdraw_consent(connection, person, house.signature, evidence)
    return Response(status_code=204)


@router.post("/v1/push/refusals", status_code=204, summary="登记拒收、免打扰")
def refusals(house: AtHouse, caller: AtCaller, asked: RefusalBody) -> Response:
    """立即生效：还没发出去的营销消息一并撤回。"""
    person = house.person(asked.number)
    evidence = Evidence(asked.evidence, _by(caller), _said_at(asked.at, house))
    with writing(house.engine) as connection:
        if asked.lifted:
            disturb_again(connection, person, house.signature, evidence)
        else:
            refuse(connection, person, house.signature, asked.kind, evidence)
    return Response(status_code=204)


@router.post("/v1/push/calls", response_model=TakenReply, summary="记客户来电")
def calls(house: AtHouse, asked: CallBody) -> Response:
    """算在三天内最近发给他的那条消息头上；没有就不算。"""
    person = house.person(asked.number)
    with writing(house.engine) as connection:
        found = record_call(connection, person.hashed, _said_at(asked.at, house), house.policy)
    return _said(TakenReply(taken=[TakenView(message_id=found)]))


@router.get(
    "/v1/push/orders",
    response_model=OrdersReply,
    dependencies=[PROGRAMS_ONLY],
    responses=described(404),
    summary="短信办理",
)
def orders(
    house: AtHouse,
    state: Annotated[Order | None, Query()] = None,
    before: Annotated[Kept | None, Query(description="上一页最后一条的 order_id")] = None,
) -> Response:
    """只有 state 为 ordered 的才可以受理；一次最多一百条，新的在前，用 before 取后面的。"""
    views = [
        OrderView(
            order_id=row.id,
            number=row.number if row.state == Order.ORDERED and row.number else row.number_masked,
            **{
                name: getattr(row, name)
                for name in (
                    *("item_id", "item_version", "command", "state", "first_reply"),
                    *("second_reply", "asked_at", "ended_at", "message_id", "confirmation_id"),
                )
            },
        )
        for row in order_list(house.engine, state, before)
    ]
    return _said(OrdersReply(orders=views))


def _by(caller: Caller) -> str:
    """Who took down what a customer said."""
    return f"{caller.name}（{caller.staff}）" if caller.staff else caller.name


def _said_at(at: dt.datetime | None, house: PushHouse) -> dt.datetime:
    """When something was said. A clock that is fast says nothing about the future."""
    now = house.now()
    return min(at or now, now)


def _receipt(body: ReceiptBody, house: PushHouse) -> Receipt:
    return Receipt(
        body.fate,
        _said_at(body.at, house),
        gateway_id=body.gateway_id,
        message_id=body.message_id,
        number=body.number,
        source=body.source,
        problem=body.problem,
    )


def _said(view: View) -> Response:
    return Response(orjson.dumps(view.model_dump(mode="json")), media_type=_JSON)
