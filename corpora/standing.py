"""What stands in the store before an import: what an import refers to and is compared with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine, func, select

from corpora import serial
from corpora.knowledge import PriceRow
from corpora.lexicon import Lexicon
from corpora.migrations import StoreMissing, open_database, reading
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.store import Store
from corpora.tables import ITEMS, item_versions
from corpora.types import Audience, Facet, FacetKind, KnowledgeItem, Tariff
from corpora.windows import State

_FETCHED: Final = 500
_STUB: Final = (Facet(FacetKind.OVERVIEW, "—", audience=Audience.INTERNAL),)
_STANDING: Final = (State.DRAFT, State.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of an item, with its content unread."""

    item_id: str
    state: State
    digest: str
    content: str

    @property
    def item(self) -> KnowledgeItem:
        """What it says."""
        return serial.item_from(self.content)


class Standing:
    """The newest versions that are not retired; of a store that is not there, none."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine
        self._store = None if engine is None else Store(engine)

    @classmethod
    def open(cls, url: str) -> Self:
        """What stands in the store at ``url``; nothing is made where there is none."""
        try:
            return cls(open_database(url, create=False))
        except StoreMissing:
            return cls(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def count(self) -> int:
        """How many items the store knows, retired ones included."""
        if self._engine is None:
            return 0
        with reading(self._engine) as connection:
            ids = select(func.count(func.distinct(item_versions.c.item_id)))
            return int(connection.execute(ids).scalar_one())

    def items(self) -> Iterator[KnowledgeItem]:
        """Each item that stands, one by one; a draft counts more than what it will replace."""
        if self._engine is None:
            return
        newest = ITEMS.newest(item_versions.c.content).execution_options(yield_per=_FETCHED)
        with reading(self._engine) as connection:
            for row in connection.execute(newest):
                if row.state != State.RETIRED:
                    yield serial.item_from(row.content)

    def newest(self, ids: Sequence[str]) -> dict[str, Newest]:
        """The newest versions of some items by id, retired ones included."""
        if self._engine is None or not ids:
            return {}
        with reading(self._engine) as connection:
            rows = connection.execute(ITEMS.newest(item_versions.c.content, ids=ids))
            return {r.id: Newest(r.id, State(r.state), r.digest, r.content) for r in rows}

    def regions(self) -> Regions:
        """The register of regions."""
        return self._store.regions() if self._store else Regions()

    def templates(self) -> tuple[PushTemplate, ...]:
        """The push templates."""
        return self._store.templates() if self._store else ()

    def lexicon(self) -> Lexicon:
        """The lexicon."""
        return self._store.lexicon() if self._store else Lexicon()


def quoted_prices(items: Iterable[KnowledgeItem]) -> Mapping[str, PriceRow]:
    """The price book as far as items quote it: of each key, what most of them say it costs."""
    said: dict[str, Counter[Tariff]] = defaultdict(Counter)
    for item in items:
        if item.tariff is not None and item.tariff.price_book:
            said[item.tariff.price_book][item.tariff] += 1
    return {key: PriceRow(key, key, count.most_common(1)[0][0]) for key, count in said.items()}


def thin(item: KnowledgeItem) -> KnowledgeItem:
    """An item without its texts: what the checks across very many items need, in little memory."""
    return replace(
        item,
        facets=_STUB,
        similar_questions=(),
        brands=(),
        tariff=None,
        device=None,
        attachments=(),
        tags=(),
        suited_to="",
        at_end="",
        identity_check="",
        handling_time="",
    )


def batches(items: Iterable[KnowledgeItem], size: int = _FETCHED) -> Iterator[list[KnowledgeItem]]:
    """Items in lists of at most ``size``."""
    walk = iter(items)
    while batch := list(islice(walk, size)):
        yield batch
