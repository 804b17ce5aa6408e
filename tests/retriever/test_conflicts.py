from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from corpora.types import Audience, FacetKind, KnowledgeItem, RelationKind, SubLibrary, Tariff
from retriever.answer import Conflict
from retriever.conflicts import NEAR, conflicts_of, rivals
from retriever.types import Evidence, FoundPassage, Hit
from tests.builders import make_facet, make_filter, make_held, make_item, open_items
from tests.corpora.shipped import shipped_knowledge

CODE = ("30010002",)


def priced(
    item_id: str,
    official: str,
    *,
    title: str = "",
    kind: FacetKind = FacetKind.PRICE,
    codes: tuple[str, ...] = CODE,
    region: str = "",
    variant_of: str = "",
    fee: str = "",
    library: SubLibrary = SubLibrary.BUSINESS,
    audience: Audience = Audience.CUSTOMER,
) -> KnowledgeItem:
    item = make_item(
        item_id,
        title or f"{item_id}业务",
        library,
        [make_facet(kind, official, audience=audience)],
        codes=codes,
        region=region,
        variant_of=variant_of,
    )
    tariff = Tariff(price_book=item_id, monthly_fee=Decimal(fee)) if fee else None
    return replace(item, tariff=tariff)


def between(
    item: KnowledgeItem,
    *others: KnowledgeItem,
    audience: Audience = Audience.AGENT,
    kinds: Sequence[FacetKind] = tuple(FacetKind),
) -> list[tuple[str, str, str]]:
    return [
        (found.item_id, found.says, found.other_says)
        for found in conflicts_of(item, others, audience, kinds)
    ]


TEN = priced("pack", "月费10元，当月有效。")
FIFTEEN = priced("pack-old", "月费15元，当月有效。")


def test_another_price_under_the_same_code_is_a_conflict() -> None:
    assert between(TEN, FIFTEEN) == [("pack-old", "月费10元", "月费15元")]


def test_the_clerk_is_told_both_prices_and_where_the_other_one_stands() -> None:
    conflict = conflicts_of(TEN, [FIFTEEN], Audience.AGENT)[0]
    assert conflict == Conflict(
        "pack-old",
        "pack-old业务",
        FacetKind.PRICE,
        "facets.price.official",
        "月费10元",
        "月费15元",
        "这里说月费10元，“pack-old业务”说月费15元；两处不一致，先向业务部门核实再答复客户",
    )


def test_a_customer_is_told_of_no_conflict() -> None:
    assert between(TEN, FIFTEEN, audience=Audience.CUSTOMER) == []


def test_only_facets_of_the_kinds_asked_for_are_compared() -> None:
    assert between(TEN, FIFTEEN, kinds=[FacetKind.CANCEL]) == []
    assert between(TEN, FIFTEEN, kinds=[FacetKind.PRICE]) != []


def test_a_facet_that_the_reader_may_not_see_contradicts_nothing() -> None:
    hidden = priced("pack-old", "月费15元", audience=Audience.INTERNAL)
    assert between(TEN, hidden) == []
    assert between(TEN, hidden, audience=Audience.INTERNAL) != []


@pytest.mark.parametrize(
    ("one", "other", "kind", "says", "other_says"),
    [
        ("30元/月", "每月40元", FacetKind.PRICE, "月费30元", "月费40元"),
        ("光猫押金100元。", "光猫押金200元。", FacetKind.PRICE, "押金100元", "押金200元"),
        ("补卡工本费10元", "补卡工本费20元", FacetKind.PRICE, "费用10元", "费用20元"),
        (
            "年满60周岁可办",
            "年满65周岁可办",
            FacetKind.ELIGIBILITY,
            "年龄下限60岁",
            "年龄下限65岁",
        ),
        (
            "30岁及以下可办",
            "26岁以下可办",
            FacetKind.ELIGIBILITY,
            "年龄上限30岁",
            "年龄上限26岁",
        ),
        ("约定12个月", "约定24个月", FacetKind.RULES, "约定12个月", "约定24个月"),
        (
            "受理至2026年12月31日",
            "受理至2026年10月31日",
            FacetKind.EFFECTIVE,
            "截止2026年12月31日",
            "截止2026年10月31日",
        ),
        (
            "自2026年9月1日起",
            "2026年10月1日起",
            FacetKind.EFFECTIVE,
            "起始2026年9月1日",
            "起始2026年10月1日",
        ),
    ],
)
def test_prices_days_and_conditions_of_one_role_are_compared(
    one: str, other: str, kind: FacetKind, says: str, other_says: str
) -> None:
    item, against = priced("a", one, kind=kind), priced("b", other, kind=kind)
    assert between(item, against) == [("b", says, other_says)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("月费10元", "月费10.00元"),
        ("月费10元，首月5元", "月费10元"),
        ("月费10元", "首月5元"),
        ("月费10元、20元、30元三档，每月10元起", "每月10元"),
        ("未满16周岁由监护人办理", "年满60周岁可办"),
    ],
)
def test_more_detail_and_other_roles_are_no_conflict(one: str, other: str) -> None:
    assert between(priced("a", one), priced("b", other)) == []


def test_tariffs_under_one_code_are_compared_field_by_field() -> None:
    item, other = priced("a", "见资费", fee="10"), priced("b", "见资费", fee="15")
    assert between(item, other) == [("b", "月费10元", "月费15元")]
    assert conflicts_of(item, [other], Audience.AGENT)[0].field == "tariff.monthly_fee"


@pytest.mark.parametrize(
    "other",
    [
        priced("b", "月费15元", codes=("999",), title="5元日包"),
        replace(priced("b", "月费15元", codes=("999",)), title="pack业务"),
        replace(
            priced("b", "月费15元", codes=("999",)), title="流量月包", aliases=("十元流量月包",)
        ),
    ],
    ids=["another product", "same title", "same alias"],
)
def test_one_product_is_known_by_code_title_or_alias(other: KnowledgeItem) -> None:
    item = replace(TEN, aliases=("十元流量月包",))
    assert bool(between(item, other)) is (other.title != "5元日包")


def test_items_of_two_libraries_that_share_an_alias_are_not_one_product() -> None:
    offer = replace(
        priced("b", "月费0元", codes=("999",), library=SubLibrary.MARKETING),
        aliases=("视听会员",),
    )
    assert between(replace(TEN, aliases=("视听会员",)), offer) == []


def test_a_local_variant_may_differ_from_what_it_is_a_variant_of() -> None:
    local = priced("pack-yd", "月费8元", region="yj/yundu", variant_of="pack")
    assert between(TEN, local) == []


def test_two_variants_of_one_region_may_not_differ() -> None:
    one = priced("pack-yd", "月费8元", region="yj/yundu", variant_of="pack", codes=())
    two = priced("pack-yd2", "月费9元", region="yj/yundu", variant_of="pack", codes=())
    assert between(one, two) == [("pack-yd2", "月费8元", "月费9元")]


def test_items_of_two_regions_or_times_do_not_meet() -> None:
    there = priced("pack-lh", "月费15元", region="yj/linhe")
    here = priced("pack-yd", "月费10元", region="yj/yundu")
    assert between(here, there) == []
    over = replace(FIFTEEN, effective_to=dt.date(2026, 1, 31))
    assert between(replace(TEN, effective_from=dt.date(2026, 2, 1)), over) == []


NAMED = priced("fuka", "月费10元", title="副卡业务包", codes=("101",), fee="10")


@pytest.mark.parametrize(
    ("text", "conflict"),
    [
        ("办理副卡业务包每月15元。", True),
        ("办理副卡业务包每月10元。", False),
        ("办理副卡业务包要等15天。", False),
        ("企业副卡业务包每月15元。", False),
        ("副卡业务包2每月15元。", False),
    ],
)
def test_a_text_that_names_a_product_with_another_price_is_a_conflict(
    text: str, conflict: bool
) -> None:
    tip = priced("tip", text, kind=FacetKind.WARNING, codes=(), library=SubLibrary.TIPS)
    assert bool(between(NAMED, tip)) is conflict
    assert bool(between(tip, NAMED)) is conflict


def test_the_conflict_of_a_tip_shows_what_it_says_and_what_the_product_has() -> None:
    text = "副卡业务包每月15元"
    tip = priced("tip", text, kind=FacetKind.WARNING, codes=(), library=SubLibrary.TIPS)
    assert between(tip, NAMED) == [("fuka", "副卡业务包15元", "副卡业务包10元")]
    assert between(NAMED, tip) == [("tip", "副卡业务包10元", "副卡业务包15元")]


def test_an_offer_may_change_the_price_of_a_product() -> None:
    offer = priced(
        "mkt", "副卡业务包每月6元", codes=("102",), fee="6", library=SubLibrary.MARKETING
    )
    assert between(NAMED, offer) == []


def test_a_text_that_ends_a_campaign_on_another_day_is_a_conflict() -> None:
    campaign = replace(
        priced("mkt", "存100元", title="存100送100活动", library=SubLibrary.MARKETING),
        effective_to=dt.date(2026, 12, 31),
    )
    tip = priced("tip", "存100送100活动到2026年10月31日截止", codes=(), library=SubLibrary.TIPS)
    assert between(campaign, tip) == [
        ("tip", "存100送100活动到2026年12月31日", "存100送100活动到2026年10月31日")
    ]


def hit(item: KnowledgeItem, score: float) -> Hit:
    passage = FoundPassage("p", item.id, 1, item.family, "title", item.title, "", None)
    return Hit(make_held(item), score, passage, Evidence("p", 0.0, 0.0, score))


def test_a_day_is_the_same_with_and_without_idle_zeros() -> None:
    plain = priced("a", "活动至2026年3月1日结束。")
    padded = priced("b", "活动至2026年03月01日结束。")
    assert between(plain, padded) == []
    other = priced("c", "活动至2026年03月10日结束。")
    assert between(plain, other) == [("c", "截止2026年3月1日", "截止2026年3月10日")]
    campaign = replace(
        make_item("mkt", "存100送100", SubLibrary.MARKETING), effective_to=dt.date(2026, 3, 1)
    )
    for text, found in (("存100送100至2026年03月01日", 0), ("存100送100至2026年03月02日", 1)):
        tip = make_item("tip", "到期提醒", SubLibrary.TIPS, [make_facet(official=text)])
        assert len(between(campaign, tip)) == found


def test_rivals_are_near_hits_and_all_that_carries_a_code_of_the_first(tmp_path: Path) -> None:
    near, far = make_item("near", "近的"), make_item("far", "远的")
    searcher = open_items(tmp_path, TEN, FIFTEEN, near, far)
    hits = [hit(TEN, 1.0), hit(near, 1.0 - NEAR / 2), hit(far, 1.0 - 2 * NEAR)]
    found = rivals(hits, searcher, make_filter())
    assert [item.id for item in found] == ["near", "pack-old"]
    assert rivals([], searcher, make_filter()) == ()


@cache
def shipped() -> dict[str, KnowledgeItem]:
    return {item.id: item for item in shipped_knowledge().items}


def test_the_shipped_knowledge_raises_no_false_alarm() -> None:
    items = shipped()
    for item in items.values():
        near = [
            items[r.target]
            for r in item.relations
            if r.target in items and r.kind in (RelationKind.SIBLING, RelationKind.TIP)
        ]
        assert conflicts_of(item, near, Audience.INTERNAL) == ()


def test_a_contradiction_planted_in_the_shipped_knowledge_is_found() -> None:
    item = shipped()["mkt-c240"]
    facet = next(f for f in item.facets if f.kind is FacetKind.EFFECTIVE)
    planted = replace(
        item,
        id="mkt-c240-copy",
        facets=(replace(facet, official=facet.official.replace("2027年6月30日", "2027年3月31日")),),
    )
    assert between(item, planted) == [("mkt-c240-copy", "截止2027年6月30日", "截止2027年3月31日")]
