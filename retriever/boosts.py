"""Small, bounded corrections of an item's score; each constant with its reason.

They decide between items that the blend holds to be nearly equal and never lift an unrelated item:
all together stay below the blend's own range on one question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from corpora.types import FacetKind, KnowledgeItem
from indexer.normalize import normalize
from retriever.intents import amounts_of
from retriever.understand import Query

EXACT_CODE: Final = 2.0  # a code or command names its item: nothing found by meaning may outrank it
NAMED: Final = 0.12  # the question contains the item's own title or alias
AMOUNT_AGREES: Final = 0.10  # siblings differ in one number, which vectors hardly see
AMOUNT_DIFFERS: Final = -0.10
HAS_FACET: Final = 0.03  # the item can answer what is asked at all


def boosts(query: Query, item: KnowledgeItem, exact: frozenset[str]) -> list[tuple[str, float]]:
    """The named corrections for ``item``; ``exact`` holds the ids that a code in the question names."""
    found: list[tuple[str, float]] = []
    if item.id in exact:
        found.append(("code", EXACT_CODE))
    names = [normalize(name) for name in (item.title, *item.aliases)]
    if any(len(name) > 2 and name in query.normalized for name in names):
        found.append(("named", NAMED))
    if query.amounts and (own := _amounts(names)):
        asked = {_number(amount) for amount in query.amounts}
        if asked & own:
            found.append(("amount", AMOUNT_AGREES))
        else:
            found.append(("other_amount", AMOUNT_DIFFERS))
    if query.facets and {facet.kind for facet in item.facets} & set(query.facets):
        found.append(("facet", HAS_FACET))
    return found


def _number(amount: str) -> str:
    return amount.rstrip("元gbm分钟天个月档年岁")


def _amounts(names: Sequence[str]) -> set[str]:
    return {_number(amount) for name in names for amount in amounts_of(name)}


def facet_bonus(kind: FacetKind, query: Query) -> float:
    """What an asked-for facet gains over its item's others: the first one named gains most."""
    if kind not in query.facets:
        return 0.0
    return FACET_ASKED / (1 + query.facets.index(kind))


FACET_ASKED: Final = 0.12  # on a scale of cosines, where an item's facets lie some .1 apart
