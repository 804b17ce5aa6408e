"""Ranking measures: arithmetic by hand, and agreement with ir_measures and pytrec."""

from __future__ import annotations

import math
from typing import Any

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
# some rankings are empty, some hold items that nobody judged, some queries have none at all
RANKED = st.dictionaries(
    st.sampled_from([f"q{n}" for n in range(7)]),
    st.lists(st.sampled_from([*ITEMS, "u0", "u1", "u2"]), unique=True, max_size=18),
    max_size=7,
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


def scored(judged: dict[str, dict[str, int]], ranked: dict[str, list[str]]) -> Any:
    """The same rankings as other tools read them: scores that fall with the place."""
    return {
        query: {item: 100.0 - place for place, item in enumerate(items)}
        for query, items in ranked.items()
        if query in judged and items
    }


@settings(max_examples=60, deadline=None)
@given(JUDGED, RANKED)
def test_values_agree_with_ir_measures_aggregates(
    judged: dict[str, dict[str, int]], ranked: dict[str, list[str]]
) -> None:
    run = scored(judged, ranked)
    values = per_query(judged, ranked, FAQ_MEASURES)

    if run:
        expected = ir_measures.calc_aggregate(list(FAQ_MEASURES), judged, run)
        for measure, value in expected.items():
            of_queries = values[str(measure)]
            assert math.fsum(of_queries.values()) / len(judged) == pytest.approx(value)
    else:
        assert not any(value for of in values.values() for value in of.values())


BY_PYTREC = {
    **{f"R@{k}": f"recall_{k}" for k in (1, 3, 5, 10)},
    **{f"Success@{k}": f"success_{k}" for k in (1, 3, 5)},
    "nDCG@10": "ndcg_cut_10",
    "RR@10": "recip_rank",
}


def by_pytrec(judged: dict[str, dict[str, int]], run: Any) -> Any:
    wanted = {"recall.1,3,5,10", "success.1,3,5", "ndcg_cut.10", "recip_rank"}
    return pytrec_eval.RelevanceEvaluator(judged, wanted).evaluate(run) if run else {}


@settings(max_examples=60, deadline=None)
@given(JUDGED, RANKED)
def test_every_value_agrees_with_pytrec_eval(
    judged: dict[str, dict[str, int]], ranked: dict[str, list[str]]
) -> None:
    # its reciprocal rank knows no cutoff: what lies beyond ours is cut off before
    run = scored(judged, {query: items[:10] for query, items in ranked.items()})
    expected = by_pytrec(judged, run)
    values = per_query(judged, ranked, FAQ_MEASURES)

    assert set(values) == set(BY_PYTREC)
    for name, theirs in BY_PYTREC.items():
        for query in judged:  # a query without a ranking is not in theirs, and 0 in ours
            reference = expected.get(query, {}).get(theirs, 0.0)
            assert values[name][query] == pytest.approx(reference), (name, query)


@settings(max_examples=40, deadline=None)
@given(JUDGED, st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 3), min_size=1, max_size=15))
def test_tied_scores_measure_alike_once_they_are_put_in_the_order_of_trec(
    judged: dict[str, dict[str, int]], scores: dict[str, int]
) -> None:
    run = {query: {item: float(score) for item, score in scores.items()} for query in judged}
    # trec_eval breaks ties by the larger id
    order = sorted(sorted(scores, reverse=True), key=lambda item: -scores[item])[:10]
    top = {query: {item: of[item] for item in order} for query, of in run.items()}
    expected = by_pytrec(judged, top)
    values = per_query(judged, dict.fromkeys(judged, order), FAQ_MEASURES)

    for name, theirs in BY_PYTREC.items():
        for query in judged:
            assert values[name][query] == pytest.approx(expected[query][theirs]), (name, query)


def test_recall_counts_all_that_is_relevant_however_deep_the_cutoff() -> None:
    judged = {"q": {"a": 1, "b": 1, "c": 1, "d": 0}}

    values = per_query(judged, {"q": ["a", "d", "b"]}, [R @ 1, R @ 3, R @ 10])

    assert values == {"R@1": {"q": 1 / 3}, "R@3": {"q": 2 / 3}, "R@10": {"q": 2 / 3}}
