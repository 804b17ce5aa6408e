"""Which of the four outcomes a question should have: features of it and of what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.types import FacetKind
from retriever.answer import Outcome
from retriever.asking import which_sibling
from retriever.choosing import FacetMatch
from retriever.closeness import FAR, Closeness
from retriever.confidence import features as page_features
from retriever.constants import Constants
from retriever.retriever import ResultPage

_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")
_CLOSE: Final = 0.05  # of scores: what lies nearer together, one number or word decides
_SIBLING: Final = 0.1
_LEAD_COUNTED: Final = 0.5
_MOST: Final = 6
_KNOWN_FROM: Final = 0.98  # cosine of the question to a known one

HINTS: Final = ("text_", "words_")
"""What the names of the features begin with that are learned from the question alone."""

ROUTE_NEAR: Final = 0.7
ROUTE_LEAD: Final = 0.02
"""How near an example of a hand-over route must be, and how much nearer than any knowledge: examples
are near to much, so they must clearly win."""

Costs = Mapping[Outcome, Mapping[Outcome, float]]

COSTS: Final[Costs] = {
    Outcome.ANSWERED: {Outcome.UNKNOWN: 2.0, Outcome.HANDOVER: 2.0, Outcome.CLARIFY: 1.0},
    Outcome.CLARIFY: {Outcome.ANSWERED: 1.0, Outcome.UNKNOWN: 1.0, Outcome.HANDOVER: 1.0},
    Outcome.HANDOVER: {Outcome.ANSWERED: 1.0, Outcome.UNKNOWN: 0.8, Outcome.CLARIFY: 1.0},
    Outcome.UNKNOWN: {Outcome.ANSWERED: 1.0, Outcome.CLARIFY: 0.8, Outcome.HANDOVER: 0.8},
}
"""What an outcome costs where another one was right (nothing where it is right itself). A wrong
answer misleads a customer; an unneeded hand-over or question only takes time, and with "not known"
the nearest items are shown all the same."""


def outcome_features(
    page: ResultPage,
    close: Sequence[Sequence[Closeness]],
    facets: Sequence[FacetMatch],
    *,
    route_named: bool,
    route_cosine: float,
    incomplete: bool,
    hints: Mapping[str, float],
) -> dict[str, float]:
    """The features of a question.

    ``close`` holds the passages of the first items, best item first; ``facets`` the first item's,
    likeliest first. ``route_named`` says that a hand-over route's pattern matches, ``route_cosine``
    how near the nearest example of one is; ``hints`` are those of ``outcome_hints``.
    """
    query = page.query
    top = close[0] if close else ()
    words = [max((c.cosine for c in own if not c.is_question), default=FAR) for own in close]
    # an item without known questions is no worse an answer: there its words stand for them
    asked = [
        max((c.cosine for c in own if c.is_question), default=near)
        for own, near in zip(close, words, strict=True)
    ]
    met = max((one.met for one in top), default=FAR)
    scores = [hit.score for hit in page.hits] or [0.0]
    nearest = max([*asked, *words], default=FAR)
    found = page_features(page)
    found |= {
        "asked": asked[0] if asked else FAR,
        "asked_any": max(asked, default=FAR),
        "words": words[0] if words else FAR,
        "met": met,
        "worst": max((one.worst for one in top), default=FAR),
        "asked_met": max((one.met for one in top if one.is_question), default=met),
        "lead_fourth": min(_LEAD_COUNTED, scores[0] - scores[min(3, len(scores) - 1)]),
        "close": min(_MOST, sum(scores[0] - score < _CLOSE for score in scores)) / _MOST,
        "siblings": min(_MOST, _siblings(page)) / _MOST,
        "plainly": float(bool(facets) and _is_told(page, facets[0].facet.kind)),
        "asks_to_check": float(query.facets[:1] == (FacetKind.CHECK,)),
        "siblings_near": float(which_sibling(page) is not None),
        "facet_chance": facets[0].chance if facets else 0.0,
        "subject": min(len(query.subject), _MOST) / _MOST,
        "amounts": float(bool(query.amounts)),
        "numbers": float(bool(query.numbers)),
        "read": float(bool(query.reading)),
        "route": float(route_named),
        "route_cosine": route_cosine,
        "route_lead": route_cosine - nearest,
        "incomplete": float(incomplete),
    }
    return {**found, **hints}


def outcome_hints(
    constants: Constants, vector: NDArray[np.float32], normalized: str
) -> dict[str, float]:
    """ln P(outcome) by a question's vector alone (``text_…``) and by its wording (``words_…``), as far
    as they were learned.
    """
    texts = constants.texts.log_probabilities(vector) if constants.texts else {}
    wording = constants.wording
    words = wording.log_probabilities(normalized) if wording else {}
    return {f"text_{name}": p for name, p in texts.items()} | {
        f"words_{name}": p for name, p in words.items()
    }


def _siblings(page: ResultPage) -> int:
    """How many items differ from the first in a number of their title alone and score nearly as much."""
    if not page.hits:
        return 0
    first = page.hits[0]
    skeleton = _DIGITS.sub("", first.held.item.title)
    return sum(
        first.score - hit.score < _SIBLING and _DIGITS.sub("", hit.held.item.title) == skeleton
        for hit in page.hits
    )


def _is_told(page: ResultPage, kind: FacetKind) -> bool:
    """Whether the question says only the first item's name and to tell what a facet of ``kind`` tells."""
    asked = page.query.facets
    named = bool(page.hits) and "wholly_named" in page.hits[0].reasons
    return named and (kind in asked or FacetKind.OVERVIEW in asked)


def counted(
    chances: Mapping[str, float],
    features: Mapping[str, float],
    *,
    can_ask: bool,
    can_hand_over: bool,
) -> dict[str, float]:
    """The chances that an outcome is decided by.

    Where nothing can be asked back, its chance counts for none of the others, unless the item was
    said by name: then the question is short, but nobody else can be meant. A hand-over that no route
    takes counts for none either, as long as an answer is likelier: what is surely somebody's own affair
    is not answered for want of a place to send it to.
    """
    left = dict(chances)
    own_affair = left.get(Outcome.HANDOVER.value, 0.0)
    if not can_hand_over and left.get(Outcome.ANSWERED.value, 0.0) > own_affair:
        left.pop(Outcome.HANDOVER.value, None)
    if not can_ask:
        spare = left.pop(Outcome.CLARIFY.value, 0.0)
        if features["named"]:
            left[Outcome.ANSWERED.value] = left.get(Outcome.ANSWERED.value, 0.0) + spare
    return left


def by_cost(chances: Mapping[str, float], costs: Costs = COSTS) -> list[Outcome]:
    """The outcomes by their expected cost, the cheapest first; of equals as ``Outcome`` has them."""

    def cost(decided: Outcome) -> float:
        return sum(costs[decided].get(Outcome(name), 0.0) * p for name, p in chances.items())

    return sorted(Outcome, key=cost)


def in_order(
    chances: Mapping[str, float],
    features: Mapping[str, float],
    *,
    can_ask: bool,
    can_hand_over: bool,
    costs: Costs = COSTS,
) -> list[Outcome]:
    """The outcomes in the order in which they are tried; ``chances`` are those of ``Weighed``."""
    order = by_cost(counted(chances, features, can_ask=can_ask, can_hand_over=can_hand_over), costs)
    if features["route"] and order[0] is not Outcome.ANSWERED:
        # an operator's own pattern says where it goes: better there than nowhere
        order.sort(key=lambda outcome: outcome is not Outcome.HANDOVER)
    elif _is_known(features, order[0]):
        order.sort(key=lambda outcome: outcome is not Outcome.ANSWERED)
    return order


def _is_known(features: Mapping[str, float], likely: Outcome) -> bool:
    """Whether the question is, word for word or nearly, one that an editor gave the first item alone, or
    says its name and nothing but what to tell of it. Who asks to look something up, 帮我查一下积分, may
    still mean an own account, where that is ``likely``.
    """
    if features["incomplete"] or features["siblings_near"]:
        return False
    plainly = bool(features["plainly"])
    if likely is Outcome.HANDOVER and features["asks_to_check"]:
        plainly = False
    return plainly or features["asked"] >= _KNOWN_FROM


def by_rules(features: Mapping[str, float], sure: float, threshold: float) -> list[Outcome]:
    """The outcomes to try where nothing was learned: hand-over routes first, then what was left out,
    then siblings that cannot be told apart, and an answer only where ``sure`` reaches the threshold.
    """
    tried: list[Outcome] = []
    near = features["route_cosine"] >= ROUTE_NEAR and features["route_lead"] >= ROUTE_LEAD
    if features["route"] or (near and not features["incomplete"]):
        tried.append(Outcome.HANDOVER)
    sibling = features["siblings_near"] and sure >= threshold
    if features["incomplete"] or sibling:
        tried.append(Outcome.CLARIFY)
    if near:
        tried.append(Outcome.HANDOVER)
    tried.append(Outcome.ANSWERED if sure >= threshold else Outcome.UNKNOWN)
    return tried
