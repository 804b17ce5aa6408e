"""Amounts in titles, price facets and customer texts agree with what states them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from corpora.amounts import amounts
from corpora.source import Severity
from corpora.types import (
    FacetKind,
    Tariff,
)
from tests.corpora.builders import (
    PACK,
    found,
    make_facet,
    make_item,
    problems_of,
)

ERROR = Severity.ERROR


def test_equal_amounts_are_equal_however_they_are_written() -> None:
    one, other = (
        amounts("10元1GB 300M 1,200元"),
        amounts("\uff11\uff10.00元1\uff27\uff22 300Mbps 1200元"),
    )
    assert one == other
    assert [str(amount) for amount in amounts("②100元，10086，100元")] == [
        "100元",
        "10086",
        "100元",
    ]


def test_own_fields_do_not_contradict_the_price_book() -> None:
    item = make_item(tariff=replace(PACK, monthly_fee=Decimal(12)))
    problems = problems_of(item)
    assert "tariff.monthly_fee" in {problem.field for problem in problems}
    assert not problems_of(make_item(tariff=replace(PACK, validity_days=30)))


def test_a_quoted_row_exists() -> None:
    item = make_item(tariff=replace(PACK, price_book="NONE"))
    found(item, field="tariff.price_book", severity=ERROR, says="NONE")


@pytest.mark.parametrize("title", ["12元1GB流量月包", "10元2GB流量月包"])
def test_a_title_does_not_contradict_the_price_book(title: str) -> None:
    found(make_item(title=title), field="title", severity=ERROR, says="LLB_M10")


@pytest.mark.parametrize("title", ["5G流量月包", "流量月包", "10.00元流量月包"])
def test_a_title_without_another_amount_is_fine(title: str) -> None:
    assert not problems_of(make_item(title=title))


def test_the_price_facet_states_the_price_of_the_price_book() -> None:
    item = make_item(facets=(make_facet("有1GB流量。", "含国内通用流量1GB。"),))
    found(item, field="facets[0].official", severity=ERROR, says="10元")


def test_the_price_facet_states_no_other_monthly_fee() -> None:
    item = make_item(facets=(make_facet(official="月费12元，含1GB，原价10元。"),))
    found(item, field="facets[0].official", severity=ERROR, says="月费12元")


@pytest.mark.parametrize("kind", [FacetKind.OVERVIEW, FacetKind.PRICE])
def test_a_headline_facet_states_the_allowance_of_the_price_book(kind: FacetKind) -> None:
    item = make_item(facets=(make_facet("每月10元。", "月费10元，含2GB。", kind=kind),))
    found(item, field="facets[0].official", severity=ERROR, says="2GB")
    assert not problems_of(make_item(facets=(make_facet(kind=kind),)))


def test_no_amount_is_negative() -> None:
    item = make_item(tariff=Tariff(monthly_fee=Decimal(-1)))
    assert "负数" in problems_of(item)[0].problem


@pytest.mark.parametrize(
    ("customer", "lost"),
    [
        ("每月12元。", "12元"),
        ("每月10GB。", "10GB"),
        ("发短信KTLLB20到10086。", "KTLLB20"),
        ("发送CXYE到10086。", "CXYE"),
        ("3天内到账。", "3"),
    ],
)
def test_a_number_that_no_source_states_is_an_error(customer: str, lost: str) -> None:
    item = make_item(facets=(make_facet(customer),))
    found(item, field="facets[0].customer", severity=ERROR, says=lost)


def test_a_step_is_traced_like_the_wording() -> None:
    item = make_item(facets=(make_facet(steps=("核对12元费用",)),))
    found(item, field="facets[0].steps[0]", severity=ERROR, says="12元")


@pytest.mark.parametrize(
    ("customer", "official"),
    [
        ("每月10元。", "月费10.00元。"),
        ("每月１０元。", "月费10元。"),
        ("打10086就行，发ktllb10也行。", "月费10元。"),
        ("满50元、100元都能参加。", "月费10元，满50/100元可参加。"),
        ("24点前有效，2027年1月31日止。", "月费10元，24时止，2027-01-31止。"),
        ("用VoLTE和5G打电话。", "月费10元，支持VoLTE、5G。"),
    ],
)
def test_a_number_that_a_source_states_in_another_form_is_fine(
    customer: str, official: str
) -> None:
    assert not problems_of(make_item(facets=(make_facet(customer, official),)))


def test_what_is_sold_quotes_the_price_book() -> None:
    found(
        make_item(tariff=replace(PACK, price_book="")),
        field="tariff",
        severity=Severity.WARNING,
        says="价目表",
    )
