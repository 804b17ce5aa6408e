"""What changed between two moments for a reader, told from the days of versions and from the store.

Known are the days on which a version holds (from the index), and when it was recorded and published
(from the store, where the index was made from it). Nothing else is: no text says why something
changed. Of an index whose store is elsewhere only what begins or ends by its days is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.desk.published import Recorded
from api.push.policy import CHINA
from corpora.types import SaleStatus, SubLibrary
from corpora.windows import State
from retriever.listing import Listed

SOON: Final = dt.timedelta(days=7)
"""How far ahead a beginning or an end is told: a shift plan is a week."""


class ChangeKind(StrEnum):
    """What happened to an item, or will."""

    NEW = "new"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    ENDS_SOON = "ends_soon"
    BEGINS_SOON = "begins_soon"


@dataclass(frozen=True, slots=True)
class Change:
    """A change; ``row`` is what holds, of what is gone what held last, of what comes what will hold.

    ``at`` is midnight where only the day is known. ``seen`` is the version that readers had before,
    where there was one in the index; ``recorded`` says that the store knows the one before.
    """

    row: Listed
    kind: ChangeKind
    at: dt.datetime
    seen: Listed | None = None
    recorded: bool = False


def by_days(
    before: Iterable[Listed],
    now: Iterable[Listed],
    soon: Iterable[Listed],
    first: dt.date,
    today: dt.date,
) -> list[Change]:
    """What begins and ends by its days: what held on the ``first`` day, today, and in a week.

    In a region the item of a family may be another one without any day of its own: then it is new,
    and the one that it takes the place of is not gone.
    """
    then, held, coming = _by_id(before), _by_id(now), _by_id(soon)
    found: list[Change] = []
    for item_id, row in held.items():
        seen = then.get(item_id)
        began = midnight(max(row.valid_from, first))
        if seen is None:
            found.append(Change(row, ChangeKind.NEW, began))
        elif seen.version != row.version:
            found.append(Change(row, ChangeKind.CHANGED, began, seen))
        if row.valid_to - today < SOON:
            follows = coming.get(item_id)
            kind = ChangeKind.ENDS_SOON if follows is None else ChangeKind.BEGINS_SOON
            found.append(Change(follows or row, kind, _after(row), row if follows else None))
    found += [
        Change(row, ChangeKind.WITHDRAWN, _after(row))
        for item_id, row in then.items()
        if item_id not in held and row.valid_to < today
    ]
    found += [
        Change(row, ChangeKind.BEGINS_SOON, midnight(row.valid_from))
        for item_id, row in coming.items()
        if item_id not in held and row.valid_from > today
    ]
    return found


def by_records(
    records: Sequence[Recorded], now: Iterable[Listed], last: Mapping[str, Listed]
) -> list[Change]:
    """What was published meanwhile; ``last`` is what held last of items that are gone.

    A version counts where it is the one that holds now: what is for other days is told by its days.
    """
    held = _by_id(now)
    found: dict[str, Change] = {}
    for one in records:
        row = held.get(one.item_id)
        if one.item_id in found:
            continue
        if row is not None and (one.state, one.version) == (State.PUBLISHED, row.version):
            kind = ChangeKind.NEW if one.is_first else ChangeKind.CHANGED
            if row.sale_status is SaleStatus.WITHDRAWN and not one.is_first:
                kind = ChangeKind.WITHDRAWN
            found[one.item_id] = Change(row, kind, one.published_at, recorded=True)
        elif row is None and one.state is State.RETIRED and one.item_id in last:
            found[one.item_id] = Change(
                last[one.item_id], ChangeKind.WITHDRAWN, one.published_at, recorded=True
            )
    return list(found.values())


def together(
    days: Iterable[Change], records: Iterable[Change], libraries: frozenset[SubLibrary]
) -> list[Change]:
    """Both, the newest first; of a change that both know, what the store says is more exact."""
    exact = {change.row.item_id: change for change in records}
    ahead = (ChangeKind.ENDS_SOON, ChangeKind.BEGINS_SOON)
    kept = [change for change in days if change.kind in ahead or change.row.item_id not in exact]
    return sorted(
        (
            change
            for change in [*exact.values(), *kept]
            if not libraries or change.row.sub_library in libraries
        ),
        key=lambda change: (-change.at.timestamp(), change.row.item_id, change.kind),
    )


def midnight(day: dt.date) -> dt.datetime:
    """The beginning of a day where the operator is."""
    return dt.datetime.combine(day, dt.time(), CHINA)


def _after(row: Listed) -> dt.datetime:
    """The end of its last day."""
    return midnight(row.valid_to + dt.timedelta(days=1))


def _by_id(rows: Iterable[Listed]) -> dict[str, Listed]:
    return {row.item_id: row for row in rows}
