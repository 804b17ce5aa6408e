"""Ranking measures: arithmetic by hand, and agreement with ir_measures and pytrec."""

from __future__ import annotations

import math

import ir_measures
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from eval.measures import BEIR_MEASURES, FAQ_MEASURES, per_query

ITEMS = [f"i{n}" for n in range(15)]
JUDGED = st.dictionaries(
    st.sampled_from([f"q{n}" for n in range(6)]),
    st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 3), min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)
RANKED = st.dictionaries(
    st.sampled_from([f"q{n}" for n in range(7)]), st.permutations(ITEMS), max_size=7
)


def test_the_measures_are_what_they_are_defined_to_be() -> None:
    judged = {"q": {"b": 1, "d": 1}}
    ranked = {"q": ["a", "b", "c", "d"]}

    values = per_query(judged, ranked, BEIR_MEASURES)

    gain = 1 / math.log2(2 + 1) + 1 / math.log2(4 + 1)
    ideal = 1 / math.log2(1 + 1) + 1 / math.log2(2 + 1)
    assert {name: of["q"] for name, of in values.items()} == pytest.approx(
        {
            "Success@1": 0.0,
            "R@1": 0.0,
            "R@3": 1 / 2,
            "R@5": 2 / 2,
            "RR@10": 1 / 2,
            "nDCG@10": gain / ideal,
        }
    )


def test_a_query_without_an_answer_counts_zero() -> None:
    values = per_query({"a": {"x": 1}, "b": {"y": 1}}, {"a": ["x"]}, FAQ_MEASURES)

    assert all(of == {"a": 1.0, "b": 0.0} for of in values.values())


@pytest.mark.parametrize("ranked", [{}, {"a": []}, {"other": ["x"]}])
def test_a_run_without_a_single_answer_is_zero_everywhere(ranked: dict[str, list[str]]) -> None:
    assert per_query({"a": {"x": 1}}, ranked, [Success @ 1]) == {"Success@1": {"a": 0.0}}


def test_nothing_judged_is_nothing_measured() -> None:
    assert per_query({}, {"a": ["x"]}, [Success @ 1]) == {"Success@1": {}}


def test_the_eleventh_place_is_beyond_the_cutoff() -> None:
    ranked = {"q": [*ITEMS[:10], "x"]}

    assert per_query({"q": {"x": 1}}, ranked, [RR @ 10, nDCG @ 10]) == {
        "RR@10": {"q": 0.0},
        "nDCG@10": {"q": 0.0},
    }


def test_only_the_order_of_a_ranking_counts_never_the_spelling_of_ids() -> None:
    for first, second in [("a", "z"), ("z", "a")]:
        values = per_query({"q": {first: 1}}, {"q": [first, second]}, [Success @ 1])
        assert values["Success@1"]["q"] == 1.0


@settings(max_examples=40, deadline=None)
@given(JUDGED, RANKED)
def test_values_agree_with_ir_measures_aggregates(
    judged: dict[str, dict[str, int]], ranked: dict[str, list[str]]
) -> None:
    run = {
        query: {item: 100.0 - place for place, item in enumerate(items)}
        for query, items in ranked.items()
        if query in judged
    }
    values = per_query(judged, ranked, BEIR_MEASURES)

    if run:
        expected = ir_measures.calc_aggregate(list(BEIR_MEASURES), judged, run)
        for measure, value in expected.items():
            of_queries = values[str(measure)]
            assert math.fsum(of_queries.values()) / len(judged) == pytest.approx(value)
    else:
        assert not any(value for of in values.values() for value in of.values())


@settings(max_examples=40, deadline=None)
@given(JUDGED, RANKED)
def test_values_agree_with_pytrec_eval(
    judged: dict[str, dict[str, int]], ranked: dict[str, list[str]]
) -> None:
    run = {
        query: {item: 100.0 - place for place, item in enumerate(items)}
        for query, items in ranked.items()
        if query in judged
    }
    evaluator = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut.10", "recall.3", "success.1"})
    expected = evaluator.evaluate(run) if run else {}
    values = per_query(judged, ranked, [nDCG @ 10, R @ 3, Success @ 1])

    for query in judged:
        reference = expected.get(query, {"ndcg_cut_10": 0.0, "recall_3": 0.0, "success_1": 0.0})
        assert values["nDCG@10"][query] == pytest.approx(reference["ndcg_cut_10"])
        assert values["R@3"][query] == pytest.approx(reference["recall_3"])
        assert values["Success@1"][query] == pytest.approx(reference["success_1"])
