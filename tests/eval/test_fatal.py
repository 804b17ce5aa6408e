"""Fatal errors: each kind is found, and what only looks like it is let through."""

from __future__ import annotations

import datetime as dt
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
    SaleStatus,
)
from corpora.versions import ItemVersion
from eval.faqset import Expectation, Kind, QuestionFilter
from eval.fatal import Fatal, fatal_errors
from eval.given import Given
from retriever.answer import Answer, Fact, Outcome
from retriever.push import PushPreview
from tests.eval.builders import DAY, make_answer, make_item, make_question, make_view

BY_CUSTOMER = QuestionFilter(audience=Audience.CUSTOMER)


def fatal(
    answer: Answer,
    expect: Expectation | None = None,
    *,
    item: KnowledgeItem | None = None,
    day: dt.date = DAY,
    tips_lack: tuple[str, ...] = (),
    **question: Any,
) -> list[str]:
    """The kinds of fatal error of an answer, each as often as it is said."""
    given = Given.from_json(answer.to_json())
    view = make_view(item) if item else None
    asked = make_question(expect, **question)
    return [kind for kind, _ in fatal_errors(asked, given, view, day, tips_lack=tips_lack)]


def forbidding(*facts: str) -> Expectation:
    return Expectation(Outcome.ANSWERED, ("biz-family",), must_not_contain=facts)


def demanding(*facts: str) -> Expectation:
    return Expectation(Outcome.ANSWERED, ("biz-family",), must_contain=facts)


def of_another_item(text: str) -> Answer:
    return make_answer(held=ItemVersion(make_item("biz-other"), 1), text=text)


def made_of(item: KnowledgeItem, **changes: Any) -> Answer:
    return make_answer(held=ItemVersion(item, 1), **changes)


def test_a_right_answer_is_not_fatal() -> None:
    assert fatal(make_answer(), demanding("5元"), item=make_item()) == []


def test_every_kind_has_a_name_on_screen() -> None:
    assert len({kind.label for kind in Fatal}) == len(Fatal)


# a wrong price, date or eligibility


@pytest.mark.parametrize(
    ("said", "forbidden", "kind"),
    [
        ("每月6元", "6元", Fatal.PRICE),
        ("每月六块", "6元", Fatal.PRICE),
        ("含20GB", "20GB", Fatal.PRICE),
        ("2026年12月1日生效", "2026-12-01", Fatal.DATE),
        ("次月1日生效", "1日", Fatal.DATE),
        ("12月生效", "12月", Fatal.DATE),
    ],
)
def test_a_forbidden_fact_is_fatal_by_what_it_is(said: str, forbidden: str, kind: Fatal) -> None:
    assert fatal(make_answer(text=said), forbidding(forbidden)) == [kind]


@pytest.mark.parametrize("kind", [Kind.ELIGIBILITY, Kind.CONDITION, Kind.BY_PROXY])
def test_a_forbidden_condition_is_a_wrong_eligibility(kind: Kind) -> None:
    told = make_answer(text="30岁以上也能办")

    assert fatal(told, forbidding("30岁以上"), kind=kind) == [Fatal.ELIGIBILITY]
    assert fatal(told, forbidding("30岁以上"), kind=Kind.PRICE) == [Fatal.PRICE]
    assert fatal(told, forbidding("5元"), kind=kind) == []


def test_a_forbidden_number_inside_another_one_is_not_said() -> None:
    assert fatal(make_answer(text="每月129元"), forbidding("29元")) == []


def test_a_forbidden_fact_in_a_message_is_fatal_too() -> None:
    message = PushPreview("tpl-a", PushChannel.SMS, "【示例移动】每月6元", 1, ())

    assert fatal(make_answer(push=(message,)), forbidding("6元")) == [Fatal.PRICE]


def test_the_price_of_another_item_is_a_wrong_price() -> None:
    assert fatal(of_another_item("每月8元"), demanding("5元")) == [Fatal.PRICE]


def test_the_date_of_another_item_is_a_wrong_date() -> None:
    assert fatal(of_another_item("12月1日到期"), demanding("2027-12-01")) == [Fatal.DATE]


@pytest.mark.parametrize(
    ("answer", "expect"),
    [
        pytest.param(of_another_item("在营业厅办理"), demanding("5元"), id="states no price"),
        pytest.param(of_another_item("每月五块"), demanding("5元"), id="states the same price"),
        pytest.param(of_another_item("每月8元"), demanding("营业厅"), id="no price was asked"),
        pytest.param(of_another_item("8GB"), demanding("5元"), id="states an amount of data"),
        pytest.param(
            make_answer(text="每月8元"), demanding("5元"), id="the right item lacks the fact"
        ),
        pytest.param(
            make_answer(Outcome.UNKNOWN, text="每月8元"), demanding("5元"), id="not answered"
        ),
        pytest.param(
            of_another_item("每月8元"), Expectation(Outcome.UNKNOWN), id="no item was expected"
        ),
    ],
)
def test_a_wrong_item_is_not_fatal_by_itself(answer: Answer, expect: Expectation) -> None:
    assert fatal(answer, expect) == []


# a must-say warning left out


def test_a_must_say_warning_left_out_is_fatal() -> None:
    assert fatal(make_answer(), tips_lack=("tip-a", "tip-b")) == [Fatal.MUST_SAY]


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.CLARIFY, Outcome.HANDOVER])
def test_who_is_told_nothing_is_not_told_too_little(outcome: Outcome) -> None:
    assert fatal(make_answer(outcome), tips_lack=("tip-a",)) == []


# an expired or withdrawn thing offered

OPENING = Action(ActionKind.OPEN, Channel.SMS, "短信开通", "KTQQW@10086")
CANCELLING = Action(ActionKind.CANCEL, Channel.SMS, "短信取消", "QXQQW@10086")


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"effective_to": DAY - dt.timedelta(days=1)}, [Fatal.WITHDRAWN]),
        ({"effective_to": DAY}, []),
        ({"effective_from": DAY + dt.timedelta(days=1)}, [Fatal.WITHDRAWN]),
        ({"effective_from": DAY}, []),
        ({}, []),
    ],
)
def test_what_does_not_hold_on_the_day_is_fatal(changes: Any, kinds: list[Fatal]) -> None:
    assert fatal(made_of(make_item(**changes))) == kinds


@pytest.mark.parametrize("status", [SaleStatus.GRANDFATHERED, SaleStatus.WITHDRAWN])
def test_what_is_not_sold_any_more_must_not_be_offered(status: SaleStatus) -> None:
    item = make_item(sale_status=status)

    assert fatal(made_of(item, actions=(OPENING,))) == [Fatal.WITHDRAWN]
    assert fatal(made_of(item, actions=(CANCELLING,))) == []
    assert fatal(made_of(item)) == []
    assert fatal(made_of(make_item(), actions=(OPENING,))) == []


def test_what_ended_may_be_named_where_nothing_is_answered() -> None:
    ended = make_item(effective_to=dt.date(2020, 1, 1))

    assert fatal(make_answer(Outcome.UNKNOWN, held=ItemVersion(ended, 1))) == []


# internal wording told to a customer

SECRET = "客户坚持投诉的，可减免一个月月费，须组长审批"


def with_secret(customer: str = "您可以在营业厅办理。") -> KnowledgeItem:
    return make_item(
        facets=(
            Facet(FacetKind.OVERVIEW, "按规定执行。", customer),
            Facet(FacetKind.RULES, f"{SECRET}。短句。", audience=Audience.INTERNAL),
        )
    )


@pytest.mark.parametrize("audience", list(Audience))
def test_an_internal_sentence_in_the_words_is_fatal_whoever_asks(audience: Audience) -> None:
    told = make_answer(text=f"您好，{SECRET}。")

    asked = QuestionFilter(audience=audience)
    assert fatal(told, item=with_secret(), filters=asked) == [Fatal.INTERNAL]


def test_an_internal_sentence_in_a_message_is_fatal() -> None:
    message = PushPreview("tpl-a", PushChannel.SMS, f"【示例移动】{SECRET}", 1, ())

    assert fatal(make_answer(push=(message,)), item=with_secret()) == [Fatal.INTERNAL]


def test_an_internal_step_is_fatal_and_blanks_do_not_hide_it() -> None:
    steps = ("先进入CPBG再录入客户号码",)
    item = make_item(
        facets=(
            Facet(FacetKind.OPEN, "按规定执行。", "您可以办理。"),
            Facet(FacetKind.OPERATION, "操作。", steps=steps, audience=Audience.AGENT),
        )
    )

    assert fatal(make_answer(text="先进入 CPBG 再录入客户号码"), item=item) == [Fatal.INTERNAL]


@pytest.mark.parametrize(
    ("told", "item"),
    [
        pytest.param("短句", with_secret(), id="too short to tell"),
        pytest.param(SECRET, with_secret(customer=f"{SECRET}。"), id="customers may read it too"),
        pytest.param(SECRET, None, id="no item to compare with"),
        pytest.param(SECRET, make_item(), id="not of this item"),
        pytest.param("可减免一个月月费", with_secret(), id="a part of a sentence"),
    ],
)
def test_what_is_not_surely_internal_is_let_through(told: str, item: KnowledgeItem | None) -> None:
    assert fatal(make_answer(text=told), item=item) == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_clerks_wording_must_not_go_to_a_customer(outcome: Outcome) -> None:
    answer = make_answer(outcome, agent_text="官方口径")

    assert fatal(answer, filters=BY_CUSTOMER) == [Fatal.INTERNAL]
    assert fatal(answer) == []


# a promise without source


def test_a_number_that_no_fact_traces_is_a_promise_without_source() -> None:
    assert fatal(make_answer(text="每月5元", facts=())) == [Fatal.PROMISE]
    traced = (Fact("5", "biz-family", "tariff.monthly_fee"),)
    assert fatal(make_answer(text="每月5元", facts=traced)) == []
    assert fatal(make_answer(text="每月５.0元", facts=traced)) == []
    assert fatal(make_answer(text="每月5元，15分钟", facts=traced)) == [Fatal.PROMISE]


def test_a_fact_has_to_stand_where_it_says() -> None:
    def told(field: str) -> Answer:
        return make_answer(text="每月88元", facts=(Fact("88", "biz-family", field),))

    assert fatal(told("facets.price.official"), item=make_item()) == [Fatal.PROMISE]
    # what is not worded is not shown, so it cannot be looked up
    assert fatal(told("tariff.monthly_fee"), item=make_item()) == []
    assert fatal(told("facets.price.official")) == []


def test_numbers_of_two_wordings_do_not_run_into_one() -> None:
    facet = Facet(FacetKind.OPEN, "月费5", "10086办理", ("拨打10010", "2号键"))
    item = make_item(facets=(facet,))
    field = "facets.open.official"
    numbers = ("5", "10086", "10010", "2")
    text = "、".join(numbers)

    answer = make_answer(text=text, facts=tuple(Fact(n, item.id, field) for n in numbers))

    assert fatal(answer, item=item) == []
    joined = make_answer(text="510086", facts=(Fact("510086", item.id, field),))
    assert fatal(joined, item=item) == [Fatal.PROMISE]


@pytest.mark.parametrize("word", ["保证", "永久", "马上到账"])
def test_a_promise_that_the_item_does_not_make_is_fatal(word: str) -> None:
    told = make_answer(text=f"这项{word}没有问题")
    item = make_item(facets=(Facet(FacetKind.OVERVIEW, f"我们{word}。", "您可以办理。"),))

    assert fatal(told, item=make_item()) == [Fatal.PROMISE]
    assert fatal(told, item=item) == []
    assert fatal(told) == []


def test_what_is_not_answered_promises_nothing() -> None:
    silent = make_answer(Outcome.UNKNOWN, text="保证5元", facts=())

    assert fatal(silent, item=make_item()) == []
