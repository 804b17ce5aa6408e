"""Changes of one message in an open transaction, shared by what sends and what is reported back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from api.push.gateways.protocol import Fate, Outgoing
from api.push.ledger import Evidence, Person, refuse
from api.push.policy import Policy
from api.push.rules import Refused
from api.push.tables import FINAL, State, events, messages, pieces, strays
from corpora.push_template import Purpose, PushChannel
from retriever.push import pieces_of, split_sms

_REFUSED: Final = State.REFUSED.value
_REPORTED_ON: Final = select(
    *(messages.c[name] for name in ("id", "caller", "state", "pieces", "sent_at")),
    *(messages.c[name] for name in ("number_hash", "number_masked", "signature")),
).where(messages.c.id == bindparam("message_id"))


def change(connection: Connection, message_id: str, **values: Any) -> None:
    """Sets columns of a message."""
    connection.execute(update(messages).where(messages.c.id == message_id).values(**values))


def note(connection: Connection, message_id: str, kind: str, detail: str, at: dt.datetime) -> None:
    """Adds a line to a message's history."""
    connection.execute(
        insert(events).values(message_id=message_id, kind=kind, detail=detail, at=at)
    )


def end(
    connection: Connection,
    message_id: str,
    state: State,
    problem: str,
    detail: str,
    at: dt.datetime,
) -> None:
    """A message's last state, after which its number is not needed any more."""
    change(
        connection,
        message_id,
        state=state.value,
        problem=problem,
        detail=detail,
        ended_at=at,
        number=None,
        worker=None,
        claimed_until=None,
    )
    note(connection, message_id, state.value, problem, at)


def fail(
    connection: Connection,
    message_id: str,
    problem: str,
    detail: str,
    at: dt.datetime,
    policy: Policy,
) -> None:
    """A message that will not arrive; an MMS is followed by its SMS."""
    row = connection.execute(select(messages).where(messages.c.id == message_id)).one()
    if row.channel == PushChannel.MMS and row.fallback and row.number:
        _fall_back(connection, row, at, policy)
    end(connection, message_id, State.FAILED, problem, detail, at)


def _fall_back(connection: Connection, row: Any, at: dt.datetime, policy: Policy) -> None:
    columns = {column.name for column in messages.columns}
    kept = {name: value for name, value in row._mapping.items() if name in columns}
    made = uuid.uuid4().hex
    lifetime = policy.lifetime[Purpose(row.purpose)]
    connection.execute(
        insert(messages).values(
            kept
            | {
                "id": made,
                "idempotency_key": _fallback_key(row.id),
                "channel": PushChannel.SMS.value,
                "text": row.fallback,
                "package": None,
                "fallback": "",
                "fallback_of": row.id,
                "pieces": len(split_sms(row.fallback).segments),
                "state": State.QUEUED.value,
                "tries": 0,
                "next_try": at,
                "expires_at": at + lifetime,
                "worker": None,
                "claimed_until": None,
                "gateway": "",
                "problem": "",
                "detail": "",
                "accepted_at": at,
                "planned_at": at,
                "sent_at": None,
                "ended_at": None,
            }
        )
    )
    note(connection, row.id, "fallback", made, at)
    note(connection, made, "accepted", f"fallback of {row.id}", at)


def _call_back(connection: Connection, caller: str, message_id: str, at: dt.datetime) -> None:
    """Ends the SMS that was to follow an MMS, if it still waits."""
    columns = messages.c
    waits = columns.state.in_([State.QUEUED.value, State.CLAIMED.value])
    following = connection.scalars(
        select(columns.id)
        .where(columns.caller == caller, columns.idempotency_key == _fallback_key(message_id))
        .where(waits)
    ).one_or_none()
    if following is not None:
        told = "彩信后来送达了，不用再发短信"
        end(connection, following, State.WITHDRAWN, "mms_delivered", told, at)


def _fallback_key(message_id: str) -> str:
    return f"fallback/{message_id}"  # no caller's key holds a slash


def outgoing_of(row: Any) -> Outgoing:
    """The message of a row that still has its number."""
    channel = PushChannel(row.channel)
    sms = channel is PushChannel.SMS
    return Outgoing(
        id=row.id,
        number=row.number,
        source=row.source,
        channel=channel,
        purpose=Purpose(row.purpose),
        text=row.text,
        wire=pieces_of(split_sms(row.text), row.reference) if sms else (),
        package=row.package or b"",
    )


def add_pieces(
    connection: Connection,
    message_id: str,
    gateway_ids: Sequence[str],
    at: dt.datetime,
    policy: Policy,
) -> None:
    """Remembers what a gateway calls a message; reports that came before are taken now."""
    for gateway_id in gateway_ids:
        _remember(connection, message_id, gateway_id, Fate.ON_ITS_WAY, at)
        stray = connection.execute(
            select(strays).where(strays.c.gateway_id == gateway_id)
        ).one_or_none()
        if stray is not None:
            connection.execute(delete(strays).where(strays.c.gateway_id == gateway_id))
            settle(
                connection,
                message_id,
                gateway_id,
                Fate(stray.state),
                stray.problem,
                stray.at,
                policy,
            )


def settle(
    connection: Connection,
    message_id: str,
    gateway_id: str,
    fate: Fate,
    problem: str,
    at: dt.datetime,
    policy: Policy,
) -> None:
    """Takes a report on a message. The same one again changes nothing."""
    row = connection.execute(_REPORTED_ON, {"message_id": message_id}).one()
    if gateway_id:
        _remember(connection, message_id, gateway_id, fate, at)
    if fate is Fate.REFUSED:
        # what a customer wants counts whatever became of the message meanwhile
        _take_refusal(connection, row, gateway_id, problem, at)
        return
    if row.state in (State.DELIVERED, State.WITHDRAWN):
        return
    if fate is Fate.DELIVERED and (
        not gateway_id or _delivered(connection, message_id) >= row.pieces
    ):
        if row.sent_at is None:  # faster than the acknowledgement
            change(connection, message_id, sent_at=at)
        end(connection, message_id, State.DELIVERED, "", "", at)
        if row.state == State.FAILED:  # it came after all: its SMS would say it twice
            _call_back(connection, row.caller, message_id, at)
    elif fate is Fate.FAILED:
        if row.state not in FINAL:
            fail(connection, message_id, problem, "网关报告没有送达", at, policy)
    elif fate in (Fate.DELIVERED, Fate.ON_ITS_WAY) and row.state not in (
        State.SENT,
        State.FAILED,
        State.REFUSED,
    ):
        # a report on a part of it proves that it left, also where it had been given up or waits again
        change(
            connection,
            message_id,
            state=State.SENT.value,
            sent_at=at,
            ended_at=None,
            problem="",
            detail="",
        )
        note(connection, message_id, "sent", "report", at)


def _take_refusal(
    connection: Connection, row: Any, gateway_id: str, problem: str, at: dt.datetime
) -> None:
    """Ends a message and writes the customer's no to marketing down, once for each message: the same
    report after a newer consent says nothing new. No SMS follows an MMS that was refused.
    """
    known = select(events.c.id).where(events.c.message_id == row.id, events.c.kind == _REFUSED)
    if connection.execute(known).first() is not None:
        return
    if row.state in (State.DELIVERED, State.WITHDRAWN):
        note(connection, row.id, _REFUSED, problem, at)
    else:
        if row.sent_at is None:  # faster than the acknowledgement
            change(connection, row.id, sent_at=at)
        end(connection, row.id, State.REFUSED, problem, "网关报告客户拒收", at)
    proof = "，".join(filter(None, (f"消息 {row.id}", gateway_id, problem)))
    evidence = Evidence(f"网关回执：客户拒收（{proof}）", "网关", at)
    person = Person(row.number_hash, row.number_masked)
    refuse(connection, person, row.signature, Refused.MARKETING, evidence)


def _remember(
    connection: Connection, message_id: str, gateway_id: str, fate: Fate, at: dt.datetime
) -> None:
    """The newest word on a piece; names that a gateway uses again belong to the newer message."""
    known = connection.execute(
        select(pieces).where(pieces.c.gateway_id == gateway_id)
    ).one_or_none()
    if known is not None and known.message_id == message_id:
        if fate is not Fate.ON_ITS_WAY:
            connection.execute(
                update(pieces)
                .where(pieces.c.gateway_id == gateway_id)
                .values(state=fate.value, at=at)
            )
        return
    if known is not None:
        connection.execute(delete(pieces).where(pieces.c.gateway_id == gateway_id))
    connection.execute(
        insert(pieces).values(gateway_id=gateway_id, message_id=message_id, state=fate.value, at=at)
    )


def _delivered(connection: Connection, message_id: str) -> int:
    counted = (
        select(func.count())
        .select_from(pieces)
        .where(pieces.c.message_id == message_id, pieces.c.state == Fate.DELIVERED.value)
    )
    return connection.execute(counted).scalar_one()
