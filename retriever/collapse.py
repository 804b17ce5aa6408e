"""Passages → items: an item appears once, as the local variant that holds for the reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpora.types import Region
from corpora.versions import ItemVersion
from retriever.types import Evidence, FoundPassage


def chosen_member(
    members: Sequence[ItemVersion], region: Region | None, named: Sequence[str] = ()
) -> ItemVersion:
    """The member of a family that is shown: the most local one for a reader with a region, that of
    a region that the question names, else the one that holds most widely.

    ``members`` come most local first; ``named`` are region paths.
    """
    if region is not None:
        return members[0]
    for member in members:
        if member.item.region is not None and member.item.region.path in named:
            return member
    # the first of the widest: min keeps the first of equals, and members come by id within a depth
    return min(members, key=lambda held: held.item.region.depth if held.item.region else 0)


def best_by_family(
    evidence: Sequence[Evidence], passages: Mapping[str, FoundPassage]
) -> dict[str, Evidence]:
    """The best evidence of each family, best family first; ``evidence`` comes best first."""
    best: dict[str, Evidence] = {}
    for entry in evidence:
        best.setdefault(passages[entry.passage_id].family, entry)
    return best
