"""What has been read of a table, on disk until all of it is known to be sound."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from types import TracebackType
from typing import Any, Final, Self

from corpora import serial
from corpora.types import KnowledgeItem

_CACHE_KIB: Final = 32_000


@dataclass(frozen=True, slots=True)
class ChildRow:
    """A row that belongs to an item: its sheet, its number, and its fields."""

    sheet: str
    row: int
    fields: dict[str, Any]
    bad: frozenset[int] = frozenset()


class Staging:
    """Rows and items in an unnamed database that vanishes with the process, even a killed one."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            f"PRAGMA cache_size = -{_CACHE_KIB}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE child (key TEXT, sheet TEXT, row INTEGER, content BLOB);"
            "CREATE TABLE item (id TEXT, content BLOB, origin BLOB);"
            "BEGIN;"
        )
        self.count = 0
        self._indexed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add_child(self, key: str, child: ChildRow) -> None:
        """Keeps a row until its item is read."""
        content = pickle.dumps((child.fields, child.bad), pickle.HIGHEST_PROTOCOL)
        self._database.execute(
            "INSERT INTO child VALUES (?, ?, ?, ?)", (key, child.sheet, child.row, content)
        )

    def index_children(self) -> None:
        """To be called when all rows are in, before the first look-up."""
        self._database.execute("CREATE INDEX child_key ON child (key)")

    def children(self, key: str) -> list[ChildRow]:
        """The rows of an item, by sheet and row."""
        rows = self._database.execute(
            "SELECT sheet, row, content FROM child WHERE key = ? ORDER BY sheet, row", (key,)
        )
        return [ChildRow(sheet, row, *pickle.loads(content)) for sheet, row, content in rows]

    def child_keys(self) -> Iterator[tuple[str, str, int, int]]:
        """Every key with its first sheet and row, and how many rows name it."""
        return iter(
            self._database.execute(
                "SELECT key, sheet, MIN(row), COUNT(*) FROM child GROUP BY key, sheet "
                "ORDER BY sheet, MIN(row)"
            )
        )

    def add_item(self, item: KnowledgeItem, origin: object) -> None:
        """Keeps an item, and what tells where it came from."""
        self._database.execute(
            "INSERT INTO item VALUES (?, ?, ?)",
            (item.id, serial.dump(item), pickle.dumps(origin, pickle.HIGHEST_PROTOCOL)),
        )
        self.count += 1

    def items(self) -> Iterator[KnowledgeItem]:
        """The items in the order in which they came."""
        for (content,) in self._database.execute("SELECT content FROM item ORDER BY rowid"):
            yield serial.item_from(content)

    def origin(self, item_id: str) -> Any:
        """What was kept with an item."""
        if not self._indexed:
            self._database.execute("CREATE INDEX item_id ON item (id)")
            self._indexed = True
        found = self._database.execute("SELECT origin FROM item WHERE id = ?", (item_id,))
        return pickle.loads(found.fetchone()[0])


def by_sheet(children: list[ChildRow]) -> dict[str, list[ChildRow]]:
    """Rows of one item by the name of their sheet."""
    return {name: list(rows) for name, rows in groupby(children, key=lambda child: child.sheet)}
