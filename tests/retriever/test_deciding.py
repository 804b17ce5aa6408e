"""In which order outcomes are tried, once their chances are known."""

from __future__ import annotations

from retriever.answer import Outcome
from retriever.outcomes import COSTS, in_order

PLAIN = {
    "route": 0.0,
    "named": 0.0,
    "incomplete": 0.0,
    "siblings_near": 0.0,
    "asked": 0.8,
    "plainly": 0.0,
    "asks_to_check": 0.0,
}
SHORT = {"answered": 0.3, "clarify": 0.45, "handover": 0.0, "unknown": 0.25}


def first(
    chances: dict[str, float],
    *,
    can_ask: bool = False,
    can_hand_over: bool = True,
    **features: float,
) -> Outcome:
    order = in_order(chances, PLAIN | features, can_ask=can_ask, can_hand_over=can_hand_over)
    assert set(order) == set(Outcome)
    return order[0]


def test_what_can_be_asked_back_is_asked_back() -> None:
    assert first(SHORT, can_ask=True) is Outcome.CLARIFY


def test_a_short_question_that_names_its_item_is_answered() -> None:
    assert first(SHORT, named=1.0) is Outcome.ANSWERED
    assert first(SHORT, named=1.0, can_ask=True) is Outcome.CLARIFY


def test_a_short_question_that_names_nothing_is_not_answered_on_a_guess() -> None:
    assert first(SHORT) is Outcome.UNKNOWN


def test_a_question_that_stands_under_the_item_is_answered_whatever_its_chances() -> None:
    doubted = {"answered": 0.1, "clarify": 0.1, "handover": 0.0, "unknown": 0.8}
    assert first(doubted, asked=0.99) is Outcome.ANSWERED
    assert first(doubted, asked=0.99, siblings_near=1.0) is not Outcome.ANSWERED
    assert first(doubted, asked=0.99, incomplete=1.0) is not Outcome.ANSWERED
    assert first(doubted, asked=0.9) is Outcome.UNKNOWN


def test_so_is_one_that_says_its_name_and_nothing_but_what_to_tell() -> None:
    doubted = {"answered": 0.1, "clarify": 0.1, "handover": 0.0, "unknown": 0.8}
    assert first(doubted, plainly=1.0) is Outcome.ANSWERED
    assert first(doubted, plainly=1.0, incomplete=1.0) is not Outcome.ANSWERED


def test_where_a_pattern_of_a_route_matches_it_is_handed_over_before_anything_else() -> None:
    assert first({**SHORT, "unknown": 0.6}, route=1.0, asked=0.99) is Outcome.HANDOVER


def test_a_route_gives_way_to_an_answer_that_is_the_cheapest() -> None:
    assert first(SHORT, route=1.0, named=1.0) is Outcome.ANSWERED


def test_a_hand_over_that_no_route_takes_does_not_stand_against_an_answer() -> None:
    chances = {"answered": 0.48, "clarify": 0.0, "handover": 0.45, "unknown": 0.07}
    assert first(chances) is Outcome.HANDOVER
    assert first(chances, can_hand_over=False) is Outcome.ANSWERED


def test_what_is_likelier_to_be_handed_over_is_not_answered_for_want_of_a_route() -> None:
    chances = {"answered": 0.07, "clarify": 0.0, "handover": 0.9, "unknown": 0.03}
    order = in_order(chances, PLAIN, can_ask=False, can_hand_over=False)
    assert order.index(Outcome.UNKNOWN) < order.index(Outcome.ANSWERED)


def test_another_price_of_a_wrong_answer_is_another_order() -> None:
    chances = {"answered": 0.45, "clarify": 0.25, "unknown": 0.3}
    assert first(chances, can_ask=True) is Outcome.UNKNOWN
    cheap = {**COSTS, Outcome.ANSWERED: {Outcome.UNKNOWN: 0.5}}
    assert (
        in_order(chances, PLAIN, can_ask=True, can_hand_over=True, costs=cheap)[0]
        is Outcome.ANSWERED
    )
