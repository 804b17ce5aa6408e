from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.types import Audience, FacetKind, SubLibrary
from eval.called import WAYS, called_questions
from eval.errors import EvalError
from eval.plain import WAYS as TAUGHT
from retriever.answer import Outcome
from tests.builders import TODAY, make_facet, make_filter, make_held, make_item
from tests.retriever.knowledge import make_base

PRICE = make_facet(FacetKind.PRICE, "月费5元。", "每月5元。")
CANCEL = make_facet(FacetKind.CANCEL, "发QX5到10086。", "您发QX5到10086就行。")
STAFF = make_facet(FacetKind.OPERATION, "进入QQW界面。", audience=Audience.AGENT)
SECRET = make_facet(FacetKind.RULES, "内部考核口径。", audience=Audience.INTERNAL)
FAMILY = make_item(
    "family", "亲情网", aliases=("家庭网",), facets=[PRICE, CANCEL, STAFF, SECRET, PRICE]
)
TIP = make_item("tip", "亲情网提醒", SubLibrary.TIPS, facets=[CANCEL], aliases=("亲情网",))


def test_each_facet_that_staff_may_read_is_asked_for_by_name() -> None:
    made = called_questions([make_held(FAMILY)], TODAY)
    assert [q.id for q in made.questions] == ["family-price", "family-cancel", "family-operation"]
    for question in made.questions:
        facet = question.expect.facet
        assert facet is not None
        asked = {way.replace("{}", name) for way in WAYS[facet] for name in ("亲情网", "家庭网")}
        assert question.question in asked
        assert (question.expect.outcome, question.expect.items) == (Outcome.ANSWERED, ("family",))
        assert (question.group, question.library) == ("family", "business")
    assert made.as_of == TODAY


def test_the_same_knowledge_makes_the_same_set_in_any_order() -> None:
    held = [make_held(FAMILY), make_held(TIP)]
    assert called_questions(held, TODAY) == called_questions(held[::-1], TODAY)


def test_whoever_shares_name_and_facet_answers_as_well() -> None:
    both = [make_held(replace(item, title="亲情网", aliases=())) for item in (FAMILY, TIP)]
    found = {q.id: q.expect.items for q in called_questions(both, TODAY).questions}
    assert found["family-cancel"] == ("family", "tip")
    assert found["tip-cancel"] == ("tip", "family")
    assert found["family-price"] == ("family",)


def test_what_does_not_hold_is_not_asked_for() -> None:
    past = make_held(FAMILY, valid_to=TODAY - dt.timedelta(days=1))
    made = called_questions([past, make_held(TIP)], TODAY)
    assert {q.group for q in made.questions} == {"tip"}
    with pytest.raises(EvalError, match="没有有效的条目"):
        called_questions([past], TODAY)


def test_no_way_to_ask_is_taught() -> None:
    taught = {"{}" + way for ways in TAUGHT.values() for way in ways}
    assert not taught & {way for ways in WAYS.values() for way in ways}
    assert all(way.count("{}") == 1 for ways in WAYS.values() for way in ways)


def test_a_local_variant_is_asked_for_by_common_names_from_where_it_holds() -> None:
    local = make_item(
        "family-yd", "云都亲情网", facets=[PRICE], region="yj/yundu", variant_of="family"
    )
    made = called_questions([make_held(FAMILY), make_held(local)], TODAY)
    found = {q.id: q for q in made.questions}
    assert found["family-yd-price"].filters.region == ""
    assert "云都亲情网" in found["family-yd-price"].question
    there = found["family-yd-price-there"]
    assert there.filters.region == "yj/yundu"
    assert "云都" not in there.question
    assert there.expect.items == ("family-yd",)


def test_a_small_base_answers_its_own_set(tmp_path: Path) -> None:
    plus = make_item("plus", "亲情网升级版", facets=[PRICE, CANCEL, STAFF])
    base = make_base(tmp_path, FAMILY, plus)
    asked = called_questions([make_held(FAMILY), make_held(plus)], TODAY).questions
    answers = {q.id: base.answer(q.question, make_filter()) for q in asked}
    own = [q.id for q in asked if (h := answers[q.id].held) and h.item.id in q.expect.items]
    told = [q.id for q in asked if answers[q.id].facet is q.expect.facet]
    assert len(asked) == 6
    assert len(own) >= 5
    assert len(told) >= 4
