"""What one index version is made from: the published knowledge, complete and frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from corpora.lexicon import Lexicon
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.versions import ItemVersion


@dataclass(frozen=True, slots=True)
class Release:
    """Item versions with the days on which they hold, and what goes with them.

    ``template_versions`` are the versions that the store keeps the templates under; 1 where there is
    no store.
    """

    item_versions: tuple[ItemVersion, ...]
    templates: tuple[PushTemplate, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    regions: Regions = field(default_factory=Regions)
    template_versions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def template_version(self, template_id: str) -> int:
        """The version of a template."""
        return self.template_versions.get(template_id, 1)

    @property
    def item_count(self) -> int:
        """Items, not versions of items."""
        return len({held.item.id for held in self.item_versions})

    def only(self, keys: Iterable[str]) -> tuple[ItemVersion, ...]:
        """The held versions whose ``item@version`` is among ``keys``."""
        wanted = set(keys)
        return tuple(held for held in self.item_versions if held.key in wanted)
