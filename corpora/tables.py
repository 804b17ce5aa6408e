"""The tables of knowledge, what every kind of version is asked, and the pen that adds rows.

Rows are only ever added: no statement here updates or deletes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    TypeDecorator,
    func,
    insert,
    select,
)

from corpora.order import by_code_point
from corpora.types import FieldError
from corpora.windows import State

_BATCH: Final = 500  # bound parameters of one statement stay far below every database's limit

_T = TypeVar("_T")

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


class UtcTimestamp(TypeDecorator[dt.datetime]):
    """A moment, always in UTC: SQLite forgets time zones, so it must never be given another one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To UTC."""
        return value and value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """From UTC, whether the database kept the zone or not."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class AssetKind(StrEnum):
    """What is versioned beside the items; of a lexicon, a register and the look-ups there is only one."""

    TEMPLATE = "template"
    LEXICON = "lexicon"
    REGIONS = "regions"
    LOOKUPS = "lookups"


def _version_columns() -> tuple[Column[Any] | CheckConstraint, ...]:
    """The columns of a version of anything; content is text, so that its digest can be checked."""
    return (
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("state", String(16), nullable=False),
        Column("content", Text, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("author", Text, nullable=False),
        Column("recorded_at", UtcTimestamp, nullable=False),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("state IN ('draft', 'published', 'retired')", name="state"),
    )


item_versions: Final = Table(
    "item_versions",
    metadata,
    Column("item_id", String(80), primary_key=True),
    *_version_columns(),
    Column("effective_from", Date),
    Column("effective_to", Date),
    # what was recorded since a moment is asked for without reading all contents
    Index("ix_item_versions_recorded_at", "recorded_at"),
)

assets: Final = Table(
    "assets",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("id", String(80), primary_key=True),
    *_version_columns(),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the versions of one kind of thing stand; ``fixed`` columns tell kinds apart."""

    table: Table
    id: Column[Any]
    label: str
    fixed: Mapping[str, str] = field(default_factory=dict)

    @property
    def mine(self) -> list[ColumnElement[bool]]:
        """The condition that keeps to this shelf."""
        return [self.table.c[name] == value for name, value in self.fixed.items()]

    def newest(
        self,
        *columns: Column[Any],
        ids: Sequence[str] | None = None,
        states: Sequence[State] = tuple(State),
    ) -> Select[Any]:
        """``id``, ``version``, ``state`` and ``digest`` (and ``columns``) of each newest version.

        Versions in other ``states`` are looked through, not looked at.
        """
        table = self.table
        top = select(self.id.label("id"), func.max(table.c.version).label("version"))
        top = top.where(*self.mine, table.c.state.in_([state.value for state in states]))
        if ids is not None:
            top = top.where(self.id.in_(ids))
        highest = top.group_by(self.id).subquery()
        return (
            select(self.id.label("id"), table.c.version, table.c.state, table.c.digest, *columns)
            .join(highest, (self.id == highest.c.id) & (table.c.version == highest.c.version))
            .where(*self.mine)
            .order_by(by_code_point(self.id))
        )

    def published(self, *columns: Column[Any]) -> Select[Any]:
        """The newest versions that stand: drafts are looked through, a retirement ends the line."""
        told = self.newest(*columns, states=(State.PUBLISHED, State.RETIRED))
        return told.where(self.table.c.state == State.PUBLISHED.value)


ITEMS: Final = Shelf(item_versions, item_versions.c.item_id, "条目")
TEMPLATES: Final = Shelf(assets, assets.c.id, "模板", {"kind": AssetKind.TEMPLATE.value})
LEXICON: Final = Shelf(assets, assets.c.id, "词典", {"kind": AssetKind.LEXICON.value})
REGIONS: Final = Shelf(assets, assets.c.id, "地区表", {"kind": AssetKind.REGIONS.value})
LOOKUPS: Final = Shelf(assets, assets.c.id, "常用查询", {"kind": AssetKind.LOOKUPS.value})


@dataclass(frozen=True, slots=True)
class Signed:
    """Who wrote and when; every row of one import bears the same."""

    author: str
    recorded_at: dt.datetime

    def __post_init__(self) -> None:
        if not self.author.strip():
            raise FieldError("author", "is empty; a version needs the name of who made it")
        if self.recorded_at.tzinfo is None:
            raise FieldError("recorded_at", f"{self.recorded_at} has no time zone")


@dataclass(frozen=True, slots=True)
class Content:
    """What a new version would hold; ``dates`` are columns that only items have."""

    id: str
    text: str
    dates: Mapping[str, dt.date | None] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the text: comparing with it needs no old content in memory."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids by what an import did (or, dry, would do) to them, in the order of the source."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The four in the order of the fields."""
        return self.new, self.changed, self.unchanged, self.retired

    def __add__(self, other: Changes) -> Changes:
        pairs = zip(self.groups, other.groups, strict=True)
        return Changes(*(mine + theirs for mine, theirs in pairs))

    def under(self, prefix: str) -> Changes:
        """The same with ids that tell one kind from another."""
        return Changes(*(tuple(prefix + row_id for row_id in group) for group in self.groups))


@dataclass(frozen=True, slots=True)
class Pen:
    """Adds versions in one transaction; a dry pen only says what it would add."""

    connection: Connection
    signed: Signed
    dry: bool

    def add(
        self, shelf: Shelf, contents: Iterable[Content], *, state: State, retire_missing: bool
    ) -> Changes:
        """A version of each content that differs from its newest version."""
        seen: set[str] = set()
        new: list[str] = []
        changed: list[str] = []
        unchanged: list[str] = []
        for batch in _batches(contents):
            ids = [content.id for content in batch]
            for row_id in ids:
                if row_id in seen:
                    raise FieldError("id", f"{shelf.label} {row_id!r} 在导入的知识里出现多次")
                seen.add(row_id)
            held = {row.id: row for row in self.connection.execute(shelf.newest(ids=ids))}
            rows = []
            for content in batch:
                newest = held.get(content.id)
                if newest is not None and _says(newest, content, state):
                    unchanged.append(content.id)
                    continue
                (changed if newest is not None else new).append(content.id)
                rows.append(self._row(shelf, content, state, newest.version if newest else 0))
            self._insert(shelf, rows)
        missing = self._missing(shelf, seen) if retire_missing else []
        self.retire(shelf, missing, self.signed.recorded_at.date())
        return Changes(tuple(new), tuple(changed), tuple(unchanged), tuple(missing))

    def retire(self, shelf: Shelf, ids: Sequence[str], from_date: dt.date) -> None:
        """A retirement of each id, with the content of what it takes back."""
        dated = "effective_from" in shelf.table.c
        dates = {"effective_from": from_date, "effective_to": None} if dated else {}
        for batch in _batches(ids):
            newest = shelf.newest(shelf.table.c.content, ids=batch)
            rows = [
                self._row(shelf, Content(row.id, row.content, dates), State.RETIRED, row.version)
                for row in self.connection.execute(newest)
            ]
            self._insert(shelf, rows)

    def _missing(self, shelf: Shelf, seen: set[str]) -> list[str]:
        published = self.connection.execute(shelf.published())
        return [row.id for row in published if row.id not in seen]

    def _row(self, shelf: Shelf, content: Content, state: State, after: int) -> dict[str, Any]:
        return {
            **shelf.fixed,
            **content.dates,
            shelf.id.name: content.id,
            "version": after + 1,
            "state": state.value,  # drivers differ in how they write an enum
            "content": content.text,
            "digest": content.digest,
            "author": self.signed.author,
            "recorded_at": self.signed.recorded_at,
        }

    def _insert(self, shelf: Shelf, rows: list[dict[str, Any]]) -> None:
        if rows and not self.dry:
            self.connection.execute(insert(shelf.table), rows)


def _says(newest: Any, content: Content, state: State) -> bool:
    """Whether ``newest`` is what would be added; a draft of what is published adds nothing."""
    standing = (state, State.PUBLISHED) if state is State.DRAFT else (state,)
    return newest.digest == content.digest and newest.state in standing


def _batches(values: Iterable[_T]) -> Iterator[list[_T]]:
    walk = iter(values)
    while batch := list(islice(walk, _BATCH)):
        yield batch
