"""Items that somebody keeps at hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from api.desk.tables import favourites
from corpora.order import by_code_point
from corpora.types import KnowledgeItem, SubLibrary

MOST: Final = 200


class TooManyFavourites(Exception):
    """Somebody keeps as many as one can; the message says what to do."""

    code = "too_many_favourites"
    field = "item_id"

    def __init__(self) -> None:
        super().__init__(f"收藏最多 {MOST} 条；请先取消几条不用的")


@dataclass(frozen=True, slots=True)
class Favourite:
    """An item as it was called when it was kept: it may be gone since."""

    item_id: str
    title: str
    sub_library: SubLibrary


def keep(connection: Connection, staff: str, item: KnowledgeItem, now: dt.datetime) -> None:
    """Adds an item, once; ``TooManyFavourites`` where there is no room."""
    columns = favourites.c
    mine = columns.staff == staff
    if connection.execute(select(columns.item_id).where(mine, columns.item_id == item.id)).first():
        return
    count = connection.scalar(select(func.count()).select_from(favourites).where(mine)) or 0
    if count >= MOST:
        raise TooManyFavourites
    connection.execute(
        insert(favourites).values(
            staff=staff,
            item_id=item.id,
            title=item.title,
            sub_library=item.sub_library.value,
            added_at=now,
        )
    )


def let_go(connection: Connection, staff: str, item_id: str) -> None:
    """Takes an item away; one that is not there is no mistake."""
    columns = favourites.c
    connection.execute(delete(favourites).where(columns.staff == staff, columns.item_id == item_id))


def kept_by(connection: Connection, staff: str) -> list[Favourite]:
    """Somebody's favourites, the newest first."""
    columns = favourites.c
    rows = connection.execute(
        select(favourites)
        .where(columns.staff == staff)
        .order_by(columns.added_at.desc(), by_code_point(columns.item_id))
    )
    return [Favourite(row.item_id, row.title, SubLibrary(row.sub_library)) for row in rows]
