"""Abstention: arithmetic spelled out, scikit-learn's AUROC, and brute force."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from eval.abstention import (
    aurc,
    auroc,
    coverage_at_risk,
    ece,
    false_abstention_rate,
    false_answer_rate,
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


def test_always_answering_shows_on_one_side_and_never_answering_on_the_other() -> None:
    answerable = [True, True, True, False]
    assert false_answer_rate([True] * 4, answerable) == 1.0
    assert false_abstention_rate([True] * 4, answerable) == 0.0
    assert false_answer_rate([False] * 4, answerable) == 0.0
    assert false_abstention_rate([False] * 4, answerable) == 1.0
    assert false_abstention_rate([True, False, True, True], answerable) == pytest.approx(1 / 3)


def test_a_side_without_questions_has_no_rate() -> None:
    assert false_answer_rate([True], [True]) is None
    assert false_abstention_rate([True], [False]) is None
    assert aurc([], []) is None
    assert ece([], []) is None


def test_ece_weighs_the_gap_of_each_bin() -> None:
    # (.8,.9]: sure .85, right 1/2; (.1,.2]: sure .2, right 0
    value = ece([0.85, 0.85, 0.2], [True, False, False])

    assert value == pytest.approx(2 / 3 * abs(0.85 - 0.5) + 1 / 3 * abs(0.2 - 0.0))


def test_perfect_confidence_is_perfectly_calibrated_at_the_edges() -> None:
    assert ece([1.0, 1.0, 0.0], [True, True, False]) == 0.0
