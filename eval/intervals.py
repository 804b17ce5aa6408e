"""How sure a figure is: 95 % intervals for rates and for means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

Z95: Final = 1.959963984540054
RESAMPLES: Final = 2000
SEED: Final = 20261123
_AT_ONCE: Final = 4_000_000  # numbers drawn at a time: memory stays small for any set


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure between two bounds."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance between the bounds."""
        return (self.high - self.low) / 2.0


def effective_size(weights: Sequence[float]) -> float:
    """How many equal questions weigh as much as these: (Σw)² / Σw² (Kish 1965).

    >>> effective_size([1, 1, 1, 1]), effective_size([3, 1])
    (4.0, 1.6)
    """
    squares = math.fsum(weight * weight for weight in weights)
    return math.fsum(weights) ** 2 / squares if squares > 0.0 else 0.0


def wilson(rate: float, n: float, z: float = Z95) -> Interval:
    """The score interval of a rate over ``n`` trials (Wilson 1927); ``n`` 0 knows nothing: 0 to 1.

    ``n`` may be an effective size and need not be whole.
    """
    if n <= 0.0:
        return Interval(0.0, 0.0, 1.0)
    square = z * z
    centre = (rate + square / (2.0 * n)) / (1.0 + square / n)
    reach = z / (1.0 + square / n) * math.sqrt(rate * (1.0 - rate) / n + square / (4.0 * n * n))
    # rounding must never put the rate itself outside
    return Interval(rate, min(rate, max(0.0, centre - reach)), max(rate, min(1.0, centre + reach)))


def rate_interval(values: Sequence[float], weights: Sequence[float] | None = None) -> Interval:
    """Wilson for 0/1 values; with weights, at their effective size."""
    if not values:
        return wilson(0.0, 0)
    if weights is None:
        return wilson(math.fsum(values) / len(values), len(values))
    total = math.fsum(weights)
    rate = math.fsum(v * w for v, w in zip(values, weights, strict=True)) / total
    return wilson(min(1.0, max(0.0, rate)), effective_size(weights))


def mean_interval(
    values: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """The mean with its percentile bootstrap interval (Efron 1979); a seed fixes the bounds."""
    if not values:
        return Interval(0.0, 0.0, 0.0)
    array = np.asarray(values, dtype=np.float64)
    loads = np.ones_like(array) if weights is None else np.asarray(weights, dtype=np.float64)
    mean = float((array * loads).sum() / loads.sum())
    draws = np.random.default_rng(seed)
    block = max(1, _AT_ONCE // len(array))
    means = np.empty(resamples)
    for start in range(0, resamples, block):
        count = min(block, resamples - start)
        drawn = draws.integers(0, len(array), size=(count, len(array)))
        means[start : start + count] = (array * loads)[drawn].sum(axis=1) / loads[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(mean, min(mean, float(low)), max(mean, float(high)))
