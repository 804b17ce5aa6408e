"""Which other facet of an item is said besides, where it is not sure which one was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from corpora.types import Facet
from retriever.choosing import FacetMatch

_UNSURE_BELOW: Final = 0.6
_LIKELY_FROM: Final = 0.1
"""Where the first facet's chance is below the one and a second facet's above the other, both are said. FAQ
dev, 430 questions whose item was found: the key facts are said in 79 % instead of 71 %, 31 % of the answers
are longer by a facet; without a second look in 76 % and 38 %."""


def said_besides(matches: Sequence[FacetMatch], said: Sequence[Facet | None]) -> FacetMatch | None:
    """The likeliest facet for the customer's ears that is not among those ``said``, or None.

    ``matches`` come likeliest first, with their chance among the item's readable facets.
    """
    if not matches or matches[0].chance >= _UNSURE_BELOW:
        return None
    kinds = {facet.kind for facet in said if facet is not None}
    return next(
        (
            match
            for match in matches
            if match.chance >= _LIKELY_FROM
            and match.facet.customer
            and match.facet.kind not in kinds
        ),
        None,
    )
