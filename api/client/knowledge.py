"""What the service finds: hits, cards, items, charges. Kinds, outcomes and channels are plain strings: more may come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.client.answers import Action, Fact, ItemHead, Related, Tip
from api.client.shapes import Shape, called


@dataclass(frozen=True, slots=True)
class Snippet(Shape):
    """The words that fit; ``spans`` are to be highlighted, in characters."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit(Shape):
    """An item that fits a question; ``explain`` only where it was asked for."""

    item_id: str
    title: str
    sub_library: str
    score: float
    snippet: Snippet
    facet: str | None
    sale_status: str
    effective_from: dt.date | None
    effective_to: dt.date | None
    region: str | None
    reasons: tuple[str, ...]
    explain: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SearchPage(Shape):
    """Hits, the best first; ``degraded`` lists what was not done in time."""

    hits: tuple[Hit, ...]
    took_ms: float
    degraded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion(Shape):
    """A completion of what was typed."""

    text: str
    kind: str
    item_id: str
    title: str
    sub_library: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Suggestions(Shape):
    """Completions, the likeliest first."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Facet(Shape):
    """One side of an item: words for customers, steps, words for staff."""

    kind: str
    label: str
    audience: str
    customer: str | None
    steps: tuple[str, ...]
    questions: tuple[str, ...]
    official: str | None


@dataclass(frozen=True, slots=True)
class Card(Shape):
    """What is known of a product code; only ``code`` where nothing is (``found`` is false)."""

    code: str
    found: bool
    item: ItemHead | None = None
    short: str = ""
    facets: tuple[Facet, ...] = ()
    tips: tuple[Tip, ...] = ()
    actions: tuple[Action, ...] = ()
    templates: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Cards(Shape):
    """A card for each code, in the order asked."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class HelpItem(Shape):
    """How something is done on a screen."""

    item: ItemHead
    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Help(Shape):
    """What there is about a screen."""

    screen: str
    items: tuple[HelpItem, ...]


@dataclass(frozen=True, slots=True)
class Item(Shape):
    """An item as far as the reader may see it; tariff, device and others are in ``raw``."""

    item: ItemHead
    similar_questions: tuple[str, ...]
    aliases: tuple[str, ...]
    must_say: bool
    facets: tuple[Facet, ...]
    actions: tuple[Action, ...]
    templates: tuple[str, ...]
    related: tuple[Related, ...]
    tariff: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Calculation(Shape):
    """A charge in yuan, its formula, and the fields of the tariff that went into it."""

    item: str
    title: str
    version: int
    calculation: str
    charge: float
    formula: str
    words: str
    notes: tuple[str, ...]
    facts: tuple[Fact, ...]
    comparison: Mapping[str, Any] | None = None
    sources: tuple[str, ...] = called("from")


@dataclass(frozen=True, slots=True)
class Ready(Shape):
    """What serves; ``problem`` says why the newest version does not."""

    status: str
    index_version: str
    encoder: str
    items: int
    passages: int
    problem: str | None
