"""Knowledge with the look-ups that the checks share, and the place of everything in it.

Keys of ``places``: ``<item id>``, ``templates/<template id>``, ``price_book/<key>``; the second of
two equal ids is ``<id>@2``. A field is ``<key>#<path>``, such as ``biz-kd#facets[0].customer``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from corpora.knowledge import Knowledge
from corpora.push_template import PushTemplate
from corpora.source import Place, Problem, Severity
from corpora.types import Facet, KnowledgeItem

ERROR: Final = Severity.ERROR
WARNING: Final = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that customers hear or read: a customer wording or one of its steps."""

    key: str
    item: KnowledgeItem
    facet: Facet
    path: str
    text: str
    is_step: bool


class Catalogue:
    """What a check is given."""

    def __init__(self, knowledge: Knowledge, places: Mapping[str, Place]) -> None:
        self.knowledge = knowledge
        self.places = places

    @cached_property
    def items(self) -> tuple[tuple[str, KnowledgeItem], ...]:
        """Each item with its key in ``places``."""
        seen: Counter[str] = Counter()
        return tuple((_key(item.id, seen), item) for item in self.knowledge.items)

    @cached_property
    def templates(self) -> tuple[tuple[str, PushTemplate], ...]:
        """Each template with its key in ``places``."""
        seen: Counter[str] = Counter()
        return tuple((_key(f"templates/{t.id}", seen), t) for t in self.knowledge.templates)

    @cached_property
    def item_of(self) -> Mapping[str, KnowledgeItem]:
        """Items by id; of equal ids the first."""
        return {item.id: item for item in reversed(self.knowledge.items)}

    @cached_property
    def template_of(self) -> Mapping[str, PushTemplate]:
        """Templates by id; of equal ids the first."""
        return {template.id: template for template in reversed(self.knowledge.templates)}

    @cached_property
    def wordings(self) -> tuple[Wording, ...]:
        """Every customer wording and every step, in the order of the items."""
        return tuple(wording for key, item in self.items for wording in _wordings(key, item))

    def problem(self, key: str, path: str, problem: str, severity: Severity = ERROR) -> Problem:
        """A problem at a field, or at what holds it where the field's own line is not known."""
        file, line = self._place(key, path)
        return Problem(file, line, path, problem, severity)

    def place(self, key: str) -> str:
        """``file:line`` of a thing, or its key where it comes from no file."""
        return "{}:{}".format(*self.places[key]) if key in self.places else key

    def _place(self, key: str, path: str) -> Place:
        while path:
            if (found := self.places.get(f"{key}#{path}")) is not None:
                return found
            path = path.rpartition("[" if path.endswith("]") else ".")[0]
        return self.places.get(key, (key, 0))


def _key(own: str, seen: Counter[str]) -> str:
    seen[own] += 1
    return own if seen[own] == 1 else f"{own}@{seen[own]}"


def _wordings(key: str, item: KnowledgeItem) -> Iterator[Wording]:
    for n, facet in enumerate(item.facets):
        if facet.customer:
            yield Wording(key, item, facet, f"facets[{n}].customer", facet.customer, False)
        for m, step in enumerate(facet.steps):
            yield Wording(key, item, facet, f"facets[{n}].steps[{m}]", step, True)
