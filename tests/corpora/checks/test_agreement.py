"""One truth: what an item says of another's price or last day is what the other says itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from corpora.source import Severity
from corpora.types import Audience, Facet, FacetKind, KnowledgeItem, SubLibrary
from tests.corpora.builders import (
    found,
    make_facet,
    make_item,
    make_template,
    make_tip,
    only,
    problems_of,
)

PACK = make_item(aliases=("一G月包",))
SCRIPT = Facet(FacetKind.SCRIPT, "先问用量；可与其他活动同享。", audience=Audience.AGENT)


def saying(text: str) -> KnowledgeItem:
    return replace(make_tip("tip-x"), facets=(make_facet(text, text),))


@pytest.mark.parametrize(
    "text",
    [
        "10元1GB流量月包每月12元。",
        "一G月包收费15元。",
        "办了一G月包，含2GB。",
        "一G月包（12元）可选。",
    ],
)
def test_another_price_for_a_product_is_named(text: str) -> None:
    problems = problems_of(PACK, saying(text))
    assert {p.field for p in problems} == {"facets[0].official", "facets[0].customer"}
    assert all("biz-pack" in p.problem for p in problems)


@pytest.mark.parametrize(
    "text",
    [
        "10元1GB流量月包每月10元。",
        "一G月包含1GB。",
        "一G月包和别的包一共25元。",
        "一G月包2比它多5元。",
        "您用12元的包，不是一G月包。",
    ],
)
def test_the_own_price_and_what_is_no_price_of_it_are_fine(text: str) -> None:
    assert not problems_of(PACK, saying(text))


def campaign(**fields: Any) -> KnowledgeItem:
    facets = (make_facet(kind=FacetKind.FAQ), SCRIPT)
    item = replace(
        make_item("mkt-a", sub_library=SubLibrary.MARKETING, actions=(), aliases=("充值送礼",)),
        effective_to=dt.date(2027, 6, 30),
    )
    return replace(item, **({"facets": (*item.facets, *facets)} | fields))


def test_another_last_day_of_a_campaign_is_named() -> None:
    wrong = problems_of(campaign(), saying("充值送礼活动受理至2027年5月31日。"))
    assert {p.field for p in wrong} == {"facets[0].official", "facets[0].customer"}
    assert "2027-06-30" in wrong[0].problem
    assert not problems_of(campaign(), saying("充值送礼活动受理至2027年6月30日。"))


def test_a_campaign_states_its_own_last_day() -> None:
    said = "参加到2027年5月31日，月费10元，1GB。"
    wrong = Facet(FacetKind.EFFECTIVE, said, "参加到2027年5月31日。")
    others = tuple(f for f in campaign().facets if f.kind is not FacetKind.EFFECTIVE)
    found(
        campaign(facets=(*others, wrong)),
        field=f"facets[{len(others)}].official",
        severity=Severity.ERROR,
        says="2027-06-30",
    )


def test_a_price_written_into_a_template_is_the_price_of_what_offers_it() -> None:
    offering = make_item(templates=("tpl-pack",))
    wrong = only(problems_of(offering, make_template("每月12元，1GB。")))
    assert (wrong.field, wrong.severity) == ("body", Severity.WARNING)
    assert "12元" in wrong.problem
    assert not problems_of(offering, make_template("每月10元，1GB。"))
