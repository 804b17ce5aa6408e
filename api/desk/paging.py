"""Pages of what is kept, the newest first: what comes in meanwhile moves nothing that was not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Connection, Select, select

from corpora.order import by_code_point

T = TypeVar("T")


class UnknownPage(Exception):
    """Nothing has the id that a page should go on after."""

    code = "unknown_page"
    field = "after"

    def __init__(self) -> None:
        super().__init__("没有这个编号；after 请用上一页的 next，或从头翻起")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list; ``next`` is the id to go on after, empty on the last page."""

    rows: tuple[T, ...]
    next: str


def page_of(
    connection: Connection,
    asked: Select[Any],
    moment: Column[Any],
    row_id: Column[Any],
    limit: int,
    after: str,
    read: Callable[[Any], T],
) -> Page[T]:
    """``limit`` rows of ``asked`` from behind the row ``after``, by moment and then by id."""
    if after:
        last = connection.execute(select(moment, row_id).where(row_id == after)).first()
        if last is None:
            raise UnknownPage
        at, same = last
        asked = asked.where((moment < at) | ((moment == at) & (by_code_point(row_id) < same)))
    found = connection.execute(
        asked.order_by(moment.desc(), by_code_point(row_id).desc()).limit(limit + 1)
    ).all()
    shown = found[:limit]
    return Page(
        tuple(read(row) for row in shown),
        str(shown[-1]._mapping[row_id.name]) if len(found) > limit else "",
    )
