"""What no single item can know about itself; each check finds what it must and no more."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpora.checks import check
from corpora.loader import load
from corpora.source import Severity
from corpora.types import (
    Audience,
    Facet,
    FacetKind,
    KnowledgeItem,
    Region,
    Relation,
    RelationKind,
    SaleStatus,
    SubLibrary,
)
from tests.corpora.builders import (
    ITEM_YAML,
    REMINDER,
    found,
    make_code,
    make_facet,
    make_item,
    make_template,
    make_tip,
    only,
    problems_of,
    said,
    write,
)
from tests.corpora.shipped import shipped_load

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def pointing(target: str) -> KnowledgeItem:
    return make_item(relations=(Relation(RelationKind.TIP, target),))


def test_a_good_item_with_its_template_has_no_problems() -> None:
    assert not problems_of(make_item(templates=("tpl-pack",)), make_template())


def test_an_id_may_be_given_once() -> None:
    found(make_item(), make_item(), field="id", severity=ERROR, says="重复")
    assert "重复" in only(problems_of(make_template(), make_template())).problem


def test_the_second_of_two_equal_ids_is_named_with_the_place_of_the_first(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML)
    write(tmp_path, "business/b.yaml", ITEM_YAML)
    result = load(tmp_path)
    problem = only(check(result.knowledge, result.places))
    assert Path(problem.file).name == "b.yaml"
    assert "a.yaml:1" in problem.problem


def test_a_problem_of_a_field_stands_at_the_line_of_that_field(tmp_path: Path) -> None:
    write(tmp_path, "business/a.yaml", ITEM_YAML.replace("每月10元", "每月12元"))
    result = load(tmp_path)
    problem = only(check(result.knowledge, result.places))
    assert (problem.line, problem.field) == (10, "facets[0].customer")


def test_a_boss_code_belongs_to_one_family() -> None:
    first = make_item(codes=(make_code(),))
    other = make_item("biz-other", codes=(make_code(),))
    found(first, other, field="codes[0]", severity=ERROR, says="biz-pack")


def test_a_local_variant_shares_the_code_of_its_base() -> None:
    first = make_item(codes=(make_code(),))
    local = make_item(
        "biz-local", codes=(make_code(),), variant_of="biz-pack", region=Region("yj/wanghai")
    )
    assert not problems_of(first, local)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"relations": (Relation(RelationKind.TIP, "biz-pak"),)}, "relations[0].target"),
        ({"excludes": ("biz-pak",)}, "excludes[0]"),
        ({"requires": ("biz-pak",)}, "requires[0]"),
        ({"variant_of": "biz-pak", "region": Region("yj")}, "variant_of"),
        ({"templates": ("tpl-pak",)}, "templates[0]"),
    ],
)
def test_a_pointer_to_nothing_names_the_nearest(fields: dict[str, Any], field: str) -> None:
    item = make_item(**({"templates": ("tpl-pack",)} | fields))
    other = make_item("biz-pack-2", templates=("tpl-pack",))
    problem = only(problems_of(item, other, make_template()))
    assert (problem.field, problem.severity) == (field, ERROR)
    assert "是不是想写" in problem.problem


def test_an_item_that_could_not_be_loaded_is_no_dangling_target(tmp_path: Path) -> None:
    relation = "  relations: [{kind: tip, target: tip-broken}]\n"
    write(tmp_path, "business/a.yaml", ITEM_YAML + relation)
    write(tmp_path, "tips/b.yaml", "- {id: tip-broken, titel: x}\n")
    result = load(tmp_path)
    assert not check(result.knowledge, result.places)


def test_an_item_does_not_point_to_itself() -> None:
    itself = replace(make_tip("biz-pack"), relations=pointing("biz-pack").relations)
    assert "自己" in only(problems_of(itself)).problem


def test_a_variant_stays_in_the_library_of_its_base() -> None:
    local = make_item(
        "tip-local",
        sub_library=SubLibrary.TIPS,
        variant_of="biz-pack",
        region=Region("yj/wanghai"),
    )
    found(make_item(), local, field="variant_of", severity=ERROR, says="同一子库")


def test_a_variant_is_not_the_base_of_another() -> None:
    base = make_item()
    middle = make_item("biz-middle", variant_of="biz-pack", region=Region("yj"))
    local = make_item("biz-local", variant_of="biz-middle", region=Region("yj/wanghai"))
    found(base, middle, local, field="variant_of", severity=ERROR, says="biz-pack")


def test_a_variant_holds_in_another_region_than_its_base() -> None:
    base = make_item(region=Region("yj"))
    local = make_item("biz-local", variant_of="biz-pack", region=Region("yj"))
    found(base, local, field="region", severity=ERROR, says="地区相同")


def test_a_region_is_in_the_register() -> None:
    elsewhere = make_item(region=Region("yj/nowhere"))
    found(elsewhere, field="region", severity=ERROR, says="yj/wanghai")


@pytest.mark.parametrize("number", ["13912345678", "0371-12345678", "400-810-1234"])
def test_a_number_that_might_ring_is_an_error_and_is_not_repeated(number: str) -> None:
    problem = only(problems_of(said("请拨打客户经理电话。", f"月费10元，电话{number}。")))
    assert problem.severity is ERROR
    assert number not in str(problem)


@pytest.mark.parametrize("number", ["13800001234", "10086", "106575001234", "20261105001"])
def test_sample_numbers_hotline_and_service_ports_are_fine(number: str) -> None:
    assert not problems_of(said(f"请看来自{number}的短信。"))


def test_a_number_in_a_template_is_an_error_too() -> None:
    assert only(problems_of(make_template("请拨打13912345678。"))).field == "body"


def test_an_item_wants_three_similar_questions() -> None:
    item = make_item(similar_questions=("月包", "月包多少钱"))
    found(item, field="similar_questions", severity=WARNING, says="2个")
    facet = replace(item.facets[0], questions=("月包什么价",))
    assert not problems_of(replace(item, facets=(facet, *item.facets[1:])))


def test_what_is_sold_says_price_opening_cancelling_and_effect() -> None:
    item = make_item(facets=(make_facet(),), sub_library=SubLibrary.BUSINESS, relations=(REMINDER,))
    found(item, field="facets", severity=WARNING, says="如何办理、如何取消、生效时间")
    held = replace(item, sale_status=SaleStatus.GRANDFATHERED, actions=())
    assert not problems_of(held)
    assert not problems_of(replace(item, tariff=None))


def test_a_campaign_answers_the_usual_questions() -> None:
    script = Facet(FacetKind.SCRIPT, "先问用量；可与其他活动同享。", audience=Audience.AGENT)
    item = make_item(sub_library=SubLibrary.MARKETING)
    item = replace(item, facets=(*item.facets, script))
    found(item, field="facets", severity=WARNING, says="常见问题")
    answered = (*item.facets, make_facet(kind=FacetKind.FAQ))
    assert not problems_of(replace(item, facets=answered))
    assert not problems_of(replace(item, tariff=None))


def test_an_expired_target_is_named_on_the_day_that_is_asked() -> None:
    gone = replace(make_tip("tip-old"), effective_to=dt.date(2025, 12, 31))
    item = pointing("tip-old")
    assert not problems_of(item, gone)
    assert not problems_of(item, gone, as_of=dt.date(2025, 12, 31))
    problem = only(problems_of(item, gone, as_of=dt.date(2026, 1, 1)))
    assert (problem.field, problem.severity) == ("relations[0].target", WARNING)


def test_a_target_that_never_holds_with_the_item_is_named_on_any_day() -> None:
    template = make_template(effective_to=dt.date(2025, 12, 31))
    item = make_item(templates=("tpl-pack",), effective_from=dt.date(2026, 1, 1))
    assert "2025-12-31" in only(problems_of(item, template)).problem


@pytest.mark.slow
def test_the_shipped_knowledge_is_clean() -> None:
    result = shipped_load()
    assert not [str(problem) for problem in result.problems]
    day = dt.date(2026, 11, 25)
    assert not [str(p) for p in check(result.knowledge, result.places, as_of=day)]
    assert {item.sub_library for item in result.knowledge.items} == set(SubLibrary)
