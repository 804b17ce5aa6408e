"""Intervals: the closed form, statsmodels' figures, and what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from eval.intervals import effective_size, mean_interval, rate_interval, wilson


def test_wilson_is_the_closed_form() -> None:
    n, p, z = 50, 0.8, 1.959963984540054
    centre = (40 + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * math.sqrt(40 * 10 / n + z * z / 4)

    interval = wilson(p, n)

    assert (interval.low, interval.high) == pytest.approx((centre - reach, centre + reach))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # statsmodels.stats.proportion.proportion_confint(hits, n, method="wilson")
    [
        (0, 10, 0.0, 0.2775327998628892),
        (10, 10, 0.7224672001371107, 1.0),
        (85, 100, 0.7671644040916763, 0.9069401471634337),
    ],
)
def test_wilson_agrees_with_statsmodels(hits: int, n: int, low: float, high: float) -> None:
    interval = wilson(hits / n, n)

    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("n", "half"), [(50, 0.10), (200, 0.05), (500, 0.03)])
def test_the_half_width_at_85_percent_is_the_one_of_the_protocol(n: int, half: float) -> None:
    assert wilson(0.85, n).half_width == pytest.approx(half, abs=0.005)


def test_no_trials_know_nothing() -> None:
    assert (wilson(0.0, 0).low, wilson(0.0, 0).high) == (0.0, 1.0)


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_rate_lies_inside_its_interval_and_the_interval_inside_zero_and_one(
    values: list[bool],
) -> None:
    interval = rate_interval([float(value) for value in values])

    assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 1000)), min_size=1, max_size=30),
    st.integers(0, 5),
)
def test_a_mean_lies_inside_its_interval_and_a_seed_fixes_the_bounds(
    pairs: list[tuple[float, float]], seed: int
) -> None:
    values, weights = [p[0] for p in pairs], [p[1] for p in pairs]

    first = mean_interval(values, weights, resamples=50, seed=seed)

    assert first.low <= first.value <= first.high
    assert first == mean_interval(values, weights, resamples=50, seed=seed)


def test_equal_weights_change_nothing() -> None:
    values = [1.0, 0.0, 1.0, 1.0]

    weighted, plain = rate_interval(values, [7.0] * 4), rate_interval(values)
    assert (weighted.low, weighted.high) == pytest.approx((plain.low, plain.high))


def test_one_heavy_question_leaves_little_certainty() -> None:
    assert effective_size([1000.0, 1.0, 1.0]) == pytest.approx(1002**2 / (1000**2 + 2))
    heavy = rate_interval([1.0, 0.0, 0.0], [1000.0, 1.0, 1.0])
    assert heavy.value == pytest.approx(1000 / 1002)
    assert heavy.half_width > rate_interval([1.0, 0.0, 0.0]).half_width * 0.9


def test_the_bootstrap_of_a_mean_agrees_with_the_normal_interval() -> None:
    values = [n / 399 for n in range(400)]
    spread = math.sqrt(sum((v - 0.5) ** 2 for v in values) / 400)

    interval = mean_interval(values)

    assert interval.half_width == pytest.approx(1.96 * spread / math.sqrt(400), rel=0.1)


def test_a_block_of_draws_is_bounded_however_large_the_set() -> None:
    assert mean_interval([0.5] * 5_000, resamples=2_000).half_width == 0.0


# Coverage, simulated: of so many samples that 95 % intervals were made of, so many hold the truth.
#
# With 4,000 samples the share that is counted has a standard error of √(.95 · .05 / 4000) = .0034;
# four of them (.014) are what chance may add to the figure that the method itself has.

SAMPLES = 4000
CHANCE = 4 * math.sqrt(0.95 * 0.05 / SAMPLES)


@pytest.mark.parametrize("n", [20, 50, 200, 500])
@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.85, 0.95])
def test_wilson_covers_at_its_nominal_rate(n: int, p: float) -> None:
    hits = np.random.default_rng(n + round(1000 * p)).binomial(n, p, SAMPLES)
    found = {k: wilson(k / n, n) for k in range(n + 1)}
    exact = sum(
        binom.pmf(k, n, p) for k, interval in found.items() if interval.low <= p <= interval.high
    )

    covered = np.mean([found[k].low <= p <= found[k].high for k in hits])

    # a count is whole, so no method covers 95 % everywhere: from n = 20 Wilson stays within .03
    assert exact == pytest.approx(0.95, abs=0.03)
    assert covered == pytest.approx(exact, abs=CHANCE)
    assert covered == pytest.approx(0.95, abs=0.03 + CHANCE)


@pytest.mark.parametrize(("n", "p"), [(100, 0.85), (300, 0.5)])
def test_a_weighted_rate_covers_at_its_nominal_rate(n: int, p: float) -> None:
    draws = np.random.default_rng(n)
    # monthly volumes: a few questions are asked ten times as often as most
    weights = draws.lognormal(3.0, 0.8, size=(SAMPLES, n))
    hits = (draws.random((SAMPLES, n)) < p).astype(float)

    covered = np.mean(
        [
            interval.low <= p <= interval.high
            for interval in map(rate_interval, hits.tolist(), weights.tolist())
        ]
    )

    # Kish's size is an approximation: .02 is what it may cost at such weights
    assert covered == pytest.approx(0.95, abs=0.02 + CHANCE)


RECIPROCAL_RANKS = np.array([1.0, 1 / 2, 1 / 3, 1 / 5, 0.0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "shares"),
    [
        (60, (0.5, 0.2, 0.1, 0.1, 0.1)),
        (200, (0.5, 0.2, 0.1, 0.1, 0.1)),
        (200, (0.85, 0.05, 0.03, 0.02, 0.05)),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_bootstrap_of_a_mean_covers_at_its_nominal_rate(
    n: int, shares: tuple[float, ...], weighted: bool
) -> None:
    draws = np.random.default_rng(n)
    truth = float(RECIPROCAL_RANKS @ shares)
    samples = 2000
    covered = 0
    for seed in range(samples):
        values = draws.choice(RECIPROCAL_RANKS, size=n, p=shares).tolist()
        weights = draws.lognormal(3.0, 0.5, n).tolist() if weighted else None
        interval = mean_interval(values, weights, resamples=300, seed=seed)
        covered += interval.low <= truth <= interval.high

    # percentiles of 300 resamples and of small samples are a little narrow: .02 is allowed for
    # that, and four standard errors of 2,000 samples for chance
    chance = 4 * math.sqrt(0.95 * 0.05 / samples)
    assert covered / samples == pytest.approx(0.95, abs=0.02 + chance)
