"""Intervals: the closed form, statsmodels' figures, and what must always hold."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
