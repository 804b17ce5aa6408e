"""Everything that an operator has written down, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpora.lexicon import Lexicon
from corpora.lookups import Lookups
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.touchpoints import ChannelRow, Hall
from corpora.types import KnowledgeItem, Tariff


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A row of the price book: the product's name and what it costs."""

    key: str
    name: str
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Items, push templates and what both refer to, in the order of their files."""

    items: tuple[KnowledgeItem, ...] = ()
    templates: tuple[PushTemplate, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    regions: Regions = field(default_factory=Regions)
    price_book: Mapping[str, PriceRow] = field(default_factory=dict)
    halls: tuple[Hall, ...] = ()
    channels: tuple[ChannelRow, ...] = ()
    lookups: Lookups = field(default_factory=Lookups)
