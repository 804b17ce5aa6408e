"""The searcher seam: one published version, opened for reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from corpora.lexicon import Lexicon
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.versions import ItemVersion
from indexer.manifest import Manifest
from indexer.token_vectors import Projection
from retriever.filters import Filter
from retriever.types import FoundPassage, Match, SuggestEntry

Sought: TypeAlias = Callable[[], NDArray[np.float32] | None]
"""Makes the vector (dim,) that is looked for; None where it cannot be had."""


class Searcher(Protocol):
    """Reads one version. Results are best first, ties by passage id, nothing outside the filter.

    Fewer than ``k`` results mean that there are no more. Ids that the version does not hold are left
    out. A searcher is safe to use from several threads until ``close``.
    """

    @property
    def manifest(self) -> Manifest:
        """What the version was made with."""
        ...

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon that the version was made with."""
        ...

    @property
    def regions(self) -> Regions:
        """The regions that filters may name."""
        ...

    @property
    def templates(self) -> dict[str, PushTemplate]:
        """Push templates by id."""
        ...

    @property
    def template_versions(self) -> dict[str, int]:
        """The version of each template in the store; one that is not named has version 1."""
        ...

    @property
    def projection(self) -> Projection | None:
        """What made the token vectors; None where the version has none."""
        ...

    def lexical(self, terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        """Passages that share a term, by BM25 (k1 1.2, b 0.75) over global statistics."""
        ...

    def semantic(self, vector: NDArray[np.float32], wanted: Filter, k: int) -> list[Match]:
        """Passages by cosine."""
        ...

    def both(
        self, terms: Sequence[str], sought: Sought, wanted: Filter, k: int
    ) -> tuple[list[Match], list[Match]]:
        """What ``lexical`` and ``semantic`` give, asked for together; by meaning nothing without a vector.

        ``sought`` is called once, on the thread that asks; words may be looked for meanwhile.
        """
        ...

    def cosines(self, vector: NDArray[np.float32], passage_ids: Sequence[str]) -> list[Match]:
        """The exact cosine of each given passage, in the order given."""
        ...

    def term_weights(self, terms: Sequence[str]) -> list[float]:
        """The inverse document frequency of each term: ln(1 + (N − df + ½)/(df + ½))."""
        ...

    def fetch(self, passage_ids: Sequence[str]) -> list[FoundPassage]:
        """The passages themselves, in the order given."""
        ...

    def token_vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.int8]]:
        """Token vectors (tokens, token_dim) of the passages that have them."""
        ...

    def items(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        """The version of each item that holds under the filter, in the order given; all versions that begin
        in time where the filter asks for what begins.
        """
        ...

    def family(self, families: Sequence[str], wanted: Filter) -> dict[str, list[ItemVersion]]:
        """All members of each family that hold under the filter, most local first."""
        ...

    def by_code(self, code: str, wanted: Filter) -> list[ItemVersion]:
        """The items with this code or screen, in any letter case, that hold under the filter."""
        ...

    def suggestions(self) -> Sequence[SuggestEntry]:
        """Everything that typing can complete to."""
        ...

    def close(self) -> None:
        """Releases files; the searcher cannot be used afterwards."""
        ...
