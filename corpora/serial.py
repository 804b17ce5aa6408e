"""Domain values ↔ JSON, checked both ways. The one place that knows pydantic's adapters."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from corpora.lexicon import Lexicon
from corpora.lookups import Lookups
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.types import KnowledgeItem

Kept: TypeAlias = KnowledgeItem | PushTemplate | Lexicon | Regions | Lookups
"""What is kept as JSON."""


@lru_cache(maxsize=16)
def adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """The adapter of one of our frozen types."""
    return TypeAdapter(kind)


def dump(value: Kept) -> bytes:
    """Compact JSON without the fields that have their default; equal values give equal bytes."""
    kind: Any = type(value)
    return adapter(kind).dump_json(value, exclude_defaults=True)


def item_from(raw: bytes | str) -> KnowledgeItem:
    """An item from the JSON that ``dump`` wrote."""
    item: KnowledgeItem = adapter(KnowledgeItem).validate_json(raw)
    return item


def template_from(raw: bytes | str) -> PushTemplate:
    """A push template from the JSON that ``dump`` wrote."""
    template: PushTemplate = adapter(PushTemplate).validate_json(raw)
    return template


def lexicon_from(raw: bytes | str) -> Lexicon:
    """A lexicon from the JSON that ``dump`` wrote."""
    lexicon: Lexicon = adapter(Lexicon).validate_json(raw)
    return lexicon


def regions_from(raw: bytes | str) -> Regions:
    """A register of regions from the JSON that ``dump`` wrote."""
    regions: Regions = adapter(Regions).validate_json(raw)
    return regions


def lookups_from(raw: bytes | str) -> Lookups:
    """Common look-ups from the JSON that ``dump`` wrote."""
    lookups: Lookups = adapter(Lookups).validate_json(raw)
    return lookups
