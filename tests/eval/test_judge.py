"""Verdicts: which checks apply to an answer, and which of them it passes."""

from __future__ import annotations

from typing import Any

import pytest

from corpora.types import Action, ActionKind, Channel, FacetKind
from corpora.versions import ItemVersion
from eval.faqset import Expectation
from eval.judge import judge, refused
from retriever.answer import Answer, Clarification, Handover, Option, Outcome, Tip
from tests.eval.builders import make_answer, make_item, make_question

FAMILY = Expectation(Outcome.ANSWERED, ("biz-family",))


def checks(expect: Expectation, answer: Answer, **more: Any) -> dict[str, bool]:
    return judge(make_question(expect), [], answer, **more).checks


def test_the_right_item_in_an_answer_is_right() -> None:
    verdict = judge(make_question(FAMILY), ["biz-family"], make_answer())

    assert verdict.checks == {"outcome": True, "item": True}
    assert verdict.right
    assert verdict.first_is_expected


def test_another_item_is_wrong_and_said_so() -> None:
    other = make_answer(held=ItemVersion(make_item("biz-other"), 1))

    verdict = judge(make_question(FAMILY), ["biz-other"], other)

    assert verdict.checks == {"outcome": True, "item": False}
    assert "biz-other" in verdict.why[0]


def test_an_abstention_answers_nothing() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), FacetKind.PRICE, ("5元",), ("6元",))

    answer = make_answer(Outcome.UNKNOWN, text="5元")

    assert checks(expect, answer) == {
        "outcome": False,
        "item": False,
        "facet": False,
        "facts": False,
        "not_forbidden": True,
    }


def test_the_facet_counts_only_on_the_right_item() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), FacetKind.PRICE)
    assert checks(expect, make_answer())["facet"]
    assert not checks(expect, make_answer(facet=FacetKind.OPEN))["facet"]
    other = make_answer(held=ItemVersion(make_item("biz-other"), 1))
    assert not checks(expect, other)["facet"]


def test_facts_may_stand_in_the_words_or_in_a_command() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), None, ("五块", "QXQQW"))
    action = Action(ActionKind.CANCEL, Channel.SMS, "短信取消", "QXQQW@10086")

    assert checks(expect, make_answer(actions=(action,)))["facts"]
    verdict = judge(make_question(expect), [], make_answer())
    assert not verdict.checks["facts"]
    assert verdict.why == ("没有说 QXQQW",)


def test_a_forbidden_fact_is_fatal() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), None, (), ("5元",))

    verdict = judge(make_question(expect), [], make_answer())

    assert verdict.fatal == ("not_forbidden",)
    assert not verdict.right


def test_a_must_say_tip_that_is_due_has_to_come_with_the_answer() -> None:
    tip = Tip("tip-a", "提醒", "请先退订", must_say=True)
    assert checks(FAMILY, make_answer(tips=(tip,)), due_tips=["tip-a"])["must_say"]
    verdict = judge(make_question(FAMILY), [], make_answer(), due_tips=["tip-a"])
    assert verdict.fatal == ("must_say",)
    declared = Expectation(Outcome.ANSWERED, ("biz-family",), must_say=("tip-a",))
    assert not checks(declared, make_answer())["must_say"]


def test_a_question_asked_back_must_offer_one_of_the_expected_choices() -> None:
    asked = Clarification(
        "您问哪一项？",
        (Option("亲情网", "亲情网怎么取消", "biz-family"), Option("副卡", "副卡", "biz-sub")),
    )
    answer = make_answer(Outcome.CLARIFY, clarify=asked)
    assert checks(Expectation(Outcome.CLARIFY), answer) == {"outcome": True}
    assert checks(Expectation(Outcome.CLARIFY, clarify=("biz-sub", "彩铃")), answer)["clarify"]
    assert checks(Expectation(Outcome.CLARIFY, clarify=("亲情",)), answer)["clarify"]
    assert not checks(Expectation(Outcome.CLARIFY, clarify=("彩铃",)), answer)["clarify"]
    assert not checks(Expectation(Outcome.CLARIFY, clarify=("彩铃",)), make_answer())["clarify"]


def test_a_handover_must_go_the_right_way() -> None:
    expect = Expectation(Outcome.HANDOVER, handover="balance")
    there = make_answer(Outcome.HANDOVER, handover=Handover("balance", "自助查询", (), ()))
    elsewhere = make_answer(Outcome.HANDOVER, handover=Handover("fraud", "专席", (), ()))
    assert checks(expect, there) == {"outcome": True, "route": True}
    assert checks(expect, elsewhere) == {"outcome": True, "route": False}
    assert checks(expect, make_answer()) == {"outcome": False, "route": False}


def test_a_refused_question_is_wrong_in_all_that_applies() -> None:
    expect = Expectation(Outcome.ANSWERED, ("a",), FacetKind.PRICE, ("5元",), ("6元",))

    verdict = refused(make_question(expect), "问题是空的")

    assert verdict.checks == {"outcome": False, "item": False, "facet": False, "facts": False}
    assert not verdict.first_is_expected
    assert verdict.to_json()["why"] == ["问题是空的"]


@pytest.mark.parametrize(
    ("outcome", "sure"),
    [
        (Outcome.ANSWERED, 0.9),
        (Outcome.UNKNOWN, 0.9),
        (Outcome.HANDOVER, 0.0),
        (Outcome.CLARIFY, 0.0),
    ],
)
def test_only_answers_and_abstentions_say_how_sure_they_were(outcome: Outcome, sure: float) -> None:
    assert judge(make_question(FAMILY), [], make_answer(outcome)).sure == sure
