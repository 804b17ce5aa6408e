"""Campaigns meet for one customer by product, place and day: somebody said whether both go."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from corpora.source import Problem, Severity
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
    Tariff,
)
from tests.corpora.builders import found, make_facet, make_item, problems_of

SCRIPT = Facet(FacetKind.SCRIPT, "先问用量，再说优惠；可与其他活动同享。", audience=Audience.AGENT)
ABOUT = Relation(RelationKind.BUSINESS, "biz-pack")


def campaign(item_id: str, **fields: Any) -> KnowledgeItem:
    item = make_item(item_id, sub_library=SubLibrary.MARKETING, actions=(), relations=(ABOUT,))
    facets = (*item.facets, SCRIPT, make_facet(kind=FacetKind.FAQ))
    return replace(item, facets=facets, **fields)


def overlaps(*campaigns: KnowledgeItem) -> list[Problem]:
    return [p for p in problems_of(make_item(), *campaigns) if p.field == "excludes"]


def test_a_campaign_has_a_script() -> None:
    silent = campaign("mkt-a", excludes=("biz-pack",))
    silent = replace(silent, facets=tuple(f for f in silent.facets if f != SCRIPT))
    found(make_item(), silent, field="facets", severity=Severity.WARNING, says="话术")


def test_a_campaign_says_what_it_goes_together_with() -> None:
    silent = campaign("mkt-a")
    mute = replace(SCRIPT, official="先问用量，再说优惠。")
    silent = replace(silent, facets=tuple(mute if f == SCRIPT else f for f in silent.facets))
    found(make_item(), silent, field="excludes", severity=Severity.WARNING, says="同享")
    assert not problems_of(make_item(), replace(silent, excludes=("biz-pack",)))


def test_two_campaigns_on_one_product_say_whether_both_go() -> None:
    problem = overlaps(campaign("mkt-a"), campaign("mkt-b"))[0]
    assert problem.severity is Severity.WARNING
    assert "mkt-a" in problem.problem
    assert "biz-pack" in problem.problem


@pytest.mark.parametrize(
    "fields",
    [
        {"excludes": ("mkt-a",)},
        {"relations": (ABOUT, Relation(RelationKind.COMBINES, "mkt-a"))},
        {"sale_status": SaleStatus.WITHDRAWN},
        {"relations": ()},
        {"effective_from": dt.date(2027, 2, 1), "effective_to": dt.date(2027, 3, 1)},
        {"region": Region("yj/yundu")},
        {"variant_of": "mkt-a", "region": Region("yj/wanghai")},
    ],
    ids="-".join,
)
def test_campaigns_that_are_settled_or_never_meet_are_fine(fields: dict[str, Any]) -> None:
    first = campaign("mkt-a", effective_to=dt.date(2026, 12, 31), region=Region("yj/wanghai"))
    assert not overlaps(first, campaign("mkt-b", **fields))


def test_a_province_meets_its_cities_and_the_last_day_counts() -> None:
    first = campaign("mkt-a", effective_to=dt.date(2026, 12, 31), region=Region("yj"))
    second = campaign("mkt-b", effective_from=dt.date(2026, 12, 31), region=Region("yj/wanghai"))
    assert overlaps(first, second)


def test_money_paid_in_advance_is_a_product_of_its_own() -> None:
    deposit = Tariff(deposit=Decimal(100), gift=Decimal(100))
    first, second = (campaign(name, tariff=deposit, relations=()) for name in ("mkt-a", "mkt-b"))
    assert "预存话费" in overlaps(first, second)[0].problem
