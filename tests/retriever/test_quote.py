from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from corpora.types import Audience, FacetKind
from corpora.versions import OPEN_FROM, OPEN_TO
from retriever.calculate import BadUsage, NoTariff, Usage
from retriever.errors import NotFound
from retriever.knowledge_base import KnowledgeBase
from retriever.quote import CalculationRequest
from tests.builders import make_facet, make_filter, make_held, make_item
from tests.retriever.knowledge import make_base
from tests.retriever.tariffs import PLAN_59, PLAN_79

RISE = dt.date(2026, 3, 1)
TWELVE = CalculationRequest(Usage(gb=Decimal(12)))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """A plan that rises on 1 March, one for staff alone, and a procedure without a tariff."""
    plan = replace(make_item("plan", "畅享套餐"), tariff=PLAN_59)
    secret = make_facet(FacetKind.LESSON, "内部口径", audience=Audience.INTERNAL)
    root: Path = tmp_path_factory.mktemp("quote")
    return make_base(
        root,
        make_held(plan, 1, OPEN_FROM, RISE - dt.timedelta(days=1)),
        make_held(replace(plan, tariff=PLAN_79), 2, RISE, OPEN_TO),
        replace(make_item("secret", "内部套餐", facets=[secret]), tariff=PLAN_59),
        replace(
            make_item("plan-yundu", "畅享套餐（云都）", region="yj/yundu", variant_of="plan"),
            tariff=replace(PLAN_79, monthly_fee=Decimal(70)),
        ),
        make_item("transfer", "过户"),
    )


def test_the_version_that_holds_on_the_day_is_charged(base: KnowledgeBase) -> None:
    for day, version, charge in ((dt.date(2026, 2, 28), 1, 69.0), (RISE, 2, 79.0)):
        found = base.calculate("plan", TWELVE, make_filter(day))
        assert (found["version"], found["charge"]) == (version, charge)


def test_a_region_is_charged_what_holds_there(base: KnowledgeBase) -> None:
    for region, item, charge in (
        ("yj/yundu/h01", "plan-yundu", 70),
        ("yj/linhe", "plan", 79),
        ("", "plan", 79),
    ):
        found = base.calculate("plan", TWELVE, make_filter(RISE, region=region))
        assert (found["item"], found["charge"]) == (item, charge)
    assert base.calculate("plan-yundu", TWELVE, make_filter(RISE))["charge"] == 70


def test_what_the_reader_may_not_see_is_not_found(base: KnowledgeBase) -> None:
    assert base.calculate("secret", TWELVE, make_filter(audience=Audience.INTERNAL))["charge"] == 69
    with pytest.raises(NotFound, match="secret"):
        base.calculate("secret", TWELVE, make_filter())
    with pytest.raises(NotFound, match="nothing"):
        base.calculate("plan", TWELVE, make_filter(), compare_with="nothing")


def test_an_item_without_a_tariff_is_refused_by_its_title(base: KnowledgeBase) -> None:
    with pytest.raises(NoTariff, match="「过户」"):
        base.calculate("transfer", TWELVE, make_filter())
    with pytest.raises(NoTariff, match="「过户」"):
        base.calculate("plan", TWELVE, make_filter(), compare_with="transfer")


def test_two_calculations_at_once_are_refused() -> None:
    with pytest.raises(BadUsage, match="一次只能给一个"):
        CalculationRequest(months=3, leaves_after=3)
    with pytest.raises(BadUsage, match="请去掉 usage"):
        CalculationRequest(Usage(gb=Decimal(1)), months=3)
    assert CalculationRequest(Usage(gb=Decimal(1)), joined_on=RISE).joined_on == RISE
