"""Groups of near-duplicates: each counts once, in values, in intervals and by volume."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.faqset import Question
from eval.groups import by_group, effective_groups, group_of, shares
from eval.intervals import mean_interval, rate_interval
from tests.eval.builders import make_question


def questions(*groups: str, weights: tuple[float, ...] = ()) -> list[Question]:
    return [
        make_question(id=f"q{n}", group=group, weight=weights[n] if weights else 1.0)
        for n, group in enumerate(groups)
    ]


def test_a_group_has_one_value_plain_and_by_volume() -> None:
    asked = questions("g", "", "g", "", weights=(30.0, 5.0, 10.0, 1.0))

    found = by_group(asked, [1.0, 0.0, 0.0, 1.0])

    assert found.values == [(1 + 0) / 2, 0.0, 1.0]
    assert found.weighted == [(1 * 30 + 0 * 10) / (30 + 10), 0.0, 1.0]
    assert found.volumes == [30 + 10, 5.0, 1.0]


def test_a_question_without_a_group_counts_for_itself() -> None:
    first, second = questions("", "")

    assert group_of(first) != group_of(second)
    assert effective_groups([first, second]) == 2
    assert effective_groups(questions("g", "g", "")) == 2
    assert effective_groups([]) == 0


def test_a_share_is_one_over_the_size_of_the_group() -> None:
    assert shares(questions("g", "", "g", "g")) == [1 / 3, 1.0, 1 / 3, 1 / 3]
    assert shares([]) == []


GROUPED = st.lists(
    st.tuples(st.sampled_from(["", "a", "b", "c"]), st.floats(0, 1), st.floats(0.5, 100)),
    min_size=1,
    max_size=20,
)


@given(GROUPED, st.randoms(use_true_random=False))
def test_the_order_inside_the_groups_does_not_matter(
    entries: list[tuple[str, float, float]], random: np.random.Generator
) -> None:
    asked = questions(*(g for g, _, _ in entries), weights=tuple(w for _, _, w in entries))
    pairs = list(zip(asked, [v for _, v, _ in entries], strict=True))
    before = by_group([q for q, _ in pairs], [v for _, v in pairs])
    random.shuffle(pairs)
    after = by_group([q for q, _ in pairs], [v for _, v in pairs])

    assert sorted(before.values) == sorted(after.values)
    assert sorted(before.volumes) == sorted(after.volumes)
    assert sorted(before.weighted) == sorted(after.weighted)


@given(GROUPED)
def test_volumes_and_shares_lose_nothing(entries: list[tuple[str, float, float]]) -> None:
    asked = questions(*(g for g, _, _ in entries), weights=tuple(w for _, _, w in entries))
    values = [v for _, v, _ in entries]
    found = by_group(asked, values)

    total = math.fsum(w for _, _, w in entries)
    assert math.fsum(found.volumes) == pytest.approx(total)
    # weighted by volume, the mean over groups is the mean over questions
    by_question = math.fsum(v * w for _, v, w in entries) / total
    by_volume = math.fsum(v * w for v, w in zip(found.weighted, found.volumes, strict=True))
    assert by_volume / total == pytest.approx(by_question)
    assert math.fsum(shares(asked)) == pytest.approx(len(found.values))
    assert effective_groups(asked) == len(found.values)


# Coverage, simulated. 60 to 100 subjects are asked in one to eight wordings each, and wordings of
# one subject are right or wrong together nine times in ten. The truth is the chance of a subject.
# With 2,000 samples, four standard errors of the share covered are 4·√(.95·.05/2000) = .0195.

SAMPLES = 2000
CHANCE = 4 * math.sqrt(0.95 * 0.05 / SAMPLES)


def near_duplicates(
    draws: np.random.Generator, subjects: int, p: float
) -> tuple[list[Question], list[float]]:
    sizes = draws.choice([1, 1, 1, 2, 5, 8], size=subjects)
    names = np.repeat(np.arange(subjects), sizes)
    together = (draws.random(subjects) < p)[names]
    apart = draws.random(len(names)) < p
    right = np.where(draws.random(len(names)) < 0.9, together, apart)
    return [make_question(id=f"q{n}", group=f"g{g}") for n, g in enumerate(names)], [
        float(value) for value in right
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("subjects", "p"), [(60, 0.85), (100, 0.6)])
def test_intervals_over_groups_cover_where_intervals_over_questions_would_not(
    subjects: int, p: float
) -> None:
    draws = np.random.default_rng(subjects)
    wilson_groups = wilson_questions = bootstrap_groups = bootstrap_questions = 0
    for seed in range(SAMPLES):
        asked, right = near_duplicates(draws, subjects, p)
        grouped = by_group(asked, right).values
        over = rate_interval(grouped)
        wilson_groups += over.low <= p <= over.high
        over = rate_interval(right)
        wilson_questions += over.low <= p <= over.high
        over = mean_interval(grouped, resamples=200, seed=seed)
        bootstrap_groups += over.low <= p <= over.high
        over = mean_interval(right, resamples=200, seed=seed)
        bootstrap_questions += over.low <= p <= over.high

    # Wilson holds a group's mean to vary like a single question, it varies less: it may cover
    # more than 95 %, and discreteness may cost .03; the percentile bootstrap may lack .03
    assert 0.95 - 0.03 - CHANCE <= wilson_groups / SAMPLES <= 0.985 + CHANCE
    assert 0.95 - 0.03 - CHANCE <= bootstrap_groups / SAMPLES <= 0.97 + CHANCE
    assert wilson_questions / SAMPLES < 0.85
    assert bootstrap_questions / SAMPLES < 0.85
