from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    DataAllowance,
    DataKind,
    Device,
    DeviceKind,
    FacetKind,
    FirstMonth,
    Tariff,
)
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.views import structured
from tests.builders import TODAY, make_facet, make_filter, make_held, make_item
from tests.retriever.knowledge import make_base, make_template

PRICE = make_facet(
    FacetKind.PRICE, "月费10元，结算价官方口径。", "每月10元。", steps=("打开APP。",)
)
STAFF = make_facet(FacetKind.RULES, "坐席规则甲乙丙", audience=Audience.AGENT)
SECRET = make_facet(FacetKind.PRICE, "内部成本价", audience=Audience.INTERNAL)
PACK = replace(
    make_item("pack", "流量月包", facets=[STAFF, PRICE, SECRET], screens=("CPBG",), command="KT10"),
    actions=(
        Action(ActionKind.OPEN, Channel.SMS, "开通", "KT10@10086"),
        Action(ActionKind.OPEN, Channel.BOSS, "订购", "订购-流量包"),
    ),
    templates=("tpl-a", "tpl-past", "nowhere"),
)
HIDDEN = make_item("hidden", "内部名单", facets=[SECRET])
LOCAL = make_item(
    "pack-yd",
    "云都流量月包",
    facets=[make_facet(FacetKind.PRICE, "云都官方口径", "云都每月8元。")],
    region="yj/yundu",
    variant_of="pack",
)
CUSTOMER = make_filter(audience=Audience.CUSTOMER)
QUESTIONS = (
    "流量月包",
    "月费10元，结算价官方口径",
    "坐席规则甲乙丙",
    "内部成本价",
    "订购-流量包",
    "内部名单",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    past = replace(make_template("tpl-past"), effective_to=TODAY.replace(month=1))
    root = tmp_path_factory.mktemp("views")
    opened = make_base(root, PACK, HIDDEN, LOCAL, templates=[make_template(), past])
    yield opened
    opened.close()


def shown(base: KnowledgeBase, question: str, wanted: Filter) -> dict[str, Any]:
    return base.search_json(base.search(question, wanted), wanted, explain=True)


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_snippet_shows_a_customer_what_is_for_staff(base: KnowledgeBase, question: str) -> None:
    hits = shown(base, question, CUSTOMER)["hits"]
    assert all(hit["item_id"] != "hidden" for hit in hits)
    for hit in hits:
        text = hit["snippet"]["text"]
        assert not any(word in text for word in ("官方", "坐席", "内部", "订购-"))


def test_staff_see_the_passage_that_was_found(base: KnowledgeBase) -> None:
    hit = shown(base, "坐席规则甲乙丙", make_filter())["hits"][0]
    assert hit["snippet"]["text"] == "坐席规则甲乙丙"
    assert hit["facet"] == "rules"
    first, *_ = hit["snippet"]["spans"]
    assert hit["snippet"]["text"][slice(*first)] in "坐席规则甲乙丙"


def test_internal_wording_is_for_internal_readers_only(base: KnowledgeBase) -> None:
    for audience in (Audience.CUSTOMER, Audience.AGENT):
        assert "内部成本价" not in str(base.item("pack", make_filter(audience=audience)))
    assert "内部成本价" in str(base.item("pack", make_filter(audience=Audience.INTERNAL)))


def test_the_snippet_is_of_the_variant_that_is_shown(base: KnowledgeBase) -> None:
    hit = shown(base, "流量月包", make_filter(region="yj/yundu"))["hits"][0]
    assert hit["item_id"] == "pack-yd"
    assert "10元" not in hit["snippet"]["text"]


def test_a_customer_reads_an_item_without_screens_menus_and_official_wording(
    base: KnowledgeBase,
) -> None:
    view = base.item("pack", CUSTOMER)
    assert view["screens"] == []
    assert [action["channel"] for action in view["actions"]] == ["sms"]
    assert [facet["official"] for facet in view["facets"]] == [None]
    assert view["facets"][0]["steps"] == ["打开APP。"]
    for_staff = base.item("pack", make_filter())
    assert for_staff["screens"] == ["CPBG"]
    assert len(for_staff["actions"]) == 2


def test_an_item_lists_only_templates_that_can_be_sent(base: KnowledgeBase) -> None:
    assert base.item("pack", make_filter())["templates"] == ["tpl-a"]


def test_explaining_adds_why_and_changes_nothing_else(base: KnowledgeBase) -> None:
    page = base.search("流量月包", make_filter())
    plain = base.search_json(page, make_filter())
    explained = base.search_json(page, make_filter(), explain=True)
    for hit in explained["hits"]:
        assert hit.pop("explain")["passage_id"]
    assert explained == plain


def test_an_item_is_shown_as_of_its_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    end = TODAY.replace(day=10)
    before = make_held(make_item("x", "旧名"), 1, valid_to=end)
    after = make_held(make_item("x", "新名"), 2, valid_from=end.replace(day=11))
    opened = make_base(tmp_path_factory.mktemp("days"), before, after)
    assert opened.item("x", make_filter(end))["item"]["title"] == "旧名"
    assert opened.item("x", make_filter(end.replace(day=11)))["item"]["title"] == "新名"
    opened.close()


def test_what_a_machine_compares_or_computes_with_comes_as_numbers() -> None:
    tariff = Tariff(
        price_book="QQT59",
        monthly_fee=Decimal("59.00"),
        over_voice_per_minute=Decimal("0.15"),
        voice_minutes=100,
        first_month=FirstMonth.DAILY,
        data=(DataAllowance(DataKind.GENERAL, Decimal("10"), carry_over=True),),
    )
    assert structured(tariff) == {
        "monthly_fee": 59.0,
        "over_voice_per_minute": 0.15,
        "voice_minutes": 100,
        "first_month": "daily",
        "data": [{"kind": "general", "gb": 10.0, "carry_over": True}],
    }
    device = Device(DeviceKind.PHONE, screen_inches=Decimal("6.5"), nfc=False, battery_mah=5000)
    assert structured(device) == {
        "kind": "phone",
        "screen_inches": 6.5,
        "nfc": False,
        "battery_mah": 5000,
    }
    assert structured(None) is None
