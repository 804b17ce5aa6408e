"""Comparing two runs: figures, slices, and the questions that changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.compare import compare
from eval.paired import Direction
from eval.verdict import RANKED
from tests.eval.simulated import make_run, make_verdict, run_of, two_systems


def test_what_got_better_and_worse_is_listed_and_the_rest_counted() -> None:
    before = make_run(
        [make_verdict("a"), make_verdict("b", right=False), make_verdict("c"), make_verdict("d")]
    )
    after = make_run(
        [
            make_verdict("a", right=False),
            make_verdict("b"),
            make_verdict("c"),
            make_verdict("d", right=False),
        ]
    )

    found = compare(before, after)

    assert [verdict.question.id for verdict in found.wins] == ["b"]
    assert [verdict.question.id for verdict in found.losses] == ["a", "d"]
    assert found.ties == 1
    hit = found.measures["Hit@1"]
    assert (hit.a, hit.b, hit.delta.value) == (3 / 4, 2 / 4, -1 / 4)


def test_a_planted_regression_of_5_points_is_found_in_nine_of_ten_runs() -> None:
    draws = np.random.default_rng(20261125)
    found = 0
    for _ in range(40):
        before, after = two_systems(draws, 500, discordant=0.06, worse_by=0.05)
        found += compare(before, after).measures["right"].direction is Direction.WORSE
    assert found >= 36


def test_a_regression_of_a_fifth_of_a_point_is_inconclusive() -> None:
    found = compare(run_of([True] * 500), run_of([False] + [True] * 499))
    assert found.measures["right"].direction is Direction.INCONCLUSIVE
    assert found.to_json()["measures"]["right"]["verdict"] == "inconclusive"


def test_a_slice_that_alone_got_worse_is_found_and_looks_are_paid_for() -> None:
    def verdicts(lost: int) -> list[object]:
        return [
            make_verdict(
                f"{library}-{n}",
                library=library,
                style="formal",
                right=not (library == "tips" and n < lost),
            )
            for library in ("business", "tips", "cases")
            for n in range(40)
        ]

    found = compare(make_run(verdicts(0)), make_run(verdicts(9)))  # type: ignore[arg-type]

    tips = found.to_json()["by_library"]["tips"]["right"]
    # 9 lost of 9: p = 2 / 2^9; three libraries were looked at
    assert tips["p"] == pytest.approx(2 / 2**9, abs=1e-6)
    assert tips["p_holm"] == pytest.approx(3 * 2 / 2**9, abs=1e-6)
    assert tips["verdict"] == "worse"
    assert found.to_json()["by_library"]["cases"]["right"]["verdict"] == "inconclusive"
    assert found.to_json()["by_style"]["formal"]["right"]["n"] == 120


def test_fewer_false_answers_are_better() -> None:
    answerable = [False] * 40
    loud, quiet = run_of([False] * 10 + [True] * 30, answerable), run_of([True] * 40, answerable)
    entry = compare(loud, quiet).to_json()["measures"]["false_answers"]
    assert entry["delta"]["value"] == -10 / 40
    assert entry["verdict"] == "better"


def test_a_system_that_only_ranks_is_compared_on_what_it_has() -> None:
    answers = make_run(
        [make_verdict("a"), make_verdict("b", right=False), make_verdict("u", answerable=False)]
    )
    ranks = make_run(
        [
            replace(make_verdict("a"), outcome=RANKED, checks={"item": True}),
            replace(make_verdict("b"), outcome=RANKED, checks={"item": True}),
            replace(make_verdict("u", answerable=False), outcome=RANKED, checks={}),
        ]
    )

    found = compare(answers, ranks)

    assert found.measures["Hit@1"].delta.value == 1 / 2
    assert "outcome" not in found.measures
    assert "false_answers" not in found.measures
    # the unanswerable one cannot be won or lost by a ranking
    assert [verdict.question.id for verdict in found.wins] == ["b"]
    assert found.losses == ()
    assert found.ties == 2


def test_ranking_measures_are_compared_too() -> None:
    found = compare(run_of([True, False]), run_of([True, True])).measures
    # (1 + 1/2) / 2 → 1
    assert (found["MRR"].a, found["MRR"].b) == (3 / 4, 1.0)
    assert found["MRR"].p is None
    assert {"R@5", "nDCG@10", "Hit@3"} <= set(found)
