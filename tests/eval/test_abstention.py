"""Abstention: arithmetic spelled out, scikit-learn's AUROC, and brute force."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from eval.abstention import (
    aurc,
    auroc,
    auroc_error,
    coverage_at_risk,
    ece,
    reliability,
    risk_coverage,
)

# few distinct scores, so that ties are common
SCORED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.booleans()),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(SCORED)
def test_auroc_agrees_with_scikit_learn_ties_included(pairs: list[tuple[float, bool]]) -> None:
    scores, positive = [s for s, _ in pairs], [p for _, p in pairs]
    if len(set(positive)) == 2:
        assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
    else:
        assert auroc(scores, positive) is None


@settings(deadline=None)
@given(SCORED)
def test_auroc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[float, bool]]) -> None:
    ups, downs = [s for s, p in pairs if p], [s for s, p in pairs if not p]
    if ups and downs:
        won = sum((up > down) + (up == down) / 2 for up in ups for down in downs)
        assert auroc([s for s, _ in pairs], [p for _, p in pairs]) == pytest.approx(
            won / (len(ups) * len(downs))
        )


def test_the_risk_coverage_curve_adds_the_surest_first() -> None:
    points = risk_coverage([0.2, 0.9, 0.5, 0.5], [False, True, True, False])

    found = [value for p in points for value in (p.threshold, p.coverage, p.risk)]
    assert found == pytest.approx([0.9, 1 / 4, 0 / 1, 0.5, 3 / 4, 1 / 3, 0.2, 4 / 4, 2 / 4])


def test_aurc_is_the_mean_risk_over_coverages() -> None:
    # coverages 1/3, 2/3, 3/3 with risks 0, 1/2, 1/3
    assert aurc([0.9, 0.8, 0.7], [True, False, True]) == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)


@settings(deadline=None)
@given(SCORED)
def test_aurc_agrees_with_brute_force(pairs: list[tuple[float, bool]]) -> None:
    total = 0.0
    for score, _ in pairs:
        answered = [right for other, right in pairs if other >= score]
        total += answered.count(False) / len(answered)
    assert aurc([s for s, _ in pairs], [r for _, r in pairs]) == pytest.approx(total / len(pairs))


@settings(deadline=None)
@given(SCORED)
def test_coverage_at_a_risk_is_the_best_of_all_thresholds(
    pairs: list[tuple[float, bool]],
) -> None:
    best = 0.0
    for score, _ in pairs:
        answered = [right for other, right in pairs if other >= score]
        if answered.count(False) / len(answered) <= 0.3:
            best = max(best, len(answered) / len(pairs))
    scores, right = [s for s, _ in pairs], [r for _, r in pairs]
    assert coverage_at_risk(scores, right, 0.3) == pytest.approx(best)


def test_without_questions_there_is_no_figure() -> None:
    assert auroc([], []) is None
    assert aurc([], []) is None
    assert risk_coverage([], []) == []
    assert coverage_at_risk([], []) == 0.0
    assert reliability([], []) == []
    assert ece([], []) is None


def test_ece_weighs_the_gap_of_each_bin() -> None:
    # (.8,.9]: sure .85, right 1/2; (.1,.2]: sure .2, right 0
    value = ece([0.85, 0.85, 0.2], [True, False, False])

    assert value == pytest.approx(2 / 3 * abs(0.85 - 0.5) + 1 / 3 * abs(0.2 - 0.0))


def test_perfect_confidence_is_perfectly_calibrated_at_the_edges() -> None:
    assert ece([1.0, 1.0, 0.0], [True, True, False]) == 0.0


def test_a_reliability_diagram_shows_what_its_bins_hold() -> None:
    low, high = reliability([0.2, 0.9, 0.85, 0.85], [False, True, True, False])

    assert (low.low, low.high, low.count, low.accuracy) == (0.1, 0.2, 1, 0.0)
    assert (high.low, high.high, high.count) == (0.8, 0.9, 3)
    assert high.confidence == pytest.approx((0.9 + 0.85 + 0.85) / 3)
    assert high.accuracy == pytest.approx(2 / 3)


def test_the_error_of_an_auroc_is_hanley_and_mcneils() -> None:
    area, up, down = 0.8, 30, 20
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (up - 1) * (q1 - area**2) + (down - 1) * (q2 - area**2)

    assert auroc_error(area, up, down) == pytest.approx((variance / (up * down)) ** 0.5)
    assert auroc_error(1.0, 30, 20) == 0.0


# weights: the share with which a near-duplicate counts

SHARES = [1.0, 1 / 2, 1 / 3, 1 / 7]
WEIGHTED = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.booleans(), st.sampled_from(SHARES)
    ),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(WEIGHTED)
def test_a_weighted_auroc_agrees_with_scikit_learn(
    entries: list[tuple[float, bool, float]],
) -> None:
    scores, positive, weights = zip(*entries, strict=True)
    if len(set(positive)) == 2:
        expected = roc_auc_score(positive, scores, sample_weight=weights)
        assert auroc(scores, positive, weights) == pytest.approx(expected)
    else:
        assert auroc(scores, positive, weights) is None


def test_a_weighted_auroc_weighs_the_pairs() -> None:
    # pairs (positive, negative): .9 over .4 weighs 1 · 1/2, .4 ties with .4: half of 1/3 · 1/2
    value = auroc([0.9, 0.4, 0.4], [True, True, False], [1.0, 1 / 3, 1 / 2])

    assert value == pytest.approx((1 * 1 / 2 + 1 / 3 * 1 / 2 / 2) / ((1 + 1 / 3) * 1 / 2))


def test_a_weighted_curve_adds_shares() -> None:
    first, second, third = risk_coverage([0.9, 0.5, 0.2], [True, False, True], [1.0, 1 / 2, 1 / 2])

    assert (first.coverage, first.risk) == (1 / 2, 0 / 1)
    assert (second.coverage, second.risk) == (1.5 / 2, pytest.approx(0.5 / 1.5))
    assert (third.coverage, third.risk) == (2 / 2, pytest.approx(0.5 / 2))
    assert aurc([0.9, 0.5, 0.2], [True, False, True], [1.0, 1 / 2, 1 / 2]) == pytest.approx(
        1 / 2 * 0 + 1 / 4 * (0.5 / 1.5) + 1 / 4 * (0.5 / 2)
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.booleans()), min_size=1), st.data())
def test_a_weight_of_n_is_n_questions(pairs: list[tuple[float, bool]], data: st.DataObject) -> None:
    counts = data.draw(st.lists(st.integers(1, 4), min_size=len(pairs), max_size=len(pairs)))
    scores, right = [s for s, _ in pairs], [r for _, r in pairs]
    written_out = [p for p, count in zip(pairs, counts, strict=True) for _ in range(count)]
    many, many_right = [s for s, _ in written_out], [r for _, r in written_out]
    weights = [float(count) for count in counts]

    assert aurc(scores, right, weights) == pytest.approx(aurc(many, many_right))
    assert ece(scores, right, weights=weights) == pytest.approx(ece(many, many_right))
    assert coverage_at_risk(scores, right, 0.3, weights) == pytest.approx(
        coverage_at_risk(many, many_right, 0.3)
    )
    assert auroc(scores, right, weights) == pytest.approx(auroc(many, many_right))


@pytest.mark.parametrize("size", [3, 6, 7, 9, 10])
def test_a_risk_that_is_just_allowed_is_allowed_although_shares_are_no_whole_numbers(
    size: int,
) -> None:
    # 20 groups of near-duplicates, the surest of them wrong: one in twenty is 5 %
    places = [(group, member) for group in range(20) for member in range(size)]
    scores = [1 - group / 100 - member / 10_000 for group, member in places]
    right = [group != 0 for group, _ in places]

    assert coverage_at_risk(scores, right, 0.05, [1 / size] * len(places)) == pytest.approx(1.0)
    points = risk_coverage(scores, right, [1 / size] * len(places))
    assert all(0.0 <= point.coverage <= 1.0 for point in points)


def test_a_weighted_ece_weighs_the_gaps() -> None:
    # (.8,.9] weighs 1 + 1/2 with 1 right, (.1,.2] weighs 1/2 with none right
    value = ece([0.9, 0.9, 0.2], [True, False, False], weights=[1.0, 1 / 2, 1 / 2])

    assert value == pytest.approx(1.5 / 2 * abs(0.9 - 1 / 1.5) + 0.5 / 2 * abs(0.2 - 0))
