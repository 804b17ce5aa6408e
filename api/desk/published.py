"""When versions of items reached readers: what the store recorded, and which index was served when.

An index holds days, not moments: a correction replaces what held before on the same days. That it
came at all is known to the store only, and that readers have it, from the index that was made after.
"""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, insert, select

from api.desk.tables import indexes, writing
from corpora import serial
from corpora.migrations import reading
from corpora.order import by_code_point
from corpora.tables import item_versions
from corpora.types import KnowledgeItem
from corpora.windows import State
from indexer.manifest import Manifest

MOST: Final = 5_000
"""Recorded versions that are looked at, the newest: after a first import everything is new."""
_AT_ONCE: Final = 500
_TOLD: Final = (State.PUBLISHED.value, State.RETIRED.value)


@dataclass(frozen=True, slots=True)
class Served:
    """An index, when it was made from the store, and when it was first seen in use."""

    version: str
    made_at: dt.datetime
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """A version that was written into the store, and when readers could have it."""

    item_id: str
    version: int
    state: State
    published_at: dt.datetime
    effective_from: dt.date | None
    is_first: bool


def note_served(engine: Engine, manifest: Manifest, now: dt.datetime) -> list[Served]:
    """Every index that was seen in use, the oldest made first; the one in use is written down."""
    with reading(engine) as connection:
        known = _served(connection)
    made_at = _made_at(manifest)
    if made_at is None or any(one.version == manifest.version for one in known):
        return known
    with writing(engine) as connection:
        known = _served(connection)
        if all(one.version != manifest.version for one in known):  # another was not faster
            served = Served(manifest.version, made_at, now)
            connection.execute(insert(indexes).values(**asdict(served)))
            known = sorted([*known, served], key=lambda one: (one.made_at, one.version))
    return known


def recorded_since(
    connection: Connection, since: dt.datetime, known: Sequence[Served], current: str
) -> list[Recorded]:
    """The versions that the index in use has and the one that was in use at ``since`` had not.

    Nothing where the index in use was made from another store than this one.
    """
    before = [one.made_at for one in known if one.seen_at <= since]
    made = [one.made_at for one in known]
    until = next((one.made_at for one in known if one.version == current), None)
    after = before[-1] if before else since
    if until is None or until <= after:
        return []
    columns = item_versions.c
    rows = connection.execute(
        select(
            columns.item_id,
            columns.version,
            columns.state,
            columns.recorded_at,
            columns.effective_from,
        )
        .where(columns.recorded_at > after, columns.recorded_at <= until)
        .where(columns.state.in_(_TOLD))
        .order_by(columns.recorded_at.desc(), by_code_point(columns.item_id), columns.version)
        .limit(MOST)
    ).all()
    old = _published_by(connection, {row.item_id for row in rows}, after)
    return [
        Recorded(
            row.item_id,
            row.version,
            State(row.state),
            made[bisect.bisect_left(made, row.recorded_at)],
            row.effective_from,
            row.item_id not in old,
        )
        for row in rows
    ]


def content_before(connection: Connection, item_id: str, version: int) -> KnowledgeItem | None:
    """The published version before ``version``; None where there is none or it cannot be read."""
    columns = item_versions.c
    content = connection.scalar(
        select(columns.content)
        .where(columns.item_id == item_id, columns.version < version)
        .where(columns.state == State.PUBLISHED.value)
        .order_by(columns.version.desc())
        .limit(1)
    )
    try:
        return content and serial.item_from(content)
    except ValueError:
        return None


def _served(connection: Connection) -> list[Served]:
    rows = connection.execute(
        select(indexes).order_by(indexes.c.made_at, by_code_point(indexes.c.version))
    )
    return [Served(row.version, row.made_at, row.seen_at) for row in rows]


def _published_by(
    connection: Connection, item_ids: Collection[str], moment: dt.datetime
) -> set[str]:
    """Those of the items of which a version had been published by then."""
    columns = item_versions.c
    first = func.min(columns.recorded_at)
    ordered = sorted(item_ids)
    found: set[str] = set()
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        rows: Any = connection.execute(
            select(columns.item_id)
            .where(columns.item_id.in_(some), columns.state == State.PUBLISHED.value)
            .group_by(columns.item_id)
            .having(first <= moment)
        )
        found.update(row.item_id for row in rows)
    return found


def _made_at(manifest: Manifest) -> dt.datetime | None:
    """When the store was read for it; where a manifest names no zone, in that of this machine."""
    try:
        return dt.datetime.fromisoformat(manifest.created_at).astimezone(dt.UTC)
    except ValueError:
        return None
