"""Builders with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from corpora.lexicon import Lexicon
from corpora.lookups import Lookups
from corpora.push_template import Placeholder, PlaceholderType, Purpose, PushChannel, PushTemplate
from corpora.push_template import Situation as PushSituation
from corpora.regions import NamedRegion, Regions
from corpora.store import ImportReport, State, Store
from corpora.types import Facet, FacetKind, KnowledgeItem, SubLibrary

BEIJING = dt.timezone(dt.timedelta(hours=8))
NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=BEIJING)
YUNJIANG = Regions((NamedRegion("yj", "云江省"), NamedRegion("yj/yundu", "云都市")))


@dataclass(frozen=True, slots=True)
class Parts:
    """What an import takes, with items that may be a generator."""

    items: Iterable[KnowledgeItem] = ()
    templates: tuple[PushTemplate, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    regions: Regions = field(default_factory=Regions)
    lookups: Lookups = field(default_factory=Lookups)


@dataclass(frozen=True, slots=True)
class MadeClaim:
    version: int
    state: State
    effective_from: dt.date | None
    effective_to: dt.date | None


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def make_item(
    item_id: str = "broadband-move",
    title: str = "宽带移机",
    *,
    effective_from: str = "",
    effective_to: str = "",
) -> KnowledgeItem:
    return KnowledgeItem(
        id=item_id,
        title=title,
        sub_library=SubLibrary.BUSINESS,
        facets=(Facet(FacetKind.OPEN, "营业厅办理移机", "带身份证到营业厅就能办"),),
        effective_from=day(effective_from) if effective_from else None,
        effective_to=day(effective_to) if effective_to else None,
    )


def make_items(count: int, title: str = "套餐") -> list[KnowledgeItem]:
    return [make_item(f"plan-{n:05d}", f"{title}{n}") for n in range(count)]


def make_template(
    template_id: str = "move-notice", body: str = "移机费{{ fee }}元"
) -> PushTemplate:
    return PushTemplate(
        id=template_id,
        title="移机提醒",
        channel=PushChannel.SMS,
        purpose=Purpose.NOTICE,
        situation=PushSituation.AFTER,
        body=body,
        placeholders=(Placeholder("fee", PlaceholderType.MONEY),),
    )


def publish(store: Store, *items: KnowledgeItem, state: State = State.PUBLISHED) -> ImportReport:
    return store.import_knowledge(Parts(items), author="李工", recorded_at=NOW, state=state)


def told(store: Store, item_id: str = "broadband-move") -> list[tuple[int, str, str]]:
    """Version, state and title of every version."""
    return [(v.version, v.state.value, v.item.title) for v in store.versions(item_id)]


def held(store: Store) -> list[tuple[str, str, str]]:
    """Key and days of every held version, open ends as "…"."""

    def shown(date: dt.date) -> str:
        return "…" if date in (dt.date.min, dt.date.max) else date.isoformat()

    return [(v.key, shown(v.valid_from), shown(v.valid_to)) for v in store.held_versions()]
