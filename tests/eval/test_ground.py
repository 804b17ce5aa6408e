"""Labels that nothing could satisfy, and questions that leak from one part into another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SubLibrary,
)
from eval.faqset import Expectation, FaqSet
from eval.ground import labels_without_ground
from eval.leaks import leaks
from retriever.answer import Outcome
from tests.eval.builders import make_question, make_set

PACK = KnowledgeItem(
    id="biz-pack",
    title="月包",
    sub_library=SubLibrary.BUSINESS,
    facets=(
        Facet(FacetKind.PRICE, "月费10元，结算价6元。", "每月10元。", ("打开APP",)),
        Facet(FacetKind.OPERATION, "在CPBG选次月。", audience=Audience.AGENT),
    ),
    actions=(Action(ActionKind.OPEN, Channel.SMS, "短信", "KTLLB10@10086"),),
    relations=(Relation(RelationKind.TIP, "tip-order"),),
)


def problems(**expected: object) -> list[tuple[str, str]]:
    expect = Expectation(Outcome.ANSWERED, ("biz-pack",), **expected)  # type: ignore[arg-type]
    faq_set = replace(make_set(), questions=(make_question(expect),))
    found = labels_without_ground(faq_set, {"biz-pack": PACK})
    return [(problem.field, problem.problem) for problem in found]


@pytest.mark.parametrize("fact", ["10 元", "KTLLB10", "打开APP"])
def test_what_the_facet_its_steps_or_the_actions_say_is_ground(fact: str) -> None:
    assert not problems(facet=FacetKind.PRICE, must_contain=(fact,))


def test_what_only_the_official_wording_says_is_no_ground_for_a_customer_facet() -> None:
    ((field, text),) = problems(facet=FacetKind.PRICE, must_contain=("6元",))
    assert field == "expect.must_contain"
    assert "6元" in text


def test_an_agent_facet_answers_with_its_official_wording() -> None:
    assert not problems(facet=FacetKind.OPERATION, must_contain=("次月",))


def test_a_facet_that_the_item_lacks_a_forbidden_fact_that_it_says_and_a_strange_tip() -> None:
    assert problems(facet=FacetKind.CANCEL)[0][0] == "expect.facet"
    assert problems(facet=FacetKind.PRICE, must_not_contain=("10元",))[0][0] == (
        "expect.must_not_contain"
    )
    assert not problems(facet=FacetKind.PRICE, must_not_contain=("20元",))
    assert problems(must_say=("tip-other",))[0][0] == "expect.must_say"
    assert not problems(must_say=("tip-order",))


def asked(*questions: tuple[str, str, str]) -> FaqSet:
    made = (
        replace(make_question(), id=f"q{n}", question=text, split=split, group=group, line=n + 2)
        for n, (text, split, group) in enumerate(questions)
    )
    return replace(make_set(), questions=tuple(made))


CLOSE = "我这个月流量用超了后面是怎么收费的呀"


def test_a_reworded_question_in_another_part_is_named_with_the_line_of_the_first() -> None:
    found = list(leaks(asked((CLOSE, "train", "a"), (CLOSE.replace("呀", ""), "test", "b"))))
    assert [(p.line, p.field) for p in found] == [(3, "question")]
    assert "第 2 行" in found[0].problem


@pytest.mark.parametrize(
    ("split", "group", "text"),
    [
        ("train", "b", CLOSE[:-1]),  # the same part
        ("test", "a", CLOSE[:-1]),  # one group, which another check looks at
        ("test", "b", "副卡能不能共享主卡的流量"),
        ("test", "b", CLOSE),  # the very same question, which another check names
    ],
)
def test_what_is_no_leak_is_not_named(split: str, group: str, text: str) -> None:
    assert not list(leaks(asked((CLOSE, "train", "a"), (text, split, group))))


def test_short_questions_that_differ_in_one_character_are_two() -> None:
    assert not list(leaks(asked(("月包咋退", "train", "a"), ("月包咋开", "test", "b"))))
