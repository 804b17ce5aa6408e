"""What was sent, to whom (masked), and what is waiting for somebody to look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from api.push.policy import Policy
from api.push.rows import change, end, note
from api.push.tables import Order, State, consents, events, messages, orders, refusals
from api.push.turn import writing
from corpora.migrations import reading
from corpora.push_template import Purpose
from retriever.errors import NotFound

_SHOWN: Final = 100
_STUCK: Final = frozenset({State.DEAD, State.UNCERTAIN})


class NotDecidable(Exception):
    """A message that needs no decision, or that cannot be sent again."""

    code = "not_decidable"


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a message with its events, oldest first."""

    row: Any
    history: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Overview:
    """How many messages stand where, and those that somebody should look at, oldest first."""

    states: dict[str, int]
    oldest_waiting: dt.datetime | None
    dead: list[Record]
    uncertain: list[Record]


def record(engine: Engine, message_id: str) -> Record:
    """One message; ``NotFound`` where there is none."""
    with reading(engine) as connection:
        row = connection.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
        if row is None:
            raise NotFound(f"没有消息 {message_id!r}")
        return Record(row, _events(connection, message_id))


def of_number(engine: Engine, hashed: str) -> tuple[list[Any], list[Any], list[Record]]:
    """Every yes and no of a customer, and the newest messages; the newest of each first."""
    with reading(engine) as connection:
        wishes = [
            list(
                connection.execute(
                    select(table)
                    .where(table.c.number_hash == hashed)
                    .order_by(table.c.id.desc())
                    .limit(_SHOWN)
                )
            )
            for table in (consents, refusals)
        ]
        rows = connection.execute(
            select(messages)
            .where(messages.c.number_hash == hashed)
            .order_by(messages.c.accepted_at.desc(), messages.c.id)
            .limit(_SHOWN)
        ).all()
        found = [Record(row, _events(connection, row.id)) for row in rows]
    return wishes[0], wishes[1], found


def overview(engine: Engine) -> Overview:
    """The state of the outbox."""
    columns = messages.c
    with reading(engine) as connection:
        counted = connection.execute(
            select(columns.state, func.count()).group_by(columns.state)
        ).all()
        oldest = connection.scalars(
            select(func.min(columns.planned_at)).where(columns.state == State.QUEUED.value)
        ).one()
        stuck = {state: _in_state(connection, state) for state in _STUCK}
    return Overview(
        {state.value: dict(map(tuple, counted)).get(state.value, 0) for state in State},
        oldest,
        stuck[State.DEAD],
        stuck[State.UNCERTAIN],
    )


def order_list(engine: Engine, state: Order | None, before: str | None = None) -> list[Any]:
    """Orders by reply, the newest first; with ``before``, those that follow that order in the list.
    ``NotFound`` where there is no such order.
    """
    columns = orders.c
    rows = select(orders).order_by(columns.asked_at.desc(), columns.id).limit(_SHOWN)
    if state is not None:
        rows = rows.where(columns.state == state.value)
    with reading(engine) as connection:
        if before is not None:
            last = connection.execute(select(orders).where(columns.id == before)).one_or_none()
            if last is None:
                raise NotFound(f"没有短信办理 {before!r}")
            same_moment = (columns.asked_at == last.asked_at) & (columns.id > last.id)
            rows = rows.where((columns.asked_at < last.asked_at) | same_moment)
        return list(connection.execute(rows))


def decide(
    engine: Engine,
    message_id: str,
    *,
    resend: bool,
    reason: str,
    caller: str,
    now: dt.datetime,
    policy: Policy,
) -> Record:
    """A person's decision about a message that is dead or uncertain; who decided is written down."""
    with writing(engine) as connection:
        row = connection.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
        if row is None:
            raise NotFound(f"没有消息 {message_id!r}")
        if row.state not in _STUCK:
            raise NotDecidable(f"消息现在是 {row.state}，不需要人来决定")
        note(connection, message_id, "decided", f"{caller}：{reason}", now)
        if not resend:
            end(connection, message_id, State.WITHDRAWN, "decided", reason, now)
        elif row.number is None:
            raise NotDecidable("号码已按规定删除，不能再发；请重新提交一条")
        else:
            change(
                connection,
                message_id,
                state=State.QUEUED.value,
                tries=0,
                next_try=now,
                planned_at=now,  # caps count it where it goes
                expires_at=now + policy.lifetime[Purpose(row.purpose)],
                ended_at=None,
            )
    return record(engine, message_id)


def _events(connection: Connection, message_id: str) -> list[Any]:
    return list(
        connection.execute(
            select(events).where(events.c.message_id == message_id).order_by(events.c.id)
        )
    )


def _in_state(connection: Connection, state: State) -> list[Record]:
    columns = messages.c
    rows = connection.execute(
        select(messages)
        .where(columns.state == state.value)
        .order_by(columns.planned_at, columns.id)
        .limit(_SHOWN)
    ).all()
    return [Record(row, _events(connection, row.id)) for row in rows]
