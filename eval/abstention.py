"""Knowing when not to answer, judged from both sides. Pure functions over plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

_LAST_DIGITS: Final = 1e-9  # three thirds add up to one, but for the last digits


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering everything from ``threshold`` up: the share answered, the share of it wrong."""

    threshold: float
    coverage: float
    risk: float


def auroc(
    scores: Sequence[float], positive: Sequence[bool], weights: Sequence[float] | None = None
) -> float | None:
    """The chance that a positive scores above a negative, ties half (Hanley & McNeil 1982).

    None where one of the two sides is missing.

    >>> auroc([0.9, 0.4, 0.4], [True, True, False])
    0.75
    """
    loads = weights or [1.0] * len(scores)
    entries = sorted(zip(scores, positive, loads, strict=True), key=lambda entry: entry[0])
    positives = math.fsum(load for _, is_positive, load in entries if is_positive)
    negatives = math.fsum(load for _, is_positive, load in entries if not is_positive)
    if not positives or not negatives:
        return None
    areas, below = [], 0.0
    for _, tied in groupby(entries, key=lambda entry: entry[0]):
        members = list(tied)
        up = math.fsum(load for _, is_positive, load in members if is_positive)
        down = math.fsum(load for _, is_positive, load in members if not is_positive)
        areas.append(up * (below + down / 2.0))
        below += down
    return math.fsum(areas) / (positives * negatives)


def auroc_error(area: float, positives: float, negatives: float) -> float:
    """The standard error of an AUROC over so many of either side (Hanley & McNeil 1982)."""
    q1, q2 = area / (2.0 - area), 2.0 * area * area / (1.0 + area)
    variance = (
        area * (1.0 - area)
        + (positives - 1.0) * (q1 - area * area)
        + (negatives - 1.0) * (q2 - area * area)
    ) / (positives * negatives)
    return math.sqrt(max(0.0, variance))


def risk_coverage(
    scores: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> list[RiskPoint]:
    """One point a distinct score, the surest first (El-Yaniv & Wiener 2010)."""
    loads = weights or [1.0] * len(scores)
    entries = sorted(zip(scores, right, loads, strict=True), key=lambda entry: -entry[0])
    total = math.fsum(loads)
    points: list[RiskPoint] = []
    answered = wrong = 0.0
    for score, tied in groupby(entries, key=lambda entry: entry[0]):
        members = list(tied)
        answered += math.fsum(load for _, _, load in members)
        wrong += math.fsum(load for _, is_right, load in members if not is_right)
        points.append(RiskPoint(score, min(1.0, answered / total), wrong / answered))
    return points


def aurc(
    scores: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> float | None:
    """The area under the risk-coverage curve: the mean risk (Geifman et al. 2019).

    Questions with the same score come in at once, so each of them has the risk of their point.

    >>> aurc([0.9, 0.8], [True, False])
    0.25
    """
    if not scores:
        return None
    before, areas = 0.0, []
    for point in risk_coverage(scores, right, weights):
        areas.append((point.coverage - before) * point.risk)
        before = point.coverage
    return math.fsum(areas)


def coverage_at_risk(
    scores: Sequence[float],
    right: Sequence[bool],
    risk: float = 0.05,
    weights: Sequence[float] | None = None,
) -> float:
    """The largest share that can be answered with at most ``risk`` of the answers wrong."""
    points = risk_coverage(scores, right, weights)
    return max((p.coverage for p in points if p.risk <= risk + _LAST_DIGITS), default=0.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Confidences in (low, high]: how many, their mean, and the share that was right."""

    low: float
    high: float
    count: float
    confidence: float
    accuracy: float


def reliability(
    confidences: Sequence[float],
    right: Sequence[bool],
    bins: int = 10,
    weights: Sequence[float] | None = None,
) -> list[Bin]:
    """The bins of a reliability diagram that hold anything, lowest first."""
    loads = weights or [1.0] * len(confidences)
    members: dict[int, list[tuple[float, bool, float]]] = {}
    for confidence, is_right, load in zip(confidences, right, loads, strict=True):
        place = min(bins - 1, max(0, math.ceil(confidence * bins) - 1))  # bins are (a, b]
        members.setdefault(place, []).append((confidence, is_right, load))
    found = []
    for place, entries in sorted(members.items()):
        count = math.fsum(load for _, _, load in entries)
        found.append(
            Bin(
                low=place / bins,
                high=(place + 1) / bins,
                count=count,
                confidence=math.fsum(c * load for c, _, load in entries) / count,
                accuracy=math.fsum(load for _, is_right, load in entries if is_right) / count,
            )
        )
    return found


def ece(
    confidences: Sequence[float],
    right: Sequence[bool],
    bins: int = 10,
    weights: Sequence[float] | None = None,
) -> float | None:
    """The expected calibration error over equally wide bins (Guo et al. 2017)."""
    found = reliability(confidences, right, bins, weights)
    total = math.fsum(entry.count for entry in found)
    if not found:
        return None
    return math.fsum(e.count * abs(e.confidence - e.accuracy) for e in found) / total
