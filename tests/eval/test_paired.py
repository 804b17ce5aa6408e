"""Paired statistics: the arithmetic, the rate of false alarms, and the power to find what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from eval.intervals import Interval
from eval.paired import (
    Difference,
    Direction,
    difference,
    holm,
    mcnemar,
    paired_bootstrap,
)

OUTCOMES = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=200)


def systems(
    draw: np.random.Generator, n: int, discordant: float, worse_by: float
) -> tuple[dict[str, float], dict[str, float], dict[str, str]]:
    """A and B on n questions: each alone is right on half of the discordant share, and B loses
    ``worse_by`` more, all by chance as on questions drawn anew.
    """
    chance = draw.random(n)
    lost = chance < discordant / 2 + worse_by
    won = (chance >= 1.0 - discordant / 2) & ~lost
    both = draw.random(n) < 0.85
    before, after = (both & ~won) | lost, (both & ~lost) | won
    ids = [f"q{place}" for place in range(n)]
    return (
        dict(zip(ids, before.astype(float).tolist(), strict=True)),
        dict(zip(ids, after.astype(float).tolist(), strict=True)),
        {name: name for name in ids},
    )


def test_mcnemar_is_the_binomial_test_of_wins_against_losses() -> None:
    # 1 win of 8: 2 · (C(8,0) + C(8,1)) / 2^8
    assert mcnemar(1, 7) == pytest.approx(2 * (1 + 8) / 256)
    assert mcnemar(7, 1) == mcnemar(1, 7)
    assert mcnemar(5, 5) == 1.0
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(3, 12) == pytest.approx(min(1.0, 2 * binom.cdf(3, 15, 0.5)))


def test_holm_multiplies_the_smallest_by_how_many_there_are() -> None:
    # .01 · 3, .02 · 2, then max(.03 · 1, .04): never less than a smaller p
    assert holm({"a": 0.03, "b": 0.01, "c": 0.02}) == {"a": 0.04, "b": 0.03, "c": 0.04}
    assert holm({"a": 0.7, "b": 0.9}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0.0, 1.0), max_size=8))
def test_holm_never_makes_a_p_smaller_and_keeps_their_order(found: dict[str, float]) -> None:
    adjusted = holm(found)
    assert all(adjusted[name] >= round(found[name], 10) for name in found)
    ranked = sorted(found, key=lambda name: found[name])
    values = [adjusted[name] for name in ranked]
    assert values == sorted(values)


@given(OUTCOMES)
def test_the_interval_holds_the_mean_and_a_seed_fixes_it(differences: list[float]) -> None:
    found = paired_bootstrap(differences, resamples=200)
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(sum(differences) / len(differences))
    assert found == paired_bootstrap(differences, resamples=200)


@given(OUTCOMES)
def test_swapping_the_systems_turns_the_interval_round(differences: list[float]) -> None:
    forth = paired_bootstrap(differences)
    back = paired_bootstrap([-value for value in differences])
    assert back.value == pytest.approx(-forth.value)
    # other draws: the bounds agree as far as 10,000 of them tell, in steps of one question
    slack = 0.02 + 1.0 / len(differences)
    assert back.low == pytest.approx(-forth.high, abs=slack)
    assert back.high == pytest.approx(-forth.low, abs=slack)


def test_drawing_counts_is_drawing_questions() -> None:
    differences = [1.0] * 9 + [-1.0] * 21 + [0.5] * 10 + [0.0] * 160
    found = paired_bootstrap(differences)
    draws = np.random.default_rng(7)
    means = np.asarray(differences)[draws.integers(0, 200, size=(10_000, 200))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    assert found.low == pytest.approx(low, abs=0.004)
    assert found.high == pytest.approx(high, abs=0.004)


def test_nothing_is_known_of_no_question() -> None:
    assert paired_bootstrap([]) == Interval(0.0, -1.0, 1.0)


def test_near_duplicates_count_once() -> None:
    a = {"q1": 1.0, "q2": 1.0, "q3": 0.0}
    b = {"q1": 0.0, "q2": 1.0, "q3": 1.0, "q4": 1.0}
    found = difference(a, b, {"q1": "g", "q2": "g", "q3": "h", "q4": "i"}, rate=True)
    # g: 1 → (0 + 1) / 2, h: 0 → 1; q4 was not asked before
    assert (found.questions, found.groups) == (3, 2)
    assert (found.a, found.b) == ((1 + 0) / 2, (0.5 + 1) / 2)
    assert (found.wins, found.losses) == (1, 1)
    assert found.delta.value == (-0.5 + 1.0) / 2


def test_a_difference_is_told_only_when_every_test_at_hand_says_so() -> None:
    def told(low: float, high: float, p: float | None) -> Direction:
        middle = (low + high) / 2
        return Difference(100, 100, 0.8, 0.8, Interval(middle, low, high), 5, 5, p).direction

    assert told(-0.05, -0.01, 0.01) is Direction.WORSE
    assert told(0.01, 0.05, 0.01) is Direction.BETTER
    assert told(-0.05, -0.01, 0.08) is Direction.INCONCLUSIVE
    assert told(-0.05, 0.01, 0.01) is Direction.INCONCLUSIVE
    assert told(0.01, 0.05, None) is Direction.BETTER


def test_five_points_lost_of_500_are_found_in_nine_of_ten_runs() -> None:
    draws = np.random.default_rng(20261125)
    found = 0
    for _ in range(100):
        a, b, groups = systems(draws, 500, discordant=0.06, worse_by=0.05)
        found += difference(a, b, groups, rate=True).direction is Direction.WORSE
    assert found >= 90


def test_a_fifth_of_a_point_is_inconclusive() -> None:
    draws = np.random.default_rng(20261125)
    directions = [
        difference(*systems(draws, 500, discordant=0.06, worse_by=0.002), rate=True).direction
        for _ in range(100)
    ]
    assert directions.count(Direction.INCONCLUSIVE) >= 95
    alone = difference(*systems(draws, 500, discordant=0.0, worse_by=0.002), rate=True)
    assert alone.direction is Direction.INCONCLUSIVE


def test_intervals_of_a_difference_cover_at_their_nominal_rate() -> None:
    draws = np.random.default_rng(3)
    n, win, lose, runs = 240, 0.06, 0.10, 1000
    covered = 0
    for _ in range(runs):
        u = draws.random(n)
        differences = np.where(u < win, 1.0, np.where(u < win + lose, -1.0, 0.0))
        found = paired_bootstrap(differences.tolist(), resamples=2000)
        covered += found.low <= win - lose <= found.high
    # the standard error of a share of .95 over 1,000 runs is .007; steps of 1/240 cost a little
    assert 0.93 <= covered / runs <= 0.975
