"""The items of one version: filtered by what is known of each, read and parsed when asked for."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from corpora import serial
from corpora.types import SubLibrary
from corpora.versions import ItemVersion
from retriever.filters import Filter
from retriever.kept import Kept

_ITEMS_KEPT: Final = 8192  # as many as the retriever keeps names of, which hold their items anyway


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """What filters need of an item version; ``start`` and ``end`` say where it lies in a file."""

    item_id: str
    version: int
    family: str
    library: str
    region: str
    sale: str
    audience_level: int
    valid_from: dt.date
    valid_to: dt.date
    start: int = 0
    end: int = 0

    @staticmethod
    def from_json(line: bytes) -> HeldEntry:
        """One line of a version's index of items."""
        raw = orjson.loads(line)
        for field in ("valid_from", "valid_to"):
            raw[field] = dt.date.fromisoformat(raw[field])
        return HeldEntry(**raw)

    @property
    def key(self) -> tuple[str, int, dt.date]:
        """What tells it from every other: a version may hold in two spans of time."""
        return (self.item_id, self.version, self.valid_from)

    def passes(self, wanted: Filter) -> bool:
        """Whether it holds under the filter."""
        return (
            wanted.allows_span(self.valid_from, self.valid_to)
            and self.audience_level <= wanted.audience.level
            and (not wanted.libraries or SubLibrary(self.library) in wanted.libraries)
            and (not wanted.sale_statuses or self.sale in wanted.sale_statuses)
            and wanted.allows_region(self.region)
        )

    @property
    def depth(self) -> int:
        """0 everywhere, 1 province, 2 city, 3 hall."""
        return self.region.count("/") + 1 if self.region else 0


Read: TypeAlias = Callable[[Sequence[HeldEntry]], Iterable[bytes | str]]
"""Reads the JSON of some items, in the order given."""


class HeldItems:
    """Item versions by id, family and code; ``read`` is asked for those that were not seen lately."""

    def __init__(
        self, entries: Iterable[HeldEntry], codes: Mapping[str, Sequence[str]], read: Read
    ) -> None:
        self._of_item: dict[str, list[HeldEntry]] = defaultdict(list)
        self._of_family: dict[str, list[HeldEntry]] = defaultdict(list)
        for entry in entries:
            self._of_item[entry.item_id].append(entry)
            self._of_family[entry.family].append(entry)
        for versions in self._of_item.values():
            versions.sort(key=lambda entry: entry.valid_from)
        self._codes = codes
        self._read = read
        self._parsed: Kept[ItemVersion] = Kept(_ITEMS_KEPT)

    def _held(self, entries: Sequence[HeldEntry]) -> dict[tuple[str, int, dt.date], ItemVersion]:
        by_key = {entry.key: entry for entry in entries}

        def parse(keys: list[tuple[str, int, dt.date]]) -> dict[object, ItemVersion]:
            missing = [by_key[key] for key in keys]
            return {
                entry.key: ItemVersion(
                    serial.item_from(raw), entry.version, entry.valid_from, entry.valid_to
                )
                for entry, raw in zip(missing, self._read(missing), strict=True)
            }

        return self._parsed.get_many(list(by_key), parse)

    def items(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        """The versions of each item that pass, in the order given: on one day there is at most one."""
        entries = [
            entry
            for item_id in item_ids
            for entry in self._of_item.get(item_id, ())
            if entry.passes(wanted)
        ]
        held = self._held(entries)
        return [held[entry.key] for entry in entries]

    def family(self, families: Sequence[str], wanted: Filter) -> dict[str, list[ItemVersion]]:
        """The members of each family that pass, most local first."""
        members: dict[str, list[HeldEntry]] = {}
        for family in families:
            entries = [entry for entry in self._of_family.get(family, ()) if entry.passes(wanted)]
            members[family] = sorted(
                entries, key=lambda entry: (-entry.depth, entry.item_id, entry.valid_from)
            )
        held = self._held([entry for entries in members.values() for entry in entries])
        return {
            family: [held[entry.key] for entry in entries] for family, entries in members.items()
        }

    def by_code(self, code: str, wanted: Filter) -> list[ItemVersion]:
        """The items with this code or screen that pass."""
        return self.items(self._codes.get(code.upper(), []), wanted)
