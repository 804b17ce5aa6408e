"""What one index version is made from: the published knowledge, complete and frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from corpora.lexicon import Lexicon
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.versions import ItemVersion


@dataclass(frozen=True, slots=True)
class Release:
    """Item versions with the days on which they hold, and what goes with them."""

    item_versions: tuple[ItemVersion, ...]
    templates: tuple[PushTemplate, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    regions: Regions = field(default_factory=Regions)

    @property
    def item_count(self) -> int:
        """Items, not versions of items."""
        return len({held.item.id for held in self.item_versions})

    def only(self, keys: Iterable[str]) -> tuple[ItemVersion, ...]:
        """The held versions whose ``item@version`` is among ``keys``."""
        wanted = set(keys)
        return tuple(held for held in self.item_versions if held.key in wanted)
