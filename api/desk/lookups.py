"""What is often looked up: by a person, and by the people of a hall."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, update

from api.desk.masking import masked_text
from api.desk.tables import lookups
from api.desk.whose import Person
from corpora.order import by_code_point
from indexer.normalize import clean, normalize

LONGEST: Final = 100  # characters; what is longer is a story and not asked again
KEPT_FOR: Final = dt.timedelta(days=90)
OWN: Final = 20
OF_A_HALL: Final = 20
_COUNTED: Final = dt.timedelta(days=30)
_TOGETHER: Final = 2
"""People who asked the same; what one person looks up is nobody else's business."""
_STORED: Final = 200  # a mask or a unit may be longer than what it stands for
_MARKS: Final = re.compile(r"[^\w\[\]]+")


@dataclass(frozen=True, slots=True)
class OwnLookup:
    """A question of one's own, and when it was last asked."""

    query: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class HallLookup:
    """A question of a hall, in the words of who asked it last, and how many people asked it."""

    query: str
    count: int


def sense_of(query: str) -> str:
    """What two ways to write the same question have in common; empty for what asks nothing.

    >>> sense_of("流量包，怎么退？") == sense_of("流量包怎么退")
    True
    """
    return _MARKS.sub("", normalize(query))[:_STORED]


def record(
    connection: Connection, person: Person, query: str, item_id: str, now: dt.datetime
) -> bool:
    """Writes a look-up down, masked; False where there is nothing to keep. What is too old goes."""
    asked = clean(masked_text(query))
    sense = sense_of(asked)
    if not sense or len(clean(query)) > LONGEST:
        return False
    columns = lookups.c
    mine = (
        (columns.staff == person.staff) & (columns.hall == person.hall) & (columns.sense == sense)
    )
    told = {"query": asked[:_STORED], "item_id": item_id, "at": now}
    if not connection.execute(update(lookups).where(mine).values(**told)).rowcount:
        connection.execute(
            insert(lookups).values(staff=person.staff, hall=person.hall, sense=sense, **told)
        )
    connection.execute(delete(lookups).where(columns.at < now - KEPT_FOR))
    return True


def own(connection: Connection, staff: str) -> list[OwnLookup]:
    """One's last questions, each once, the newest first."""
    columns = lookups.c
    # the same question in two halls is two rows: the latest of them counts
    rows = connection.execute(
        select(columns.sense, columns.query, columns.at)
        .where(columns.staff == staff)
        .order_by(columns.at.desc(), by_code_point(columns.sense), by_code_point(columns.hall))
        .limit(2 * OWN)
    )
    found: dict[str, OwnLookup] = {}
    for row in rows:
        found.setdefault(row.sense, OwnLookup(row.query, row.at))
    return list(found.values())[:OWN]


def of_hall(connection: Connection, hall: str, now: dt.datetime) -> list[HallLookup]:
    """What several people of a hall asked in the last 30 days, most people first."""
    if not hall:
        return []
    columns = lookups.c
    lately = (columns.hall == hall) & (columns.at > now - _COUNTED)
    people = func.count(columns.staff)
    counted = connection.execute(
        select(columns.sense, people.label("people"))
        .where(lately)
        .group_by(columns.sense)
        .having(people >= _TOGETHER)
        .order_by(people.desc(), func.max(columns.at).desc(), by_code_point(columns.sense))
        .limit(OF_A_HALL)
    ).all()
    worded = connection.execute(
        select(columns.sense, columns.query)
        .where(lately, columns.sense.in_([row.sense for row in counted]))
        .order_by(columns.at, by_code_point(columns.staff))
    )
    words = {row.sense: row.query for row in worded}  # the last one stays
    return [HallLookup(words[row.sense], row.people) for row in counted]
