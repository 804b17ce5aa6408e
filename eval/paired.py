"""Two systems on the same questions: how far apart they are, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from scipy.stats import binomtest

from eval.intervals import SEED, Interval

RESAMPLES: Final = 10_000
LEVEL: Final = 0.05
_AT_ONCE: Final = 4_000_000  # numbers drawn at a time: memory stays small for any set


class Direction(StrEnum):
    """What a difference amounts to; not knowing is a result."""

    BETTER = "better"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"

    @property
    def label(self) -> str:
        """The Chinese name in reports."""
        return {"better": "变好", "worse": "变差", "inconclusive": "不能判定"}[self]


def paired_bootstrap(
    differences: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """The mean of paired differences with its 95 % percentile bootstrap interval (Efron 1979).

    One difference a group of near-duplicates; a seed fixes the bounds. Nothing is known of none.
    """
    if not differences:
        return Interval(0.0, -1.0, 1.0)
    array = np.asarray(differences, dtype=np.float64)
    draws = np.random.default_rng(seed)
    # A mean depends only on how often each distinct difference is drawn, and those counts are
    # multinomial: the same distribution as drawing questions, at a fraction of the numbers.
    values, counts = np.unique(array, return_counts=True)
    block = max(1, _AT_ONCE // len(values))
    means = np.empty(resamples)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = draws.multinomial(len(array), counts / len(array), size=size)
        means[start : start + size] = drawn @ values / len(array)
    low, high = np.quantile(means, (0.025, 0.975))
    mean = float(array.mean())
    return Interval(mean, min(mean, float(low)), max(mean, float(high)))


def mcnemar(wins: int, losses: int) -> float:
    """The exact two-sided p of so many wins and losses if neither system were better (McNemar 1947,
    in the binomial form).

    >>> mcnemar(0, 0), mcnemar(1, 7)
    (1.0, 0.0703125)
    """
    discordant = wins + losses
    if not discordant:
        return 1.0
    return float(binomtest(wins, discordant, 0.5).pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Each p made honest for being one of many looks (Holm 1979): the k-th smallest of m counts
    m − k + 1 times, and never less than a smaller one.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    ranked = sorted(p_values, key=lambda name: (p_values[name], name))
    for place, name in enumerate(ranked):
        highest = max(highest, min(1.0, (len(ranked) - place) * p_values[name]))
        adjusted[name] = round(highest, 10)
    return {name: adjusted[name] for name in p_values}


@dataclass(frozen=True, slots=True)
class Difference:
    """B against A on one measure: means over groups, their difference, wins and losses of groups.

    ``p`` is McNemar's for a measure whose questions have 0 or 1, None for the others.
    """

    questions: int
    groups: int
    a: float
    b: float
    delta: Interval
    wins: int
    losses: int
    p: float | None

    @property
    def direction(self) -> Direction:
        """What it amounts to: beyond chance only if every test at hand says so."""
        if self.p is not None and self.p >= LEVEL:
            return Direction.INCONCLUSIVE
        if self.delta.low > 0.0:
            return Direction.BETTER
        return Direction.WORSE if self.delta.high < 0.0 else Direction.INCONCLUSIVE

    def to_json(self) -> dict[str, Any]:
        """The entry of a comparison."""
        return {
            "n": self.questions,
            "groups": self.groups,
            "a": round(self.a, 4),
            "b": round(self.b, 4),
            "delta": {
                "value": round(self.delta.value, 4),
                "low": round(self.delta.low, 4),
                "high": round(self.delta.high, 4),
                "half_width": round(self.delta.half_width, 4),
            },
            "wins": self.wins,
            "losses": self.losses,
            "p": None if self.p is None else round(self.p, 6),
            "verdict": self.direction.value,
        }


def difference(
    a: Mapping[str, float], b: Mapping[str, float], groups: Mapping[str, str], *, rate: bool
) -> Difference:
    """What B does that A does not, on the questions that both have; groups count once.

    ``rate`` says that a question has 0 or 1 of the measure, which McNemar's test needs.
    """
    members: dict[str, list[tuple[float, float]]] = {}
    shared = [question_id for question_id in a if question_id in b]
    for question_id in shared:
        members.setdefault(groups[question_id], []).append((a[question_id], b[question_id]))
    before = [sum(x for x, _ in pairs) / len(pairs) for pairs in members.values()]
    after = [sum(y for _, y in pairs) / len(pairs) for pairs in members.values()]
    differences = [y - x for x, y in zip(before, after, strict=True)]
    wins, losses = sum(d > 0.0 for d in differences), sum(d < 0.0 for d in differences)
    count = max(1, len(differences))
    return Difference(
        questions=len(shared),
        groups=len(differences),
        a=sum(before) / count,
        b=sum(after) / count,
        delta=paired_bootstrap(differences),
        wins=wins,
        losses=losses,
        p=mcnemar(wins, losses) if rate else None,
    )
