"""Shifts: when somebody was last here before now, which is what "changed since my last shift" needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select, update

from api.desk.tables import shifts

AWAY: Final = dt.timedelta(hours=4)
"""Not seen for as long, somebody comes back to a new shift: longer than a break, shorter than a night."""
_NOTED_EVERY: Final = dt.timedelta(seconds=60)  # a page that is looked at need not write each time


@dataclass(frozen=True, slots=True)
class Shift:
    """When somebody was last seen, since when they are here, and when they were last here before."""

    seen_at: dt.datetime
    began_at: dt.datetime
    previous_seen_at: dt.datetime | None = None


def continued(before: Shift | None, now: dt.datetime) -> Shift:
    """The shift of somebody who is seen ``now``; a clock that went back moves nothing.

    >>> nine = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    >>> morning = continued(None, nine)
    >>> continued(morning, nine + AWAY).previous_seen_at == nine
    True
    """
    if before is None:
        return Shift(now, now)
    if now - before.seen_at >= AWAY:
        return Shift(now, now, before.seen_at)
    return Shift(max(now, before.seen_at), before.began_at, before.previous_seen_at)


def shift_of(connection: Connection, staff: str) -> Shift | None:
    """What is known of somebody; None of who was never here."""
    row = connection.execute(select(shifts).where(shifts.c.staff == staff)).first()
    return Shift(row.seen_at, row.shift_began_at, row.previous_seen_at) if row else None


def needs_noting(before: Shift | None, now: dt.datetime) -> bool:
    """Whether seeing somebody now is worth a row."""
    return before is None or now - before.seen_at >= _NOTED_EVERY


def note_seen(connection: Connection, staff: str, now: dt.datetime) -> Shift:
    """Writes down that somebody is here; the caller holds the turn."""
    before = shift_of(connection, staff)
    shift = continued(before, now)
    values = {
        "seen_at": shift.seen_at,
        "shift_began_at": shift.began_at,
        "previous_seen_at": shift.previous_seen_at,
    }
    if before is None:
        connection.execute(insert(shifts).values(staff=staff, **values))
    elif needs_noting(before, now):
        connection.execute(update(shifts).where(shifts.c.staff == staff).values(**values))
    return shift
