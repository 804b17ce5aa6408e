"""Which items are learned from, and which of them belong together."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from corpora.types import KnowledgeItem, RelationKind, SubLibrary

LEARNED_UP_TO: Final = 2400
"""Items that are learned from: four hundred a library say what a library is, and more take minutes."""

_FOLDS: Final = 5


def _drawn(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def sample(items: Iterable[KnowledgeItem], up_to: int = LEARNED_UP_TO) -> list[KnowledgeItem]:
    """Items in an order that does not depend on the one they come in; of very many, an equal part
    of each library."""
    by_library: dict[SubLibrary, list[KnowledgeItem]] = defaultdict(list)
    for item in sorted(items, key=lambda item: (_drawn(item.id), item.id)):
        by_library[item.sub_library].append(item)
    kept: list[KnowledgeItem] = []
    left = up_to
    # the smallest library first: what it does not use is there for the others
    for position, library in enumerate(
        sorted(by_library, key=lambda library: (len(by_library[library]), library))
    ):
        share = by_library[library][: left // (len(by_library) - position)]
        kept.extend(share)
        left -= len(share)
    return sorted(kept, key=lambda item: (_drawn(item.id), item.id))


def families(items: Sequence[KnowledgeItem]) -> dict[str, str]:
    """Item id → the id that stands for its family: variants, and siblings of siblings."""
    head: dict[str, str] = {item.id: item.id for item in items}

    def head_of(item_id: str) -> str:
        while head[item_id] != item_id:
            item_id = head[item_id]
        return item_id

    for item in items:
        siblings = [r.target for r in item.relations if r.kind is RelationKind.SIBLING]
        for other in (item.family, *siblings):
            if other in head:
                one, two = sorted((head_of(item.id), head_of(other)))
                head[two] = one
    return {item.id: head_of(item.id) for item in items}


def folds(items: Sequence[KnowledgeItem], count: int = _FOLDS) -> dict[str, int]:
    """Item id → fold; a family is never split, and folds hold about the same number of families."""
    head_of = families(items)
    heads = sorted(set(head_of.values()), key=lambda head: (_drawn(head), head))
    fold_of = {head: number % count for number, head in enumerate(heads)}
    return {item_id: fold_of[head] for item_id, head in head_of.items()}
