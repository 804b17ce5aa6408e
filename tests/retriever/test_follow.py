from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    FacetKind,
    RelationKind,
    SaleStatus,
    SubLibrary,
)
from retriever.errors import UnknownCode
from retriever.follow import SHORT
from tests.builders import TODAY, make_facet, make_filter, make_item
from tests.retriever.knowledge import make_base, make_template, make_tip, pointing

PRICE = make_facet(FacetKind.PRICE, "月费10元（内部成本另计）。", "每月10元。")
STAFF = make_facet(FacetKind.RULES, "内部规则", audience=Audience.AGENT)
PACK = replace(
    pointing(
        make_item("pack", "流量月包", facets=[PRICE, STAFF], codes=("LLB010",)),
        "tip-a",
        kind=RelationKind.TIP,
    ),
    actions=(Action(ActionKind.OPEN, Channel.BOSS, "订购", "订购-流量包"),),
    templates=("tpl-a", "tpl-past"),
)
TEMPLATES = (
    make_template(),
    replace(make_template("tpl-past"), effective_to=TODAY.replace(day=1, month=1)),
)


def test_a_card_is_found_in_any_case_and_holds_what_goes_with_the_item(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, make_tip(), templates=TEMPLATES)
    (card,) = base.follow(["llb010"], make_filter())
    assert (card["found"], card["code"], card["item"]["id"]) == (True, "llb010", "pack")
    assert card["short"] == "每月10元。"
    assert [tip["item_id"] for tip in card["tips"]] == ["tip-a"]
    assert card["templates"] == ["tpl-a"]
    assert [facet["kind"] for facet in card["facets"]] == ["price", "rules"]


def test_the_card_of_a_customer_holds_nothing_for_staff(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK, make_tip(), templates=TEMPLATES)
    (card,) = base.follow(["LLB010"], make_filter(audience=Audience.CUSTOMER))
    assert card["actions"] == []
    assert "内部" not in str(card)


def test_an_unknown_code_has_no_card_and_the_others_keep_their_order(tmp_path: Path) -> None:
    base = make_base(tmp_path, PACK)
    cards = base.follow(["NOPE", "LLB010", ""], make_filter())
    assert [card["found"] for card in cards] == [False, True, False]


def test_of_several_items_with_a_code_the_product_on_sale_comes_first(tmp_path: Path) -> None:
    base = make_base(
        tmp_path,
        make_item("a-tip", "提醒", SubLibrary.TIPS, codes=("X001",)),
        make_item("a-old", "老套餐", codes=("X001",), sale_status=SaleStatus.WITHDRAWN),
        make_item("a-by-command", "别的", command="X001"),
        make_item("plan", "套餐", codes=("X001",)),
    )
    (card,) = base.follow(["X001"], make_filter())
    assert card["item"]["id"] == "plan"
    (tip,) = base.follow(["X001"], make_filter(libraries=[SubLibrary.TIPS]))
    assert tip["item"]["id"] == "a-tip"


def test_the_card_is_that_of_the_region(tmp_path: Path) -> None:
    base = make_base(
        tmp_path,
        make_item("move", "宽带移机", codes=("KD1",)),
        make_item(
            "move-yd", "云都移机", region="yj/yundu", variant_of="move", codes=("KD1", "YD1")
        ),
    )

    def shown(code: str, region: str) -> str | None:
        (card,) = base.follow([code], make_filter(region=region))
        return card["item"]["id"] if card["found"] else None

    assert shown("KD1", "") == "move"
    assert shown("KD1", "yj/yundu") == "move-yd"
    assert shown("KD1", "yj/linhe") == "move"
    # a code that only the variant has is about the variant
    assert shown("YD1", "") == "move-yd"
    assert shown("YD1", "yj/linhe") is None


def test_a_long_wording_is_cut_for_the_short_card(tmp_path: Path) -> None:
    long = make_facet(official="长" * 300, audience=Audience.AGENT)
    base = make_base(tmp_path, make_item("long", facets=[long], codes=("L1",)))
    (card,) = base.follow(["L1"], make_filter())
    assert len(card["short"]) == SHORT
    assert card["short"].endswith("…")


def test_the_help_of_a_screen_is_found_in_lower_case_technical_items_first(tmp_path: Path) -> None:
    screens = ("CPBG",)
    base = make_base(
        tmp_path,
        make_item("a", "改套餐", screens=screens),
        make_item("t", "改套餐操作", SubLibrary.TECHNICAL, screens=screens),
        make_item(
            "t-yd",
            "改套餐操作",
            SubLibrary.TECHNICAL,
            screens=screens,
            region="yj/yundu",
            variant_of="t",
        ),
    )
    shown = base.help("cpbg", make_filter())
    assert shown["screen"] == "CPBG"
    # a family appears once
    assert [entry["item"]["id"] for entry in shown["items"]] == ["t", "a"]
    local = base.help("CPBG", make_filter(region="yj/yundu"))
    assert [entry["item"]["id"] for entry in local["items"]] == ["t-yd", "a"]
    with pytest.raises(UnknownCode, match="NOPE"):
        base.help("NOPE", make_filter())
