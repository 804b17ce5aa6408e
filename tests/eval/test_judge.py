"""Verdicts: which checks apply to a reply, and which of them it passes."""

from __future__ import annotations

from typing import Any

import pytest

from corpora.push_template import PushChannel
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Facet,
    FacetKind,
    KnowledgeItem,
    Region,
    Relation,
    RelationKind,
    SubLibrary,
)
from corpora.versions import ItemVersion
from eval.faqset import Expectation
from eval.fatal import Fatal
from eval.judge import judge
from eval.stages import Cause, Stage
from eval.systems.protocol import Reply
from eval.verdict import ERROR, RANKED
from retriever.answer import Answer, Clarification, Handover, Option, Outcome, Tip
from retriever.push import PushPreview
from tests.eval.builders import (
    AGENT,
    CUSTOMER,
    make_answer,
    make_facet,
    make_item,
    make_question,
    make_reply,
    make_verdict,
    source_of,
)

FAMILY = Expectation(Outcome.ANSWERED, ("biz-family",))
OTHER = ItemVersion(make_item("biz-other"), 1)


def checks(expect: Expectation, answer: Answer, **more: Any) -> dict[str, bool]:
    return dict(make_verdict(make_question(expect), (), answer, **more).checks)


def make_tip(tip_id: str = "tip-a", **changes: Any) -> KnowledgeItem:
    known: dict[str, Any] = {
        "title": "提醒",
        "sub_library": SubLibrary.TIPS,
        "must_say": True,
        "facets": (make_facet(FacetKind.WARNING, "取消后成员之间不再免费。"),),
    }
    return make_item(tip_id, **{**known, **changes})


def test_the_right_item_in_an_answer_is_right() -> None:
    verdict = make_verdict(make_question(FAMILY), ["biz-family"])

    assert verdict.checks == {"outcome": True, "item": True}
    assert verdict.right
    assert verdict.first_is_expected
    assert (verdict.stage, verdict.cause, verdict.owner, verdict.why) == ("", "", "", ())


def test_another_item_is_wrong_and_said_so() -> None:
    verdict = make_verdict(make_question(FAMILY), ["biz-other"], make_answer(held=OTHER))

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
    assert not checks(expect, make_answer(held=OTHER))["facet"]


def test_facts_may_stand_in_the_words_or_in_a_command() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), None, ("五块", "QXQQW"))
    action = Action(ActionKind.CANCEL, Channel.SMS, "短信取消", "QXQQW@10086")

    assert checks(expect, make_answer(actions=(action,)))["facts"]
    verdict = make_verdict(make_question(expect))
    assert not verdict.checks["facts"]
    assert verdict.why == ("没有说 QXQQW",)


def test_a_forbidden_fact_is_wrong_and_fatal() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), None, (), ("5元",))

    verdict = make_verdict(make_question(expect))

    assert not verdict.checks["not_forbidden"]
    assert verdict.fatal == (Fatal.PRICE,)
    assert verdict.why == ("不该说 5元",)
    assert not verdict.right


def test_a_fatal_error_makes_an_answer_wrong_that_passes_every_check() -> None:
    verdict = make_verdict(answer=make_answer(text="每月5元", facts=()))

    assert all(verdict.checks.values())
    assert verdict.fatal == (Fatal.PROMISE,)
    assert not verdict.right
    assert verdict.stage == Stage.FATAL


# what must be said


def cancelled(*tips: Tip, **changes: Any) -> Answer:
    """An answer that tells how to cancel an item which points to tip-a."""
    held = make_item(relations=(Relation(RelationKind.TIP, "tip-a"),))
    return make_answer(held=ItemVersion(held, 1), facet=FacetKind.CANCEL, tips=tips, **changes)


POINTING = make_item(relations=(Relation(RelationKind.TIP, "tip-a"),))
SAID = Tip("tip-a", "提醒", "取消后成员之间不再免费。", must_say=True)


def test_a_must_say_tip_of_the_item_is_due_when_it_is_handled() -> None:
    source = source_of(POINTING, make_tip())

    assert checks(FAMILY, cancelled(SAID), source=source)["must_say"]
    verdict = make_verdict(make_question(FAMILY), answer=cancelled(), source=source)
    assert not verdict.checks["must_say"]
    assert verdict.fatal == (Fatal.MUST_SAY,)
    assert verdict.stage == Stage.TIP_MISSING
    assert verdict.why == ("没有必说提醒 tip-a",)


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        pytest.param([POINTING, make_tip(must_say=False)], cancelled(), id="may be said"),
        pytest.param([make_item(), make_tip()], cancelled(), id="of another item"),
        pytest.param([POINTING], cancelled(), id="does not hold on the day"),
        pytest.param(
            [make_item(relations=(Relation(RelationKind.SEE_ALSO, "tip-a"),)), make_tip()],
            cancelled(),
            id="is no warning",
        ),
        pytest.param(
            [POINTING, make_tip()], make_answer(facet=FacetKind.PRICE), id="nothing is handled"
        ),
    ],
)
def test_a_tip_is_not_due_where_nothing_asks_for_it(
    items: list[KnowledgeItem], answer: Answer
) -> None:
    assert "must_say" not in checks(FAMILY, answer, source=source_of(*items))


def test_a_tip_for_staff_is_due_to_an_agent_and_not_to_a_customer() -> None:
    staff = Facet(FacetKind.WARNING, "先核对合约。", audience=Audience.AGENT)
    source = source_of(POINTING, make_tip(facets=(staff,)))

    assert not checks(FAMILY, cancelled(), source=source)["must_say"]
    assert "must_say" not in checks(FAMILY, cancelled(), source=source, wanted=CUSTOMER)


def test_a_local_variant_of_a_tip_stands_for_the_tip() -> None:
    local = make_tip("tip-a-wanghai", variant_of="tip-a", region=Region("yj/wanghai"))
    stranger = make_tip("tip-b")
    source = source_of(POINTING, make_tip(), local, stranger)

    of_the_city = Tip("tip-a-wanghai", "提醒", "在望海也是。", must_say=True)
    assert checks(FAMILY, cancelled(of_the_city), source=source)["must_say"]
    other = Tip("tip-b", "提醒", "别的。", must_say=True)
    assert not checks(FAMILY, cancelled(other), source=source)["must_say"]


def test_a_declared_tip_is_due_whatever_the_answer_is_about() -> None:
    declared = Expectation(Outcome.ANSWERED, ("biz-family",), must_say=("tip-a", "tip-b"))

    verdict = make_verdict(make_question(declared), answer=make_answer(tips=(SAID,)))

    assert not verdict.checks["must_say"]
    assert verdict.why == ("没有必说提醒 tip-b",)
    both = (SAID, Tip("tip-b", "提醒", "另一句", must_say=False))
    assert checks(declared, make_answer(tips=both))["must_say"]


# messages beside the answer


def preview_of(template: str = "tpl-a", text: str = "【示例移动】亲情网每月5元。") -> PushPreview:
    return PushPreview(template, PushChannel.SMS, text, 1, ())


def test_the_expected_message_has_to_be_offered() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), templates=("tpl-a", "tpl-b"))

    assert checks(expect, make_answer(push=(preview_of("tpl-b"),)))["preview"]
    verdict = make_verdict(make_question(expect), ["biz-family"])
    assert not verdict.checks["preview"]
    assert verdict.stage == Stage.WRONG_PREVIEW
    assert verdict.cause == Cause.WORDING


def test_a_broken_preview_is_wrong_although_nobody_asked_for_it() -> None:
    answer = make_answer(push=(preview_of(text="没有签名"),))

    assert not checks(FAMILY, answer)["preview"]
    assert checks(FAMILY, make_answer(push=(preview_of(),)))["preview"]


def test_an_item_without_messages_has_no_preview_to_judge() -> None:
    assert "preview" not in checks(FAMILY, make_answer(), source=source_of(make_item()))


def test_what_is_not_answered_owes_no_message() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-family",), templates=("tpl-a",))

    assert "preview" not in checks(expect, make_answer(Outcome.UNKNOWN, text=""))


def test_the_offered_messages_are_written_down() -> None:
    verdict = make_verdict(answer=make_answer(push=(preview_of("tpl-a"), preview_of("tpl-b"))))

    assert verdict.templates == ("tpl-a", "tpl-b")


# the other outcomes


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


def test_a_question_that_nothing_answers_is_right_when_it_is_not_answered() -> None:
    expect = Expectation(Outcome.UNKNOWN)
    assert checks(expect, make_answer(Outcome.UNKNOWN, text="")) == {"outcome": True}
    verdict = make_verdict(make_question(expect))
    assert verdict.checks == {"outcome": False}
    assert verdict.stage == Stage.FALSE_ANSWER


# systems that only rank, and questions that are refused


def test_of_a_system_that_only_ranks_the_first_item_is_judged() -> None:
    found = judge(make_question(), Reply(("biz-family", "x"), 3.0), AGENT, source_of())
    missed = judge(make_question(), Reply(("x", "biz-family"), 3.0), AGENT, source_of())

    assert (found.outcome, found.checks, found.right) == (RANKED, {"item": True}, True)
    assert (missed.checks, missed.stage) == ({"item": False}, Stage.RANKED_LOWER)
    assert missed.why == ("首条应为 biz-family",)
    assert missed.cause == Cause.RETRIEVAL  # not the label's fault: it has no items to show
    assert missed.search_ms == 3.0


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CLARIFY, Outcome.HANDOVER])
def test_a_mere_ranking_of_what_no_item_answers_cannot_be_judged(outcome: Outcome) -> None:
    question = make_question(Expectation(outcome, handover="balance", clarify=("a",)))

    verdict = judge(question, Reply(("x",), 1.0), AGENT, source_of())

    assert not verdict.judged
    assert verdict.right
    assert verdict.stage == ""


def test_a_refused_question_is_wrong_in_all_that_applies() -> None:
    expect = Expectation(
        Outcome.ANSWERED, ("a",), FacetKind.PRICE, ("5元",), ("6元",), must_say=("tip-a",)
    )
    # whatever came with it, a problem is all that counts
    reply = Reply(("a",), 0.0, make_answer().to_json(), problem="问题是空的")

    verdict = judge(make_question(expect), reply, AGENT, source_of())

    assert verdict.outcome == ERROR
    assert verdict.checks == dict.fromkeys(("outcome", "item", "facet", "facts", "must_say"), False)
    assert not verdict.first_is_expected
    assert (verdict.stage, verdict.cause, verdict.fatal) == (Stage.REFUSED, Cause.QUESTION, ())
    assert verdict.to_json()["why"] == ["问题是空的"]


@pytest.mark.parametrize(
    ("expect", "expected"),
    [
        (Expectation(Outcome.UNKNOWN), {"outcome"}),
        (Expectation(Outcome.CLARIFY, clarify=("a",)), {"outcome", "clarify"}),
        (Expectation(Outcome.HANDOVER, handover="a"), {"outcome", "route"}),
    ],
)
def test_a_refused_question_is_no_abstention_either(
    expect: Expectation, expected: set[str]
) -> None:
    reply = Reply((), 0.0, problem="太长")

    assert set(judge(make_question(expect), reply, AGENT, source_of()).checks) == expected


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
    assert make_verdict(make_question(FAMILY), answer=make_answer(outcome)).sure == sure


def test_a_confidence_is_judged_as_it_is_stored() -> None:
    sure = make_verdict(confidence=0.123456789)

    assert sure.confidence == sure.to_json()["confidence"] == 0.1235


# who mends it


def test_a_failure_goes_to_the_owner_of_the_item_or_to_the_department_that_asked() -> None:
    question = make_question(FAMILY, department="客服部")
    wrong = make_answer(held=OTHER)

    owned = source_of(make_item(owner="市场部"))
    assert make_verdict(question, (), wrong, source=owned).owner == "市场部"
    assert make_verdict(question, (), wrong, source=source_of(make_item())).owner == "客服部"


def test_of_several_right_items_the_one_that_answered_is_to_be_mended() -> None:
    expect = Expectation(Outcome.ANSWERED, ("biz-gone", "biz-a", "biz-b"), None, ("6元",))
    items = [make_item("biz-a", owner="甲"), make_item("biz-b", owner="乙")]
    by_b = make_answer(held=ItemVersion(items[1], 1))

    answered = make_verdict(make_question(expect), (), by_b, source=source_of(*items))
    silent = make_verdict(
        make_question(expect), (), make_answer(Outcome.UNKNOWN), source=source_of(*items)
    )

    assert (answered.owner, answered.cause) == ("乙", Cause.KNOWLEDGE)
    # the first of them that holds: the label is right as long as one does
    assert (silent.owner, silent.cause) == ("甲", Cause.RETRIEVAL)


def test_the_city_and_the_times_are_kept() -> None:
    verdict = judge(make_question(), make_reply(), AGENT, source_of(), city="云都市")

    assert (verdict.city, verdict.search_ms, verdict.answer_ms) == ("云都市", 1.0, 2.0)
