"""A code, a screen, an error and a command each mean one thing, and somebody explains them."""

from __future__ import annotations

from dataclasses import replace

from corpora.source import Severity
from corpora.types import (
    Action,
    ActionKind,
    Channel,
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SubLibrary,
)
from tests.corpora.builders import (
    found,
    make_code,
    make_facet,
    make_item,
    problems_of,
)

ERROR, WARNING = Severity.ERROR, Severity.WARNING
SCREEN = KnowledgeItem(
    id="tec-cpbg",
    title="产品变更操作",
    sub_library=SubLibrary.TECHNICAL,
    facets=(make_facet("打开界面。", "打开界面。", kind=FacetKind.OPERATION, steps=("打开界面",)),),
    similar_questions=("界面怎么用", "在哪个菜单", "怎么提交"),
    screens=("CPBG",),
)


def test_one_value_in_two_systems_names_one_product() -> None:
    other = make_item("biz-other", codes=(make_code(), make_code("30010002")))
    crossed = make_item(codes=(make_code("30010009"), make_code("30010002", "marketing")))
    found(other, crossed, field="codes[1]", severity=WARNING, says="biz-other")
    own = make_item(codes=(make_code("30010002"), make_code("30010002", "marketing")))
    assert not problems_of(own)


def test_a_command_does_one_thing() -> None:
    other = make_item(
        "biz-other",
        actions=(Action(ActionKind.CANCEL, Channel.SMS, "短信退订", "KTLLB10@10086"),),
    )
    found(make_item(), other, field="actions[0].target", severity=ERROR, says="biz-pack里是open")


def test_commands_that_serve_many_may_do_many_things() -> None:
    one, two = (
        make_item(name, actions=(Action(kind, Channel.SMS, "短信", "0000@10086"),))
        for name, kind in (("biz-pack", ActionKind.CHECK), ("biz-other", ActionKind.CANCEL))
    )
    assert not problems_of(one, two)


def test_a_command_that_no_action_knows_is_named() -> None:
    item = make_item(
        facets=(make_facet("发TDLLB10退订。", "发TDLLB10到10086退订，月费10元，1GB。"),)
    )
    found(item, field="facets[0].official", severity=WARNING, says="TDLLB10")
    cancel = Action(ActionKind.CANCEL, Channel.SMS, "短信退订", "TDLLB10@10086")
    assert not problems_of(replace(item, actions=(cancel,)))


def test_a_screen_without_operation_is_named() -> None:
    item = make_item(screens=("CPBX",))
    found(SCREEN, item, field="screens[0]", severity=WARNING, says="CPBX")
    assert not problems_of(SCREEN, make_item(screens=("CPBG",)))
    assert not problems_of(item)  # without a technical library there is nothing to hold against


def test_a_boss_action_leads_to_a_screen_that_is_explained() -> None:
    action = Action(ActionKind.CHANGE, Channel.BOSS, "产品变更", "CPBX")
    item = make_item(actions=(action,))
    found(SCREEN, item, field="actions[0].target", severity=WARNING, says="CPBX")


def test_an_error_code_is_explained() -> None:
    screen = replace(SCREEN, errors=("E1102", "E1207"))
    explained = replace(
        SCREEN,
        id="tec-err-owe",
        screens=(),
        codes=(make_code("E1102"),),
        facets=(Facet(FacetKind.FAULT, "号码欠费。", "号码有欠费，先交清再办。"),),
        similar_questions=("E1102是什么", "提示欠费", "欠费办不了"),
    )
    found(screen, explained, field="errors[1]", severity=ERROR, says="E1207")


def test_a_priced_product_has_a_boss_code() -> None:
    found(make_item(codes=()), field="codes", severity=WARNING, says="BOSS")
    found(
        make_item(codes=(make_code("YX-1", "marketing"),)),
        field="codes",
        severity=WARNING,
        says="BOSS",
    )


def test_a_relation_fits_the_library_that_it_points_into() -> None:
    relation = (Relation(RelationKind.BUSINESS, "tec-cpbg"),)
    tip = replace(SCREEN, id="tip-x", sub_library=SubLibrary.TIPS, screens=(), relations=relation)
    tip = replace(tip, similar_questions=("要说什么", "提醒什么", "怎么说"), facets=(make_facet(),))
    found(SCREEN, tip, field="relations[0].kind", severity=ERROR, says="技术知识库")
    sibling = replace(tip, relations=(Relation(RelationKind.SIBLING, "tec-cpbg"),))
    problems = problems_of(SCREEN, sibling)
    assert "see_also" in " ".join(p.problem for p in problems if p.severity is ERROR)


def test_a_relation_is_given_once() -> None:
    again = (
        Relation(RelationKind.OPERATION, "tec-cpbg"),
        Relation(RelationKind.SEE_ALSO, "tec-cpbg"),
    )
    item = make_item()
    item = replace(item, relations=(*item.relations, *again))
    found(SCREEN, item, field="relations[2]", severity=WARNING, says="两次")


def test_siblings_know_of_each_other() -> None:
    other = make_item("biz-other", actions=())
    one = make_item()
    one = replace(one, relations=(*one.relations, Relation(RelationKind.SIBLING, "biz-other")))
    found(one, other, field="relations[1].target", severity=WARNING, says="biz-other没有反过来")
    back = Relation(RelationKind.SIBLING, "biz-pack")
    assert not problems_of(one, replace(other, relations=(*other.relations, back)))
