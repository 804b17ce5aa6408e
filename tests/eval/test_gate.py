"""The gate: what it lets through, what it stops, and how often it is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.errors import RunError
from eval.gate import Ruling, gate
from eval.verdict import RANKED
from tests.eval.simulated import make_run, make_verdict, run_of, two_systems


def rulings(run_pair: tuple[list[bool], list[bool]]) -> dict[str, Ruling]:
    baseline, run = run_pair
    return {reason.rule: reason.ruling for reason in gate(run_of(run), run_of(baseline)).reasons}


def test_the_same_run_again_passes() -> None:
    run = run_of([True] * 80 + [False] * 20)

    found = gate(run, run)

    assert found.ruling is Ruling.PASS
    assert found.measure == "right"
    assert found.to_json()["measure"]["delta"]["value"] == 0.0


def test_an_equal_system_is_stopped_in_at_most_5_of_100_simulations() -> None:
    draws = np.random.default_rng(20261125)
    stopped = 0
    for _ in range(100):
        baseline, run = two_systems(draws, 240, discordant=0.06)
        stopped += gate(run, baseline).ruling is Ruling.FAIL
    assert stopped <= 5


def test_a_system_that_loses_10_points_is_stopped_in_nine_of_ten_simulations() -> None:
    draws = np.random.default_rng(20261125)
    stopped = 0
    for _ in range(50):
        baseline, run = two_systems(draws, 240, discordant=0.06, worse_by=0.10)
        stopped += gate(run, baseline).ruling is Ruling.FAIL
    assert stopped >= 45


def test_the_upper_bound_below_zero_fails() -> None:
    assert rulings(([True] * 100, [False] * 10 + [True] * 90))["delta"] is Ruling.FAIL


def test_a_lower_bound_beyond_two_points_warns_and_is_let_through() -> None:
    # as many won as lost, 6 % of 240 in all: the lower bound is about −.031
    baseline = [False] * 7 + [True] * 233
    run = [True] * 7 + [False] * 7 + [True] * 226

    found = gate(run_of(run), run_of(baseline))

    assert found.delta.delta.low == pytest.approx(-0.031, abs=0.003)
    assert found.ruling is Ruling.WARN


def test_one_lost_question_of_500_passes() -> None:
    found = gate(run_of([False] + [True] * 499), run_of([True] * 500))

    # 1/500 lost: the lower bound is −3/500
    assert found.delta.delta.low == pytest.approx(-3 / 500)
    assert found.ruling is Ruling.PASS


def test_one_new_fatal_error_fails_whatever_else_got_better() -> None:
    baseline = make_run(make_verdict(f"q{n}", right=n > 20) for n in range(100))
    verdicts = [make_verdict(f"q{n}") for n in range(99)]
    run = make_run([*verdicts, make_verdict("q99", fatal=("price",), right=False)])

    found = gate(run, baseline)

    assert found.ruling is Ruling.FAIL
    assert [(new.verdict.question.id, new.kinds) for new in found.new_fatal] == [
        ("q99", ("price",))
    ]
    assert "资费或数量说错" in found.reasons[-1].says


def test_a_fatal_error_that_the_baseline_has_too_is_not_new() -> None:
    both = [make_verdict("q1", fatal=("must_say",), right=False), make_verdict("q2")]
    assert gate(make_run(both), make_run(both)).new_fatal == ()
    worse = [replace(both[0], fatal=("must_say", "price")), both[1]]
    assert gate(make_run(worse), make_run(both)).new_fatal[0].kinds == ("price",)


def test_a_fatal_error_on_a_question_that_the_baseline_was_not_asked_is_new() -> None:
    baseline = make_run([make_verdict("q1")])
    run = make_run([make_verdict("q1"), make_verdict("q2", fatal=("internal",))])
    assert gate(run, baseline).ruling is Ruling.FAIL


def test_false_answers_that_rise_significantly_fail() -> None:
    answerable = [True] * 200 + [False] * 40
    quiet = run_of([True] * 240, answerable)
    # 8 of 40 unanswerable ones are answered now: p = 2 / 2^8
    loud = run_of([True] * 200 + [False] * 8 + [True] * 32, answerable)

    found = gate(loud, quiet, "Hit@1")

    assert found.false_answers is not None
    assert found.false_answers.p == pytest.approx(2 / 2**8)
    assert {r.rule: r.ruling for r in found.reasons}["false_answers"] is Ruling.FAIL
    assert gate(quiet, loud, "Hit@1").ruling is Ruling.PASS


def test_a_few_more_false_answers_may_be_chance() -> None:
    answerable = [True] * 200 + [False] * 40
    quiet = run_of([True] * 240, answerable)
    loud = run_of([True] * 200 + [False] * 3 + [True] * 37, answerable)
    found = {r.rule: r.ruling for r in gate(loud, quiet, "Hit@1").reasons}
    assert found["false_answers"] is Ruling.PASS


def test_systems_that_only_rank_are_gated_on_their_first_item() -> None:
    ranked = [
        replace(make_verdict(f"q{n}"), outcome=RANKED, checks={"item": True}) for n in range(30)
    ]
    run = make_run(
        [*ranked, replace(make_verdict("u", answerable=False), outcome=RANKED, checks={})]
    )
    found = gate(run, run)
    assert found.measure == "Hit@1"
    assert found.false_answers is None


def test_questions_that_were_not_asked_again_are_told() -> None:
    baseline = run_of([True] * 10)
    run = run_of([True] * 8)
    found = gate(run, baseline)
    assert found.ruling is Ruling.WARN
    assert "2 题" in found.reasons[-1].says
    assert found.to_json()["unpaired"] == 2


def test_a_reworded_question_is_not_compared() -> None:
    baseline = make_run([make_verdict("q1"), make_verdict("q2")])
    run = make_run([make_verdict("q1"), make_verdict("q2", question="另一个问题", right=False)])
    found = gate(run, baseline)
    assert found.delta.questions == 1
    assert found.to_json()["pairs"] == 1


def test_runs_without_a_common_question_cannot_be_gated() -> None:
    with pytest.raises(RunError, match="没有相同的题"):
        gate(make_run([make_verdict("a")]), make_run([make_verdict("b")]))


def test_an_unknown_measure_is_named_with_those_there_are() -> None:
    run = run_of([True])
    with pytest.raises(RunError, match=r"Hit@1.*right"):
        gate(run, run, "hits")
