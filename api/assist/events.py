"""What happens in a call: lines of the dialogue, the situation, and the answers that came of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select

from api.assist.tables import events

KEPT: Final = dt.timedelta(hours=12)
"""How long the events of a call stay: a shift. They are a help while one speaks, and no record."""
SHOWN: Final = 60
"""Events that a panel gets which opens in the middle of a call."""
DIALOGUE: Final = 12
"""Lines before a question that may complete it."""


class EventKind(StrEnum):
    """``line`` what was said, ``context`` what is known of the customer, ``answer`` what helps now."""

    LINE = "line"
    CONTEXT = "context"
    ANSWER = "answer"


class Speaker(StrEnum):
    """Who said a line."""

    CUSTOMER = "customer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something to write down. ``line_id`` is the caller's id of a line: the same one is written once."""

    kind: EventKind
    content: Mapping[str, Any]
    line_id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was written down; ``number`` counts within the contact, from 1."""

    contact: str
    number: int
    kind: EventKind
    content: Mapping[str, Any]
    at: dt.datetime


def write(
    connection: Connection, contact: str, happenings: Sequence[Happening], now: dt.datetime
) -> list[Event]:
    """Writes events down in their order, without lines that are there already, and drops old ones."""
    columns = events.c
    connection.execute(delete(events).where(columns.at < now - KEPT))
    last = last_number(connection, contact)
    named = [one.line_id for one in happenings if one.line_id]
    known = set(
        connection.execute(
            select(columns.line_id).where(columns.contact == contact, columns.line_id.in_(named))
        ).scalars()
    )
    written: list[Event] = []
    for one in happenings:
        if one.line_id:
            if one.line_id in known:
                continue
            known.add(one.line_id)
        number = last + len(written) + 1
        written.append(Event(contact, number, one.kind, one.content, now))
        row = {
            "contact": contact,
            "number": number,
            "kind": one.kind.value,
            "line_id": one.line_id,
            "content": json.dumps(one.content, ensure_ascii=False, separators=(",", ":")),
            "at": now,
        }
        connection.execute(insert(events).values(**row))
    return written


def last_number(connection: Connection, contact: str) -> int:
    """The number of a contact's latest event; 0 where nothing happened yet."""
    columns = events.c
    highest = select(func.coalesce(func.max(columns.number), 0)).where(columns.contact == contact)
    return int(connection.execute(highest).scalar_one())


def is_written(connection: Connection, contact: str, line_id: str) -> bool:
    """Whether an event with this id of a line is there."""
    columns = events.c
    found = select(columns.number).where(columns.contact == contact, columns.line_id == line_id)
    return connection.execute(found.limit(1)).first() is not None


def after(connection: Connection, contact: str, number: int) -> list[Event]:
    """What happened after an event, the oldest first, at most the latest ``SHOWN``."""
    columns = events.c
    rows = connection.execute(
        select(events)
        .where(columns.contact == contact, columns.number > number)
        .order_by(columns.number.desc())
        .limit(SHOWN)
    )
    found = [
        Event(row.contact, row.number, EventKind(row.kind), json.loads(row.content), row.at)
        for row in rows
    ]
    return found[::-1]


def latest(connection: Connection, contacts: Sequence[str]) -> dict[str, int]:
    """The number of the latest event of each contact that has any."""
    columns = events.c
    rows = connection.execute(
        select(columns.contact, func.max(columns.number))
        .where(columns.contact.in_(contacts))
        .group_by(columns.contact)
    )
    return {str(row[0]): int(row[1]) for row in rows}


def dialogue(connection: Connection, contact: str) -> list[str]:
    """The lines said so far, the oldest first: what completes a short question."""
    columns = events.c
    rows = connection.execute(
        select(columns.content)
        .where(columns.contact == contact, columns.kind == EventKind.LINE.value)
        .order_by(columns.number.desc())
        .limit(DIALOGUE)
    ).scalars()
    return [str(json.loads(row)["text"]) for row in rows][::-1]


def last_code(connection: Connection, contact: str) -> str:
    """The product code of what was answered last: what a short question goes on about; or empty."""
    columns = events.c
    row = connection.execute(
        select(columns.content)
        .where(columns.contact == contact, columns.kind == EventKind.ANSWER.value)
        .order_by(columns.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    answer = {} if row is None else json.loads(row)["answer"]
    item = answer.get("item") if answer.get("answered") else None
    return str(item["codes"][0]["value"]) if item and item["codes"] else ""


def situation(connection: Connection, contact: str) -> Mapping[str, Any] | None:
    """What was last said of the customer and the transaction; None where nothing was."""
    columns = events.c
    row = connection.execute(
        select(columns.content)
        .where(columns.contact == contact, columns.kind == EventKind.CONTEXT.value)
        .order_by(columns.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if row is None else json.loads(row)
