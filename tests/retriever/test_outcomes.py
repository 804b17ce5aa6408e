from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.answer import Outcome
from retriever.linear import FeatureModel, log_softmax
from retriever.outcomes import COSTS, by_cost, by_rules

NOTHING = {
    "route": 0.0,
    "incomplete": 0.0,
    "route_cosine": 0.0,
    "route_lead": -1.0,
    "siblings_near": 0.0,
}


@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4))
def test_the_first_outcome_is_the_cheapest_one(chances: list[float]) -> None:
    known = {outcome.value: p for outcome, p in zip(Outcome, chances, strict=True)}

    def cost(decided: Outcome) -> float:
        return sum(known[o.value] * COSTS[decided].get(o, 0.0) for o in Outcome if o is not decided)

    order = by_cost(known)
    assert sorted(order, key=cost) == order
    assert set(order) == set(Outcome)


def test_an_answer_that_would_be_wrong_costs_more_than_silence() -> None:
    assert by_cost({"answered": 0.6, "unknown": 0.4})[0] is Outcome.UNKNOWN
    assert by_cost({"answered": 0.7, "unknown": 0.3})[0] is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("features", "sure", "tried"),
    [
        ({}, 0.9, [Outcome.ANSWERED]),
        ({}, 0.1, [Outcome.UNKNOWN]),
        ({"route": 1.0}, 0.9, [Outcome.HANDOVER, Outcome.ANSWERED]),
        ({"incomplete": 1.0}, 0.1, [Outcome.CLARIFY, Outcome.UNKNOWN]),
        ({"siblings_near": 1.0}, 0.9, [Outcome.CLARIFY, Outcome.ANSWERED]),
        ({"siblings_near": 1.0}, 0.1, [Outcome.UNKNOWN]),
        (
            {"route_cosine": 0.8, "route_lead": 0.1},
            0.9,
            [Outcome.HANDOVER] * 2 + [Outcome.ANSWERED],
        ),
    ],
)
def test_rules_try_hand_over_then_asking_back_then_an_answer(
    features: dict[str, float], sure: float, tried: list[Outcome]
) -> None:
    assert by_rules({**NOTHING, **features}, sure, 0.5) == tried


def test_probabilities_are_the_softmax_of_weighted_features() -> None:
    model = FeatureModel({"a": 1.0, "b": 0.0}, {"a": {"x": -1.0}, "b": {"x": 1.0, "y": 5.0}})
    assert model.probabilities({"x": 0.5}) == pytest.approx({"a": 0.5, "b": 0.5})
    assert sum(
        pow(2.718281828, value) for value in log_softmax([1.0, -3.0, 400.0])
    ) == pytest.approx(1)
