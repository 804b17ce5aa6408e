"""What changed for a reader since a moment: the days, the store and the words of it put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, Engine

from api.desk.answers import ChangeView
from api.desk.changes import SOON, Change, ChangeKind, by_days, by_records, together
from api.desk.published import Recorded, content_before, note_served, recorded_since
from api.desk.summary import summary
from api.push.policy import CHINA
from corpora.migrations import reading
from corpora.types import KnowledgeItem
from corpora.windows import State
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.listing import Listed, row_of

_DAY: Final = dt.timedelta(days=1)


def changes_since(
    base: KnowledgeBase,
    engine: Engine,
    wanted: Filter,
    since: dt.datetime,
    now: dt.datetime,
    limit: int,
) -> list[ChangeView]:
    """At most ``limit`` changes, the newest first; ``wanted.as_of`` is today for the reader."""
    known = note_served(engine, base.manifest, now)
    first = min(since.astimezone(CHINA).date(), wanted.as_of)
    everything = replace(wanted, libraries=frozenset())
    held = base.listed(everything)
    days = by_days(
        base.listed(replace(everything, as_of=first)),
        held,
        base.listed(replace(everything, as_of=wanted.as_of + SOON)),
        first,
        wanted.as_of,
    )
    with reading(engine) as connection:
        records = recorded_since(connection, since, known, base.manifest.version)
        exact = by_records(records, held, _held_last(base, everything, records))
        found = together(days, exact, wanted.libraries)
        return list(_told(base, connection, everything, found, limit))


def _held_last(base: KnowledgeBase, wanted: Filter, records: list[Recorded]) -> dict[str, Listed]:
    """What held on the last day before each retirement."""
    found: dict[str, Listed] = {}
    for one in records:
        if one.state is State.RETIRED and one.effective_from and one.effective_from > dt.date.min:
            day = replace(wanted, as_of=one.effective_from - _DAY)
            found.update((held.item.id, row_of(held)) for held in base.held([one.item_id], day))
    return found


def _told(
    base: KnowledgeBase, connection: Connection, wanted: Filter, found: list[Change], limit: int
) -> Iterator[ChangeView]:
    for change in found:
        if limit <= 0:
            return
        item = _item(base, wanted, change.row)
        before = _before(base, connection, wanted, change)
        line = item and summary(change, item, before, wanted.audience)
        if not line:
            continue
        limit -= 1
        yield ChangeView(
            item_id=change.row.item_id,
            title=change.row.title,
            sub_library=change.row.sub_library,
            change=change.kind,
            version=change.row.version,
            at=change.at,
            summary=line,
        )


def _before(
    base: KnowledgeBase, connection: Connection, wanted: Filter, change: Change
) -> KnowledgeItem | None:
    if change.kind not in (ChangeKind.CHANGED, ChangeKind.BEGINS_SOON):
        return None
    if change.recorded:
        return content_before(connection, change.row.item_id, change.row.version)
    return _item(base, wanted, change.seen) if change.seen else None


def _item(base: KnowledgeBase, wanted: Filter, row: Listed) -> KnowledgeItem | None:
    """The version of a row, found on one of its days."""
    day = min(max(wanted.as_of, row.valid_from), row.valid_to)
    held = base.held([row.item_id], replace(wanted, as_of=day))
    return held[0].item if held else None
