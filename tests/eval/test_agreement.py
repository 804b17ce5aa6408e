"""How far two labellers agree: outcome over all, the rest where both found an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sklearn.metrics import cohen_kappa_score

from corpora.types import FacetKind
from eval.agreement import agreement, to_json
from eval.errors import EvalError
from eval.faqset import Expectation, FaqSet, Question
from retriever.answer import Outcome
from tests.eval.builders import make_question, make_set

PRICE, OPEN = FacetKind.PRICE, FacetKind.OPEN


def labelled(*expectations: Expectation, groups: bool = False) -> FaqSet:
    asked = tuple(
        replace(
            make_question(),
            id=f"q{n}",
            question=f"第{n}问",
            expect=expect,
            group="g" if groups else f"g{n}",
        )
        for n, expect in enumerate(expectations)
    )
    return replace(make_set(), questions=asked)


def answer(
    *items: str, facet: FacetKind | None = PRICE, facts: tuple[str, ...] = ()
) -> Expectation:
    return Expectation(Outcome.ANSWERED, items, facet, facts)


UNKNOWN = Expectation(Outcome.UNKNOWN)


def test_outcomes_are_compared_over_all_questions() -> None:
    found = agreement(
        labelled(answer("a"), UNKNOWN, UNKNOWN), labelled(answer("a"), UNKNOWN, answer("b"))
    )
    assert found["outcome"].questions == 3
    assert found["outcome"].rate == pytest.approx(2 / 3)
    assert found["outcome"].differ == ("q2",)
    ours, theirs = ["answered", "unknown", "unknown"], ["answered", "unknown", "answered"]
    assert found["outcome"].kappa == pytest.approx(cohen_kappa_score(ours, theirs))


def test_an_item_agrees_when_one_labellers_first_is_among_the_others() -> None:
    found = agreement(
        labelled(answer("a", "b"), answer("a"), answer("a")),
        labelled(answer("b"), answer("b", "a"), answer("c")),
    )
    assert (found["item"].questions, found["item"].differ) == (3, ("q2",))


def test_facets_and_facts_are_compared_where_the_item_agrees() -> None:
    found = agreement(
        labelled(answer("a"), answer("a", facet=OPEN), answer("x", facts=("10元",))),
        labelled(answer("a"), answer("a"), answer("y", facts=("20元",))),
    )
    assert (found["facet"].questions, found["facet"].differ) == (2, ("q1",))
    assert found["all_facts"].differ == ()


def test_a_shorter_list_of_facts_is_no_contradiction() -> None:
    found = agreement(
        labelled(answer("a", facts=("10 元", "1GB")), answer("a", facts=("10元",))),
        labelled(answer("a", facts=("10元",)), answer("a", facts=("20元",))),
    )
    assert found["all_facts"].differ == ("q1",)


def test_a_shared_fact_is_enough_to_agree_in_one() -> None:
    found = agreement(
        labelled(answer("a", facts=("每月10元", "1GB")), answer("a", facts=("10元",)), answer("a")),
        labelled(answer("a", facts=("10元", "退订")), answer("a", facts=("20元",)), answer("a")),
    )
    assert found["a_fact"].differ == ("q1",)
    assert found["all_facts"].differ == ("q0", "q1")


def test_near_duplicates_count_once() -> None:
    one = labelled(UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, groups=True)
    two = labelled(UNKNOWN, UNKNOWN, UNKNOWN, answer("a"), groups=True)
    alone = agreement(labelled(UNKNOWN), labelled(UNKNOWN))
    assert agreement(one, two)["outcome"].half_width >= alone["outcome"].half_width


def test_kappa_is_left_out_where_everybody_said_the_same() -> None:
    found = agreement(labelled(UNKNOWN), labelled(UNKNOWN))
    assert found["outcome"].kappa is None
    assert to_json(found)["outcome"]["rate"] == 1.0


def _asking(text: str) -> FaqSet:
    (own,) = labelled(UNKNOWN).questions
    return replace(make_set(), questions=(replace(own, question=text),))


def test_sets_that_share_no_question_or_ask_another_are_refused() -> None:
    other: tuple[Question, ...] = (replace(labelled(UNKNOWN).questions[0], id="z"),)
    with pytest.raises(EvalError, match="没有题号相同"):
        agreement(labelled(UNKNOWN), replace(make_set(), questions=other))
    with pytest.raises(EvalError, match="q0"):
        agreement(labelled(UNKNOWN), _asking("别的问题"))
