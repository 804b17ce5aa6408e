"""The same thing written twice is found without comparing everything with everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from corpora.checks.duplicates import candidates
from corpora.source import Severity
from corpora.types import FacetKind, KnowledgeItem, Region, Relation, RelationKind, SaleStatus
from tests.corpora.builders import (
    found,
    make_facet,
    make_internal,
    make_item,
    make_tip,
    problems_of,
)

LONG = (
    "客户在境外使用数据前须先开通国际漫游功能，开通后落地开机自动搜网，按所在方向的日包计费，跨方向另计。"
    "日包自首次使用起二十四小时内有效，用满后降速不另收费；当天没有使用则不收取，回国后功能保持开通状态。"
    "语音与短信不含在日包之内，拨打前先查询所在国家的标准；海上与机上网络属于特殊网络，一律不在日包范围。"
)


def tip(item_id: str, official: str, **fields: Any) -> KnowledgeItem:
    facet = make_facet("出国前先开通漫游，再按天用日包。", official)
    questions = tuple(f"{item_id} {n}" for n in range(3))
    return replace(make_tip(item_id), facets=(facet,), similar_questions=questions, **fields)


def test_two_items_with_nearly_the_same_text_are_named() -> None:
    first, second = tip("tip-a", LONG), tip("tip-b", LONG.replace("自动搜网", "自动搜网络"))
    found(first, second, field="facets", severity=Severity.WARNING, says="tip-a")


def test_texts_that_differ_in_more_than_a_word_are_not() -> None:
    assert not problems_of(
        tip("tip-a", LONG), tip("tip-b", LONG[:30] + "回国后不用关闭，下次还能用。")
    )


def test_siblings_and_variants_may_say_nearly_the_same() -> None:
    first = tip("tip-a", LONG, relations=(Relation(RelationKind.SIBLING, "tip-b"),))
    second = tip("tip-b", LONG, relations=(Relation(RelationKind.SIBLING, "tip-a"),))
    local = tip("tip-c", LONG, variant_of="tip-a", region=Region("yj/wanghai"))
    local = replace(local, relations=(Relation(RelationKind.SIBLING, "tip-b"),))
    assert not problems_of(first, second, local)


def test_what_everybody_writes_does_not_pair_everybody() -> None:
    alike = [LONG] * 2000
    assert 0 < len(candidates(alike)) < 2000  # of two million pairs
    own = [f"{n * 7919:06d}" * 20 for n in range(2000)]
    assert len(candidates(own)) < 2000


def test_a_question_leads_to_one_family() -> None:
    first = make_item(similar_questions=("月包怎么开", "一", "二"))
    second = make_item("biz-other", similar_questions=("月包 怎么开？", "三", "四"), actions=())
    found(first, second, field="similar_questions[0]", severity=Severity.WARNING, says="biz-pack")
    local = replace(second, variant_of="biz-pack", region=Region("yj/wanghai"))
    assert not problems_of(first, local)


def test_a_question_under_a_facet_belongs_to_one_family_too() -> None:
    first = make_item(facets=(make_facet(questions=("月包怎么开",)),))
    second = make_item("biz-other", similar_questions=("月包 怎么开？", "三", "四"), actions=())
    found(first, second, field="similar_questions[0]", severity=Severity.WARNING, says="biz-pack")


OPEN, CANCEL = FacetKind.OPEN, FacetKind.CANCEL


@pytest.mark.parametrize(
    ("own", "facets", "field", "says"),
    [
        (("甲", "乙", "丙", "甲？"), (), "similar_questions[3]", "相似问法里已有"),
        (("怎么开",), (), "similar_questions[0]", "“如何办理”口径里已有这个问法，请只留一处"),
        ((), ("怎么开？",), "facets[1].questions[0]", "“如何办理”口径里已有这个问法，请只留一处"),
    ],
)
def test_a_question_stands_once_in_an_item(
    own: tuple[str, ...], facets: tuple[str, ...], field: str, says: str
) -> None:
    item = make_item(
        facets=(
            make_facet(kind=OPEN, questions=("怎么开", "开要多久", "哪里开")),
            make_facet(kind=CANCEL, questions=facets),
        ),
        similar_questions=own,
    )
    found(item, field=field, severity=Severity.WARNING, says=says)


def test_staff_do_not_ask_under_their_facet_what_customers_ask_under_theirs() -> None:
    customers = make_facet(kind=OPEN, questions=("怎么开", "开要多久", "哪里开"))
    staff = make_internal("先核对余额。", ("怎么开", "先核对什么"))
    for order, n in (((staff, customers), 0), ((customers, staff), 1)):
        item = make_item(facets=order, similar_questions=())
        field = f"facets[{n}].questions[0]"
        found(item, field=field, severity=Severity.WARNING, says="客户看不到")
    assert not problems_of(make_item(facets=(customers, replace(staff, questions=("先核对什么",)))))


def test_a_question_that_stands_twice_and_is_another_s_is_told_of_both() -> None:
    first = make_item(similar_questions=("月包怎么开", "一", "二"))
    facet = make_facet(questions=("月包怎么开",))
    second = make_item("biz-other", facets=(facet,), similar_questions=("月包怎么开", "三", "四"))
    second = replace(second, actions=())
    assert {(p.field, p.problem) for p in problems_of(first, second)} == {
        ("facets[0].questions[0]", "biz-pack也有这个问法，请改得能分清"),
        ("similar_questions[0]", "“资费”口径里已有这个问法，请只留一处"),
    }


def test_a_name_belongs_to_one_family_of_a_library() -> None:
    first = make_item(aliases=("月包",))
    second = make_item("biz-other", aliases=("月 包",), actions=())
    found(first, second, field="aliases[0]", severity=Severity.WARNING, says="biz-pack")
    gone = replace(second, sale_status=SaleStatus.WITHDRAWN)
    assert not problems_of(first, gone)
