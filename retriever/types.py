"""Values that pass between the stages of retrieval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.types import FacetKind
from corpora.versions import ItemVersion


class Meaning(NamedTuple):
    """A question's vector (dim,), and its tokens' (n, token_dim) where the version has them."""

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32] | None


class Match(NamedTuple):
    """A passage that one engine found; a higher score is better.

    A tuple, as ``Evidence`` is: a search makes a thousand of them, and tuples are made twice as fast.
    """

    passage_id: str
    score: float

    @property
    def item_id(self) -> str:
        """The item that the passage is of."""
        return self.passage_id.partition("@")[0]

    @property
    def item_key(self) -> str:
        """``item@version``."""
        return self.passage_id.partition("#")[0]


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage as it was indexed."""

    passage_id: str
    item_id: str
    version: int
    family: str
    field: str
    text: str
    context: str
    facet: FacetKind | None

    @property
    def item_key(self) -> str:
        """``item@version``."""
        return f"{self.item_id}@{self.version}"


@dataclass(frozen=True, slots=True)
class SuggestEntry:
    """A line that can be completed to: a title, an alias, a code or a screen of an item."""

    text: str
    normalized: str
    kind: str
    item_id: str
    version: int
    pinyin: str
    initials: str
    weight: int


class Evidence(NamedTuple):
    """What one candidate passage scored, part by part.

    ``late`` is part of ``score`` already; ``back`` counts only for short items, once an item is known.
    """

    passage_id: str
    lexical: float
    semantic: float
    score: float
    late: float = 0.0
    back: float = 0.0

    @property
    def item_id(self) -> str:
        """The item that the passage is of."""
        return self.passage_id.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of text with the places to highlight, as half-open spans of code points."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked item: the version that holds, its best passage, and why it is here.

    ``parts`` is what was added to the best passage's own score, by name and in order; ``supporting``
    holds the item's next passages that the score rests on, best first.
    """

    held: ItemVersion
    score: float
    passage: FoundPassage
    evidence: Evidence
    reasons: tuple[str, ...] = ()
    parts: tuple[tuple[str, float], ...] = ()
    supporting: tuple[Evidence, ...] = ()

    @property
    def item_id(self) -> str:
        """The item's id."""
        return self.held.item.id
