"""The items of one embedded version: parsed when they are asked for, filtered without parsing."""

from __future__ import annotations

import datetime as dt
import mmap
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from corpora import serial
from corpora.types import SubLibrary
from corpora.versions import ItemVersion
from retriever.filters import Filter
from retriever.kept import Kept

_ITEMS_KEPT: Final = 8192  # as many as the retriever keeps names of, which hold their items anyway


@dataclass(frozen=True, slots=True)
class _HeldEntry:
    """Where an item version lies in the items file, and what filters need without reading it."""

    item_id: str
    version: int
    family: str
    library: str
    region: str
    sale: str
    audience_level: int
    valid_from: dt.date
    valid_to: dt.date
    start: int
    end: int

    def passes(self, wanted: Filter) -> bool:
        return (
            self.valid_from <= wanted.as_of <= self.valid_to
            and self.audience_level <= wanted.audience.level
            and (not wanted.libraries or SubLibrary(self.library) in wanted.libraries)
            and (not wanted.sale_statuses or self.sale in wanted.sale_statuses)
            and wanted.allows_region(self.region)
        )

    @property
    def depth(self) -> int:
        """0 everywhere, 1 province, 2 city, 3 hall."""
        return self.region.count("/") + 1 if self.region else 0


class HeldItems:
    """Item versions by id, family and code."""

    def __init__(self, path: Path) -> None:
        self._items = mapped(path / "items.jsonl")
        self._of_item: dict[str, list[_HeldEntry]] = defaultdict(list)
        self._of_family: dict[str, list[_HeldEntry]] = defaultdict(list)
        for line in (path / "item_index.jsonl").read_bytes().splitlines():
            raw = orjson.loads(line)
            for field in ("valid_from", "valid_to"):
                raw[field] = dt.date.fromisoformat(raw[field])
            entry = _HeldEntry(**raw)
            self._of_item[entry.item_id].append(entry)
            self._of_family[entry.family].append(entry)
        self._codes: dict[str, list[str]] = orjson.loads((path / "codes.json").read_bytes())
        self._parsed: Kept[ItemVersion] = Kept(_ITEMS_KEPT)

    def _held(self, entry: _HeldEntry) -> ItemVersion:
        def parse() -> ItemVersion:
            item = serial.item_from(self._items[entry.start : entry.end])
            return ItemVersion(item, entry.version, entry.valid_from, entry.valid_to)

        return self._parsed.get((entry.item_id, entry.version, entry.valid_from), parse)

    def items(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        """The version of each item that passes, in the order given."""
        return [
            self._held(entry)
            for item_id in item_ids
            for entry in self._of_item.get(item_id, ())
            if entry.passes(wanted)
        ]

    def family(self, families: Sequence[str], wanted: Filter) -> dict[str, list[ItemVersion]]:
        """The members of each family that pass, most local first."""
        members: dict[str, list[ItemVersion]] = {}
        for family in families:
            entries = [entry for entry in self._of_family.get(family, ()) if entry.passes(wanted)]
            entries.sort(key=lambda entry: (-entry.depth, entry.item_id))
            members[family] = [self._held(entry) for entry in entries]
        return members

    def by_code(self, code: str, wanted: Filter) -> list[ItemVersion]:
        """The items with this code or screen that pass."""
        return self.items(self._codes.get(code.upper(), []), wanted)

    def close(self) -> None:
        """Releases the items file."""
        unmap(self._items)


def mapped(path: Path) -> mmap.mmap | bytes:
    """A file's bytes, mapped; an empty file cannot be mapped."""
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def unmap(held: mmap.mmap | bytes) -> None:
    """Releases what ``mapped`` gave."""
    if isinstance(held, mmap.mmap):
        held.close()
