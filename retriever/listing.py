"""Everything that holds for a reader, as a list to browse: what it is called, where it belongs, its days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeVar

from corpora.types import KnowledgeItem, SaleStatus, SubLibrary
from corpora.versions import ItemVersion
from retriever.backends.protocol import Searcher
from retriever.filters import Filter
from retriever.kept import Kept

_KEPT: Final = 16  # days and readers at a time
_BATCH: Final = 1_000  # items in memory at a time: rows are kept, items are not
_WITHOUT: Final = "其他"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed:
    """A version of an item that holds, as a line of a list; ``order`` sorts it by its name."""

    item_id: str
    version: int
    title: str
    sub_library: SubLibrary
    category: str
    sale_status: SaleStatus
    region: str
    family: str
    valid_from: dt.date
    valid_to: dt.date
    order: tuple[str, str, str]

    @property
    def depth(self) -> int:
        """0 everywhere, 1 province, 2 city, 3 hall."""
        return self.region.count("/") + 1 if self.region else 0


def category_of(item: KnowledgeItem) -> str:
    """What an item is grouped by: a device's kind, else the department that answers for it.

    These are the only groups that items are written with: tags are on few of them, and overlap.
    """
    return item.device.kind.label if item.device is not None else item.owner or _WITHOUT


class Lister:
    """Lists one version; what was listed lately is kept."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._kept: Kept[tuple[Listed, ...]] = Kept(_KEPT)

    def listed(self, wanted: Filter) -> tuple[Listed, ...]:
        """Everything that holds under the filter, by pinyin of its title, then title and id.

        For a reader in a region there is one item of a family: the most local one.
        """
        everything = replace(wanted, libraries=frozenset())
        rows = self._kept.get(everything, lambda: self._list(everything))
        return tuple(
            row for row in rows if not wanted.libraries or row.sub_library in wanted.libraries
        )

    def _list(self, wanted: Filter) -> tuple[Listed, ...]:
        pinyin = {
            (line.item_id, line.version): line.pinyin
            for line in self._searcher.suggestions()
            if line.kind == "title"
        }
        rows = [
            row_of(held, pinyin.get((held.item.id, held.version), ""))
            for ids in _batches(sorted({item_id for item_id, _ in pinyin}))
            for held in self._searcher.items(ids, wanted)
        ]
        shown = rows if wanted.region is None else _most_local(rows)
        return tuple(sorted(shown, key=lambda row: row.order))


def row_of(held: ItemVersion, pinyin: str = "") -> Listed:
    """A version as a line of a list."""
    item = held.item
    return Listed(
        item_id=item.id,
        version=held.version,
        title=item.title,
        sub_library=item.sub_library,
        category=category_of(item),
        sale_status=item.sale_status,
        region=item.region.path if item.region else "",
        family=item.family,
        valid_from=held.valid_from,
        valid_to=held.valid_to,
        order=(pinyin, item.title, item.id),
    )


def _most_local(rows: Sequence[Listed]) -> list[Listed]:
    best: dict[str, Listed] = {}
    for row in sorted(rows, key=lambda row: (-row.depth, row.item_id)):
        best.setdefault(row.family, row)
    return list(best.values())


def _batches(values: Sequence[T]) -> Iterator[list[T]]:
    walk = iter(values)
    while batch := list(islice(walk, _BATCH)):
        yield batch
