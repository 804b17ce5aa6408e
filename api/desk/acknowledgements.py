"""Acknowledgements (知晓确认): which warnings a clerk had before them, and what was decided."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from api.desk.masking import masked_text
from api.desk.paging import Page, page_of
from api.desk.tables import acknowledgements
from api.desk.whose import Person


class Decision(StrEnum):
    """What became of the handling: it went on, or the customer thought better of it."""

    ACKNOWLEDGED = "acknowledged"
    TURNED_BACK = "turned_back"


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that was shown: of the item, or the tip that belongs to it; with their versions."""

    item_id: str
    item_version: int
    tip_id: str = ""
    tip_version: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was on the screen when it was decided."""

    order: str
    screen: str
    codes: tuple[str, ...]
    warnings: tuple[Warned, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An acknowledgement as it is kept."""

    id: str
    recorded_at: dt.datetime
    caller: str
    staff: str
    hall: str
    told: Told
    index_version: str


def record(
    connection: Connection,
    told: Told,
    person: Person,
    caller: str,
    index_version: str,
    now: dt.datetime,
) -> Acknowledgement:
    """Writes it down; each decision is one of its own, whatever came before."""
    told = Told(
        told.order,
        masked_text(told.screen),
        tuple(map(masked_text, told.codes)),
        told.warnings,
        told.decision,
    )
    made = Acknowledgement(
        secrets.token_hex(8), now, caller, person.staff, person.hall, told, index_version
    )
    connection.execute(
        insert(acknowledgements).values(
            id=made.id,
            caller=caller,
            staff=person.staff,
            hall=person.hall,
            order_number=told.order,
            screen=told.screen,
            codes=orjson.dumps(told.codes).decode(),
            warnings=orjson.dumps(told.warnings).decode(),
            decision=told.decision.value,
            index_version=index_version,
            recorded_at=now,
        )
    )
    return made


def listed(
    connection: Connection,
    *,
    order: str = "",
    since: dt.datetime | None = None,
    limit: int,
    after: str = "",
) -> Page[Acknowledgement]:
    """What was acknowledged, the newest first; ``UnknownPage`` where nothing has the id ``after``."""
    columns = acknowledgements.c
    asked = select(acknowledgements)
    if order:
        asked = asked.where(columns.order_number == order)
    if since is not None:
        asked = asked.where(columns.recorded_at >= since)
    return page_of(connection, asked, columns.recorded_at, columns.id, limit, after, _read)


def _read(row: Any) -> Acknowledgement:
    warnings: Sequence[dict[str, Any]] = orjson.loads(row.warnings)
    told = Told(
        row.order_number,
        row.screen,
        tuple(orjson.loads(row.codes)),
        tuple(Warned(**one) for one in warnings),
        Decision(row.decision),
    )
    return Acknowledgement(
        row.id, row.recorded_at, row.caller, row.staff, row.hall, told, row.index_version
    )
