from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from corpora.push_template import Purpose, Situation
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Facet,
    FacetKind,
    KnowledgeItem,
    RelationKind,
    SaleStatus,
)
from corpora.versions import ItemVersion
from retriever.choosing import FacetMatch
from retriever.compose import (
    actions_of,
    chosen_facets,
    readable,
    related_of,
    templates_of,
    tips_of,
    words_of,
)
from retriever.facts import numbers_in
from retriever.filters import Filter
from tests.builders import TODAY, make_facet, make_filter, make_held, make_item, open_items
from tests.retriever.knowledge import make_template, make_tip, pointing

BASE_TIP = make_tip("tip-move", "移机后原址不能再用。")
LOCAL_TIP = make_tip(
    "tip-move-yd", "云都移机要先结清欠费。", region="yj/yundu", variant_of="tip-move"
)
MOVE = pointing(make_item("move", "宽带移机"), "tip-move", kind=RelationKind.TIP)
YUNDU_MOVE = replace(
    pointing(
        make_item("move-yd", "宽带移机", region="yj/yundu", variant_of="move"),
        "tip-move",
        kind=RelationKind.TIP,
    )
)


def tips(
    tmp_path: Path, item: KnowledgeItem, *others: KnowledgeItem | ItemVersion, wanted: Filter
) -> list[str]:
    searcher = open_items(tmp_path, item, *others)
    return [tip.item_id for tip in tips_of(item, searcher, wanted)]


@pytest.mark.parametrize(
    ("item", "region", "tip"),
    [
        (MOVE, "", "tip-move"),
        (MOVE, "yj/linhe", "tip-move"),
        (MOVE, "yj/yundu", "tip-move-yd"),
        (MOVE, "yj/yundu/h01", "tip-move-yd"),
        (YUNDU_MOVE, "", "tip-move-yd"),
    ],
)
def test_a_warning_is_that_of_the_region(
    tmp_path: Path, item: KnowledgeItem, region: str, tip: str
) -> None:
    assert tips(tmp_path, item, BASE_TIP, LOCAL_TIP, wanted=make_filter(region=region)) == [tip]


def test_a_relation_may_name_one_variant(tmp_path: Path) -> None:
    item = pointing(make_item(), "tip-move-yd", kind=RelationKind.TIP)
    there, elsewhere = make_filter(region="yj/yundu"), make_filter(region="yj/linhe")
    searcher = open_items(tmp_path, item, BASE_TIP, LOCAL_TIP)
    assert [tip.item_id for tip in tips_of(item, searcher, there)] == ["tip-move-yd"]
    assert tips_of(item, searcher, elsewhere) == ()


def test_what_must_be_said_comes_first_and_is_never_cut_off(tmp_path: Path) -> None:
    may = [make_tip(f"may{n}") for n in range(3)]
    must = [make_tip(f"must{n}", must_say=True) for n in range(4)]
    names = [tip.id for tip in (*may, *must)]
    item = pointing(make_item(), *names, names[0], kind=RelationKind.TIP)
    assert tips(tmp_path, item, *may, *must, wanted=make_filter()) == [tip.id for tip in must]
    fewer = pointing(make_item(), *names[:4], kind=RelationKind.TIP)
    found = tips(tmp_path / "fewer", fewer, *may, *must, wanted=make_filter())
    assert found == ["must0", "may0", "may1"]


def test_warnings_that_staff_alone_may_read_or_that_ended_are_not_said(tmp_path: Path) -> None:
    staff = make_facet(FacetKind.WARNING, "内部提醒", audience=Audience.AGENT)
    hidden = make_tip("hidden", facets=[staff])
    past = make_held(make_tip("past"), valid_to=TODAY - dt.timedelta(days=1))
    item = pointing(make_item(), "hidden", "past", "nowhere", kind=RelationKind.TIP)
    for audience in Audience:
        assert tips(tmp_path, item, hidden, past, wanted=make_filter(audience=audience)) == []


def test_pointers_lead_to_what_the_reader_may_see_there_and_then(tmp_path: Path) -> None:
    secret = make_item("secret", "内部名单", facets=[make_facet(audience=Audience.INTERNAL)])
    past = make_held(make_item("past", "老套餐"), valid_to=TODAY - dt.timedelta(days=1))
    local = make_item("plan-yd", "云都套餐", region="yj/yundu", variant_of="plan")
    item = pointing(
        make_item(), "secret", "past", "plan", "plan", "gone", kind=RelationKind.SEE_ALSO
    )
    searcher = open_items(tmp_path, item, secret, past, make_item("plan", "套餐"), local)

    def seen(wanted: Filter) -> list[str]:
        return [related.item_id for related in related_of(item, searcher, wanted)]

    assert seen(make_filter()) == ["plan"]
    assert seen(make_filter(region="yj/yundu")) == ["plan-yd"]
    assert seen(make_filter(audience=Audience.INTERNAL)) == ["secret", "plan"]
    assert seen(make_filter(audience=Audience.CUSTOMER)) == ["plan"]
    assert seen(make_filter(TODAY - dt.timedelta(days=1))) == ["past", "plan"]


def test_tips_are_not_shown_as_pointers(tmp_path: Path) -> None:
    searcher = open_items(tmp_path, MOVE, BASE_TIP)
    assert related_of(MOVE, searcher, make_filter()) == ()


OPEN = Action(ActionKind.OPEN, Channel.SMS, "开通", "KT10@10086")
CANCEL = Action(ActionKind.CANCEL, Channel.SMS, "退订", "QX10@10086")
MENU = Action(ActionKind.CANCEL, Channel.BOSS, "退订", "订购-退订")


def test_the_asked_action_comes_first_and_staff_menus_are_not_for_customers() -> None:
    item = replace(make_item(), actions=(OPEN, CANCEL, MENU))
    assert actions_of(item, FacetKind.CANCEL, Audience.AGENT) == (CANCEL, MENU, OPEN)
    assert actions_of(item, None, Audience.AGENT) == (OPEN, CANCEL, MENU)
    assert actions_of(item, FacetKind.CANCEL, Audience.CUSTOMER) == (CANCEL, OPEN)


@pytest.mark.parametrize("status", [SaleStatus.GRANDFATHERED, SaleStatus.WITHDRAWN])
def test_what_is_not_sold_any_more_cannot_be_opened(status: SaleStatus) -> None:
    item = replace(make_item(sale_status=status), actions=(OPEN, CANCEL))
    assert actions_of(item, None, Audience.AGENT) == (CANCEL,)


def test_templates_that_have_ended_or_not_begun_are_left_out() -> None:
    day = dt.timedelta(days=1)
    templates = {
        "after": make_template("after", situation=Situation.AFTER),
        "enquiry": replace(make_template("enquiry"), effective_from=TODAY, effective_to=TODAY),
        "past": replace(make_template("past"), effective_to=TODAY - day),
        "coming": replace(make_template("coming"), effective_from=TODAY + day),
    }
    item = replace(make_item(), templates=("after", "enquiry", "past", "coming", "nowhere"))
    assert [t.id for t in templates_of(item, templates, make_filter())] == ["enquiry", "after"]


def test_what_is_not_sold_any_more_is_not_advertised() -> None:
    templates = {"ads": make_template("ads", purpose=Purpose.MARKETING), "n": make_template("n")}
    item = replace(make_item(sale_status=SaleStatus.GRANDFATHERED), templates=("ads", "n"))
    assert [t.id for t in templates_of(item, templates, make_filter())] == ["n"]


def test_an_item_for_staff_has_no_messages() -> None:
    item = replace(make_item(facets=[make_facet(audience=Audience.AGENT)]), templates=("n",))
    assert templates_of(item, {"n": make_template("n")}, make_filter()) == ()


@pytest.mark.parametrize("status", list(SaleStatus))
def test_every_number_of_the_text_is_traced_whatever_the_sale_status(status: SaleStatus) -> None:
    facet = make_facet(
        FacetKind.CANCEL,
        "发QX10到10086，次月生效。",
        "发QX10到10086。赠送88元。次月生效。",
        steps=("第1步打开APP。", "发QX10。"),
    )
    text, (citation,), facts = words_of(make_item(sale_status=status, facets=[facet]), facet)
    assert set(numbers_in(text)) == {fact.value for fact in facts} == {"10", "10086"}
    assert text[slice(*citation.span)] == "发QX10到10086。次月生效。\n发QX10。"
    assert citation.facet is FacetKind.CANCEL


def test_a_text_of_which_nothing_is_traced_has_no_status_either() -> None:
    facet = make_facet(FacetKind.PRICE, "按公告。", "每月88元。")
    item = make_item(sale_status=SaleStatus.WITHDRAWN, facets=[facet], title="套餐")
    assert words_of(item, facet) == ("", (), ())


@pytest.mark.parametrize(("reader", "count"), [("customer", 1), ("agent", 2), ("internal", 3)])
def test_a_reader_sees_the_own_facets_and_those_of_wider_circles(reader: str, count: int) -> None:
    item = make_item(facets=[make_facet(audience=audience) for audience in Audience])
    assert len(readable(item, Audience(reader))) == count


SPOKEN = make_facet(FacetKind.PRICE, "月费5元。", "每月5元。")
ALSO = make_facet(FacetKind.CANCEL, "发QX5。", "发QX5就行。")
UNSPOKEN = make_facet(FacetKind.RULES, "内部口径。", audience=Audience.AGENT)


def matched(*facets: Facet) -> list[FacetMatch]:
    """Matches of facets, the likeliest first."""
    return [FacetMatch(facet, {}, -float(n), 0.5) for n, facet in enumerate(facets)]


@pytest.mark.parametrize(
    ("facets", "spoken", "for_agent"),
    [
        ((SPOKEN, ALSO, UNSPOKEN), SPOKEN, None),
        ((ALSO, UNSPOKEN, SPOKEN), ALSO, None),
        ((UNSPOKEN, ALSO, SPOKEN), ALSO, UNSPOKEN),
        ((UNSPOKEN,), None, UNSPOKEN),
        ((), None, None),
    ],
)
def test_the_likeliest_that_may_be_said_is_said_and_staff_see_what_is_likelier(
    facets: tuple[Facet, ...], spoken: Facet | None, for_agent: Facet | None
) -> None:
    chosen = chosen_facets(matched(*facets))
    assert (chosen.spoken, chosen.for_agent) == (spoken, for_agent)
    assert chosen.answering is (for_agent or spoken)
