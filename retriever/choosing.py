"""Which facet of an item answers a question: features of each facet, and a weighing of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from corpora.types import Audience, Facet, FacetKind
from retriever.closeness import FAR, Closeness

FACET_FEATURES: Final = (
    "asked_cosine",
    "asked_met",
    "words_cosine",
    "words_met",
    "intent",
    "named",
    "first",
    "for_staff",
)
UNLIKELY: Final = -7.0  # ln P of a kind that the learned intents do not know


@dataclass(frozen=True, slots=True)
class FacetMatch:
    """A facet with what speaks for it; ``chance`` is its share among the item's readable facets."""

    facet: Facet
    features: Mapping[str, float]
    score: float
    chance: float


def facet_features(
    facets: Sequence[Facet],
    close: Sequence[Closeness],
    asked: Sequence[FacetKind],
    intents: Mapping[str, float],
) -> list[dict[str, float]]:
    """The features of each facet.

    ``close`` holds the item's passages, ``asked`` the kinds that the wording names, the first one
    first, ``intents`` ln P(kind) by the question's vector. ``asked_…`` are of the nearest known
    question for the facet, ``words_…`` of the nearest of its wordings; ``named`` is 1 for the kind
    named first and less for the next ones; ``first`` is 1 for the facet that the editor put first.
    """
    found = []
    for place, facet in enumerate(facets):
        own = [one for one in close if one.field.partition(".")[0] == facet.kind.value]
        questions = [one for one in own if one.is_question]
        words = [one for one in own if not one.is_question]
        found.append(
            {
                "asked_cosine": max((one.cosine for one in questions), default=FAR),
                "asked_met": max((one.met for one in questions), default=FAR),
                "words_cosine": max((one.cosine for one in words), default=FAR),
                "words_met": max((one.met for one in words), default=FAR),
                "intent": max(UNLIKELY, intents.get(facet.kind.value, UNLIKELY)),
                "named": _named(facet.kind, asked),
                "first": float(place == 0),
                "for_staff": float(facet.audience is not Audience.CUSTOMER),
            }
        )
    return found


def _named(kind: FacetKind, asked: Sequence[FacetKind]) -> float:
    return 1.0 - 0.25 * min(asked.index(kind), 3) if kind in asked else 0.0


def facets_by_match(
    facets: Sequence[Facet],
    features: Sequence[Mapping[str, float]],
    weights: Mapping[str, float],
    calm: float = 1.0,
) -> list[FacetMatch]:
    """The facets, the likeliest first; of equals the one that the editor wrote first. Chances are shares
    by ``calm`` times the scores: what sums up more than it knows is less sure than it sounds.
    """
    scores = [sum(w * own.get(name, 0.0) for name, w in weights.items()) for own in features]
    if not scores:
        return []
    highest = max(scores)
    shares = [math.exp(calm * (score - highest)) for score in scores]
    total = sum(shares)
    matches = [
        FacetMatch(facet, own, score, share / total)
        for facet, own, score, share in zip(facets, features, scores, shares, strict=True)
    ]
    matches.sort(key=lambda match: -match.score)
    return matches


def asked_first(matches: Sequence[FacetMatch], asked: Sequence[FacetKind]) -> list[FacetMatch]:
    """The matches of a question that only says what to tell: of the kinds ``asked``, the first that an
    item has is meant for sure.
    """
    kind = next((k for k in asked if any(m.facet.kind is k for m in matches)), None)
    if kind is None:
        return list(matches)
    sure = next(match for match in matches if match.facet.kind is kind)
    others = [replace(match, chance=0.0) for match in matches if match is not sure]
    return [replace(sure, chance=1.0), *others]
