"""Orders by reply: two explicit replies, the second inside its window; silence never orders."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from api.push.draft import Draft, Orderable, scheduled, store
from api.push.ledger import Person
from api.push.policy import Policy
from api.push.tables import Order, State, orders
from corpora.push_template import Purpose, PushChannel
from retriever.push import PushSettings

_YES: Final = frozenset({"是", "Y", "YES", "确认"})
_NO: Final = frozenset({"否", "N", "NO", "取消", "不办"})
_ARRIVED: Final = (State.SENT.value, State.DELIVERED.value)


def asks(row: Any, word: str) -> bool:
    """Whether a word is the one that orders what a message offers."""
    return word == Orderable.from_json(row.orderable).command.upper()


def ask(
    connection: Connection,
    row: Any,
    number: str,
    person: Person,
    word: str,
    at: dt.datetime,
    policy: Policy,
) -> str:
    """The first reply: the second message goes out, and nothing is ordered yet. The order's id.

    Asking for the same again while an order is open changes nothing.
    """
    offer = Orderable.from_json(row.orderable)
    columns = orders.c
    open_one = connection.scalars(
        select(columns.id).where(
            columns.number_hash == person.hashed,
            columns.item_id == offer.item_id,
            columns.state == Order.ASKED.value,
            columns.window_until > at,
        )
    ).first()
    if open_one:
        return str(open_one)
    order_id = uuid.uuid4().hex
    deadline = at + policy.order_window
    message = offer.second_message(deadline, PushSettings(signature=row.signature))
    confirmation = Draft(
        caller="order",
        key=order_id,
        digest="",
        number=number,
        masked=person.masked,
        hashed=person.hashed,
        channel=PushChannel.SMS,
        purpose=Purpose.NOTICE,
        template_id=message.template_id,
        template_version=offer.template_version,
        item_versions=(f"{offer.item_id}@{offer.item_version}",),
        signature=row.signature,
        text=message.text,
        confirms=order_id,
        expires_at=deadline,
    )
    second = scheduled(confirmation, at)
    store(connection, [second], at, policy)
    connection.execute(
        insert(orders).values(
            id=order_id,
            number=number,
            number_hash=person.hashed,
            number_masked=person.masked,
            item_id=offer.item_id,
            item_version=offer.item_version,
            command=offer.command,
            message_id=row.id,
            confirmation_id=second.message_id,
            state=Order.ASKED.value,
            first_reply=word,
            second_reply="",
            asked_at=at,
            window_until=deadline,
            ended_at=None,
        )
    )
    return order_id


def second_reply(connection: Connection, row: Any, word: str, at: dt.datetime) -> str:
    """What a reply to the second message came to: ``ordered`` only for an explicit yes in time."""
    order = connection.execute(select(orders).where(orders.c.id == row.confirms)).one()
    if word not in _YES | _NO:
        return "replied"
    if order.state != Order.ASKED:
        return "too_late"
    if row.state not in _ARRIVED:
        return "not_confirmed"  # without the second message there is nothing to say yes to
    if at > order.window_until:
        _end(connection, order.id, Order.EXPIRED, word, at)
        return "too_late"
    if word in _NO:
        _end(connection, order.id, Order.DECLINED, word, at)
        return "order_declined"
    _end(connection, order.id, Order.ORDERED, word, at)
    return "ordered"


def expire(connection: Connection, now: dt.datetime) -> int:
    """Ends orders whose window passed in silence; how many."""
    over = select(orders.c.id).where(
        orders.c.state == Order.ASKED.value, orders.c.window_until < now
    )
    ended = list(connection.scalars(over))
    for order_id in ended:
        _end(connection, order_id, Order.EXPIRED, "", now)
    return len(ended)


def _end(connection: Connection, order_id: str, state: Order, word: str, at: dt.datetime) -> None:
    number = {} if state is Order.ORDERED else {"number": None}
    connection.execute(
        update(orders)
        .where(orders.c.id == order_id)
        .values(state=state.value, second_reply=word, ended_at=at, **number)
    )
