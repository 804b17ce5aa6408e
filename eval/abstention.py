"""Knowing when not to answer, judged from both sides. Pure functions over plain numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering everything from ``threshold`` up: the share answered, the share of it wrong."""

    threshold: float
    coverage: float
    risk: float


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The chance that a positive scores above a negative, ties half (Hanley & McNeil 1982).

    None where one of the two sides is missing.

    >>> auroc([0.9, 0.4, 0.4], [True, True, False])
    0.75
    """
    pairs = sorted(zip(scores, positive, strict=True))
    positives = sum(positive)
    negatives = len(pairs) - positives
    if not positives or not negatives:
        return None
    rank_sum, seen = 0.0, 0
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        members = [is_positive for _, is_positive in tied]
        # tied scores share the mean of their ranks (Mann-Whitney)
        rank_sum += sum(members) * (seen + (len(members) + 1) / 2.0)
        seen += len(members)
    return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives)


def risk_coverage(scores: Sequence[float], right: Sequence[bool]) -> list[RiskPoint]:
    """One point a distinct score, the surest first (El-Yaniv & Wiener 2010)."""
    pairs = sorted(zip(scores, right, strict=True), key=lambda pair: -pair[0])
    points: list[RiskPoint] = []
    answered = wrong = 0
    for score, tied in groupby(pairs, key=lambda pair: pair[0]):
        members = [is_right for _, is_right in tied]
        answered += len(members)
        wrong += len(members) - sum(members)
        points.append(RiskPoint(score, answered / len(pairs), wrong / answered))
    return points


def aurc(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """The area under the risk-coverage curve: the mean risk (Geifman et al. 2019).

    Questions with the same score come in at once, so each of them has the risk of their point.

    >>> aurc([0.9, 0.8], [True, False])
    0.25
    """
    if not scores:
        return None
    before, areas = 0.0, []
    for point in risk_coverage(scores, right):
        areas.append((point.coverage - before) * point.risk)
        before = point.coverage
    return math.fsum(areas)


def coverage_at_risk(scores: Sequence[float], right: Sequence[bool], risk: float = 0.05) -> float:
    """The largest share that can be answered with at most ``risk`` of the answers wrong."""
    return max((p.coverage for p in risk_coverage(scores, right) if p.risk <= risk), default=0.0)


def false_answer_rate(answered: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions without an answer, the share that got one all the same."""
    given = [a for a, can in zip(answered, answerable, strict=True) if not can]
    return sum(given) / len(given) if given else None


def false_abstention_rate(answered: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Of the questions with an answer, the share that got none."""
    given = [a for a, can in zip(answered, answerable, strict=True) if can]
    return 1.0 - sum(given) / len(given) if given else None


def ece(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float | None:
    """The expected calibration error over equally wide bins (Guo et al. 2017)."""
    if not confidences:
        return None
    members: dict[int, list[tuple[float, bool]]] = {}
    for confidence, is_right in zip(confidences, right, strict=True):
        place = min(bins - 1, max(0, math.ceil(confidence * bins) - 1))  # bins are (a, b]
        members.setdefault(place, []).append((confidence, is_right))
    return math.fsum(
        abs(math.fsum(c for c, _ in bin_) - sum(r for _, r in bin_)) / len(confidences)
        for bin_ in members.values()
    )
