"""From which probability on to answer: what errors cost, and how often nothing can be answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eval.samples import Sample

WRONG_COSTS: Final = 2.0  # the nearest items are shown either way, so silence costs little
UNANSWERABLE_SHARE: Final = 0.3
"""The share of questions that are to be asked back, handed over or not answered: that of the FAQ
sets. At a counter it is an assumption until traces count it."""
MISSED_COSTS: Final = 1.0


def weights_in_practice(found: Sequence[Sample]) -> list[float]:
    """Weights that make the questions without an answer as frequent as they are assumed to be.

    A set for practice holds many of them on purpose; a model of that share would abstain from much
    that is right.
    """
    unanswerable = sum(not sample.answerable for sample in found)
    if unanswerable in (0, len(found)):
        return [1.0] * len(found)
    odds = UNANSWERABLE_SHARE / (1.0 - UNANSWERABLE_SHARE)
    weight = odds * (len(found) - unanswerable) / unanswerable
    return [1.0 if sample.answerable else weight for sample in found]


def cheapest_threshold(
    probabilities: Sequence[float],
    right: Sequence[bool],
    weights: Sequence[float] | None = None,
) -> float:
    """The threshold with the least cost when everything at or above it is answered.

    Of equally cheap ones the lowest, half way to the next lower probability.

    >>> cheapest_threshold([0.75, 0.5, 0.25], [True, True, False])
    0.375
    """
    counted = weights or [1.0] * len(right)
    ranked = sorted(zip(probabilities, right, counted, strict=True), reverse=True)
    # answering nothing misses all that is right
    best_cost = MISSED_COSTS * sum(w for _, is_right, w in ranked if is_right)
    best = 1.0
    cost = best_cost
    for place, (probability, is_right, weight) in enumerate(ranked):
        cost += weight * (-MISSED_COSTS if is_right else WRONG_COSTS)
        below = ranked[place + 1][0] if place + 1 < len(ranked) else 0.0
        if below < probability and cost <= best_cost:
            best_cost, best = cost, (probability + below) / 2.0
    return best
