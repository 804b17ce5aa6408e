"""The store (知识库的库): every version of every item, template, lexicon and register of regions.

What changes, is dated or retired becomes a new version; nothing is overwritten or deleted. Who and
when come from the caller: there is no clock in here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from sqlalchemy import Connection, Engine, Row, select

from corpora import serial
from corpora.lexicon import Lexicon
from corpora.lookups import Lookups
from corpora.migrations import StoreError, StoreMissing, open_database, reading, writing
from corpora.order import by_code_point
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.tables import (
    ITEMS,
    LEXICON,
    LOOKUPS,
    REGIONS,
    TEMPLATES,
    Changes,
    Content,
    Pen,
    Shelf,
    Signed,
    item_versions,
)
from corpora.types import FieldError, KnowledgeItem
from corpora.versions import ItemVersion
from corpora.windows import State, holding_windows

__all__ = [
    "Changes",
    "ImportReport",
    "KnowledgeParts",
    "State",
    "Store",
    "StoreError",
    "StoreMissing",
    "StoredVersion",
    "UnknownItem",
]

_FETCHED: Final = 500  # rows in memory at a time while all versions are walked
_T = TypeVar("_T")
_One = TypeVar("_One", Lexicon, Regions, Lookups)


class UnknownItem(StoreError):
    """No version of such an item was ever stored."""

    def __init__(self, item_id: str) -> None:
        super().__init__(f"库里没有条目 {item_id!r}；用 zhiku search 查它的编号")
        self.item_id = item_id


class KnowledgeParts(Protocol):
    """What an import takes: anything with these five; items and templates are walked once."""

    @property
    def items(self) -> Iterable[KnowledgeItem]:
        """Every item, each id once."""

    @property
    def templates(self) -> Iterable[PushTemplate]:
        """Every push template, each id once."""

    @property
    def lexicon(self) -> Lexicon:
        """An empty one means that the source has none: the stored one stays."""

    @property
    def regions(self) -> Regions:
        """An empty one means that the source has none: the stored one stays."""

    @property
    def lookups(self) -> Lookups:
        """Empty ones mean that the source has none: the stored ones stay."""


@dataclass(frozen=True, slots=True)
class ImportReport(Changes):
    """What an import did to items, and to assets: ``template:ID``, ``lexicon``, ``regions``, ``lookups``."""

    assets: Changes = field(default_factory=Changes)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as it was written. Of a retirement, ``item`` is what it takes back."""

    item: KnowledgeItem
    version: int
    state: State
    digest: str
    effective_from: dt.date | None
    effective_to: dt.date | None
    author: str
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class _Claim:
    """A row among those that decide which version holds; only a holder's content is read."""

    version: int
    state: State
    effective_from: dt.date | None
    effective_to: dt.date | None
    content: str


class Store:
    """Versions in SQL. Threads may share a store; writers take turns, readers never wait."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """The store at ``url``, made or brought up to date; ``StoreError`` if it cannot be used."""
        return cls(open_database(url, create=create))

    def close(self) -> None:
        """Gives all connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def is_empty(self) -> bool:
        """Whether nothing was ever imported."""
        with reading(self._engine) as connection:
            shelves = (ITEMS, TEMPLATES)  # templates, lexicon and regions share a table
            rows = (connection.execute(select(shelf.id).limit(1)).first() for shelf in shelves)
            return not any(rows)

    def import_knowledge(
        self,
        knowledge: KnowledgeParts,
        *,
        author: str,
        recorded_at: dt.datetime,
        dry_run: bool = False,
        retire_missing: bool = False,
        state: State = State.PUBLISHED,
    ) -> ImportReport:
        """Adds a version of everything that differs from its newest version: all of it or nothing.

        ``retire_missing`` retires what is published but not in ``knowledge``, from the day of
        ``recorded_at`` on. A dry run reports the same and writes nothing.
        """
        signed = Signed(author, recorded_at)
        if state is State.RETIRED:
            raise FieldError("state", "an import publishes or drafts; use retire()")
        if retire_missing and state is State.DRAFT:
            raise FieldError("retire_missing", "a draft takes nothing back")
        parts: list[tuple[Shelf, Iterable[Content]]] = [
            (ITEMS, map(_item_content, knowledge.items)),
            (TEMPLATES, (_content(template.id, template) for template in knowledge.templates)),
            (LEXICON, _only(LEXICON, knowledge.lexicon, Lexicon())),
            (REGIONS, _only(REGIONS, knowledge.regions, Regions())),
            (LOOKUPS, _only(LOOKUPS, knowledge.lookups, Lookups())),
        ]
        with (reading if dry_run else writing)(self._engine) as connection:
            pen = Pen(connection, signed, dry=dry_run)
            items, templates, *singles = (
                pen.add(shelf, contents, state=state, retire_missing=retire_missing)
                for shelf, contents in parts
            )
        assets = sum(singles, templates.under("template:"))
        new, changed, unchanged, retired = items.groups
        return ImportReport(new, changed, unchanged, retired, assets, dry_run)

    def retire(
        self, item_id: str, *, from_date: dt.date, author: str, recorded_at: dt.datetime
    ) -> StoredVersion:
        """Takes an item back from a day on, in a new version; asking twice adds one version only.

        To put a retirement off, publish the item again first: the earlier one would stand.
        """
        signed = Signed(author, recorded_at)
        with writing(self._engine) as connection:
            dated = ITEMS.newest(item_versions.c.effective_from, ids=[item_id])
            newest = connection.execute(dated).first()
            if newest is None:
                raise UnknownItem(item_id)
            if newest.state != State.RETIRED or from_date < newest.effective_from:
                Pen(connection, signed, dry=False).retire(ITEMS, [item_id], from_date)
            elif from_date > newest.effective_from:
                raise StoreError(
                    f"条目 {item_id!r} 已从 {newest.effective_from} 起停用，"
                    f"不能改晚到 {from_date}；先重新导入这个条目，再停用"
                )
            return _versions(connection, item_id)[-1]

    def versions(self, item_id: str) -> list[StoredVersion]:
        """Every version of an item, oldest first; none for an unknown id."""
        with reading(self._engine) as connection:
            return _versions(connection, item_id)

    def iterate_held_versions(self, day: dt.date | None = None) -> Iterator[ItemVersion]:
        """``held_versions`` one by one, in constant memory; with ``day``, those that hold then."""
        columns = item_versions.c
        rows = (
            select(item_versions)
            .where(columns.state != State.DRAFT.value)
            .order_by(by_code_point(columns.item_id), columns.version)
            .execution_options(yield_per=_FETCHED)
        )
        with reading(self._engine) as connection:
            for item_id, group in groupby(connection.execute(rows), key=lambda row: row.item_id):
                for claim, start, end in holding_windows(map(_claim, group)):
                    if day is None or start <= day <= end:
                        item = _readable(serial.item_from, claim.content, f"条目 {item_id!r}")
                        yield ItemVersion(item, claim.version, start, end)

    def held_versions(self) -> tuple[ItemVersion, ...]:
        """Every published version with the days on which it holds, once per window."""
        return tuple(self.iterate_held_versions())

    def valid_on(self, day: dt.date) -> list[ItemVersion]:
        """The version of each item that holds on ``day``; an item without one is not among them."""
        return list(self.iterate_held_versions(day))

    def templates(self) -> tuple[PushTemplate, ...]:
        """The newest published version of each template that is not retired, by id."""
        return self._assets(TEMPLATES, serial.template_from)

    def template_versions(self) -> dict[str, int]:
        """The version of each of ``templates``."""
        with reading(self._engine) as connection:
            rows = connection.execute(TEMPLATES.published())
            return {row.id: row.version for row in rows}

    def lexicon(self) -> Lexicon:
        """The newest published lexicon, or an empty one."""
        return next(iter(self._assets(LEXICON, serial.lexicon_from)), Lexicon())

    def regions(self) -> Regions:
        """The newest published register, or an empty one."""
        return next(iter(self._assets(REGIONS, serial.regions_from)), Regions())

    def lookups(self) -> Lookups:
        """The newest published common look-ups, or none."""
        return next(iter(self._assets(LOOKUPS, serial.lookups_from)), Lookups())

    def _assets(self, shelf: Shelf, read: Callable[[str], _T]) -> tuple[_T, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(shelf.published(shelf.table.c.content))
            return tuple(_readable(read, row.content, f"{shelf.label} {row.id!r}") for row in rows)


def _content(row_id: str, value: serial.Kept) -> Content:
    try:
        return Content(row_id, serial.dump(value).decode())
    except ValueError as error:  # half of a surrogate pair, for example
        raise StoreError(f"{row_id!r} 里有不能存成 JSON 的字符：{error}") from error


def _item_content(item: KnowledgeItem) -> Content:
    dates = {"effective_from": item.effective_from, "effective_to": item.effective_to}
    return replace(_content(item.id, item), dates=dates)


def _only(shelf: Shelf, value: _One, empty: _One) -> list[Content]:
    """The one asset of its kind, whose id is the name of the kind; nothing where it is empty."""
    return [] if value == empty else [_content(shelf.fixed["kind"], value)]


def _versions(connection: Connection, item_id: str) -> list[StoredVersion]:
    rows = select(item_versions).where(item_versions.c.item_id == item_id)
    return [_stored(row) for row in connection.execute(rows.order_by(item_versions.c.version))]


def _stored(row: Row[Any]) -> StoredVersion:
    return StoredVersion(
        item=_readable(serial.item_from, row.content, f"条目 {row.item_id!r}"),
        version=row.version,
        state=State(row.state),
        digest=row.digest,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        author=row.author,
        recorded_at=row.recorded_at,
    )


def _claim(row: Row[Any]) -> _Claim:
    return _Claim(row.version, State(row.state), row.effective_from, row.effective_to, row.content)


def _readable(read: Callable[[str], _T], content: str, what: str) -> _T:
    """Content that this program wrote reads back; what another hand wrote is named, not traced."""
    try:
        return read(content)
    except ValueError as error:
        raise StoreError(f"库里{what}的内容读不出来；从备份恢复，或重新导入：{error}") from error
