"""What holds of every tariff, checked against brute force, and of the shipped ones."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.types import FirstMonth, Tariff
from retriever.calculate import CalculationError, Usage, beyond, first_month, month_charge
from retriever.charge import Charge
from retriever.compare_tariffs import compared
from retriever.over_months import month_price, penalty, returned, total_paid
from tests.corpora.shipped import shipped_knowledge
from tests.retriever.tariffs import gigabytes, offers, plans, usages, yuan


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(plans(), usages, gigabytes())
def test_more_data_never_costs_less(tariff: Tariff, usage: Usage, more: Decimal) -> None:
    less = month_charge(tariff, usage).amount
    total = replace(usage, gb=(usage.gb or Decimal(0)) + more)
    assert month_charge(tariff, total).amount >= less


@given(plans(), usages, st.integers(0, 500))
def test_more_minutes_and_messages_never_cost_less(tariff: Tariff, usage: Usage, more: int) -> None:
    less = month_charge(tariff, usage).amount
    for name in ("minutes", "sms"):
        total = replace(usage, **{name: (getattr(usage, name) or 0) + more})
        assert month_charge(tariff, total).amount >= less


@given(plans(), usages)
def test_data_beyond_the_bundle_never_costs_more_than_the_cap(tariff: Tariff, usage: Usage) -> None:
    data = replace(usage, minutes=None, sms=None)
    cost = beyond(tariff, data).amount
    if tariff.over_data_cap is not None:
        assert cost <= tariff.over_data_cap
    assert month_charge(tariff, data).amount == cost + (tariff.monthly_fee or 0)


@given(plans(), st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31)))
def test_the_first_month_agrees_with_a_count_of_its_days(tariff: Tariff, day: dt.date) -> None:
    fee = tariff.monthly_fee or Decimal(0)
    month = [
        date
        for date in calendar.Calendar().itermonthdates(day.year, day.month)
        if date.month == day.month
    ]
    used = sum(1 for date in month if date >= day)
    expected = {
        FirstMonth.FULL: fee,
        FirstMonth.HALF: fee / 2,
        FirstMonth.DAILY: fee * used / len(month),
    }
    assert tariff.first_month is not None
    assert first_month(tariff, day).amount == fen(expected[tariff.first_month])
    assert (
        first_month(replace(tariff, first_month=FirstMonth.DAILY), day.replace(day=1)).amount == fee
    )


@given(offers(), st.integers(1, 60))
def test_the_sum_of_months_is_the_sum_of_their_prices(tariff: Tariff, months: int) -> None:
    each = [month_price(tariff, month).amount for month in range(1, months + 1)]
    assert total_paid(tariff, months).amount == sum(each)


@given(offers(), st.integers(0, 40))
def test_the_penalty_is_the_share_of_the_prices_left(tariff: Tariff, used: int) -> None:
    assert tariff.contract_months is not None
    assert tariff.penalty_rate is not None
    left = range(used + 1, tariff.contract_months + 1)
    fees = sum((month_price(tariff, month).amount for month in left), Decimal(0))
    assert penalty(tariff, used).amount == fen(fees * tariff.penalty_rate)
    assert penalty(tariff, used + 1).amount <= penalty(tariff, used).amount


@given(yuan(), st.integers(1, 36), st.integers(0, 60))
def test_what_is_returned_ends_with_the_offer(monthly: Decimal, span: int, months: int) -> None:
    offer = Tariff(return_monthly=monthly, return_months=span)
    assert returned(offer, months).amount == monthly * min(months, span)


@settings(deadline=None)
@given(plans(), plans(), usages)
def test_turning_points_agree_with_trying_every_gigabyte(
    first: Tariff, second: Tariff, usage: Usage
) -> None:
    usage = replace(usage, directed_gb=None, off_peak_gb=None)
    points = compared(first, second, usage).turning_points
    assert [point.gb for point in points] == sorted(point.gb for point in points)
    for gb in range(0, 400, 23):
        tried = compared(first, second, replace(usage, gb=Decimal(gb)))
        if tried.difference <= Decimal("0.02"):
            continue  # rounding to the fen decides
        if any(abs(point.gb - gb) < Decimal("0.01") for point in points):
            continue  # rounding of the turning point decides
        passed = [point.cheaper for point in points if point.gb <= gb]
        if passed:
            assert tried.cheaper is passed[-1]
        elif points:
            assert tried.cheaper is not points[0].cheaper


def test_every_shipped_tariff_is_computed_or_refused_by_field() -> None:
    knowledge = shipped_knowledge()
    usage = Usage(gb=Decimal(500), minutes=5000, sms=500, days=3)
    attempts = (
        lambda tariff: month_charge(tariff, usage),
        lambda tariff: month_charge(tariff, Usage(days=1)),
        lambda tariff: first_month(tariff, dt.date(2026, 2, 28)),
        lambda tariff: total_paid(tariff, 30),
        lambda tariff: penalty(tariff, 5),
        returned,
    )
    computed: dict[str, list[Charge]] = {}
    refused: set[str] = set()
    for row in knowledge.price_book.values():
        for attempt in attempts:
            try:
                computed.setdefault(row.key, []).append(attempt(row.tariff))
            except CalculationError as error:
                refused.add(getattr(error, "field", ""))
    assert len(computed) > 150
    assert all(field.startswith(("tariff.", "usage.")) for field in refused)
    assert month_charge(knowledge.price_book["QQT59"].tariff, Usage(gb=Decimal(12))).amount == 69
    assert returned(knowledge.price_book["C240"].tariff).amount == 240
    # the examples that the knowledge itself gives
    assert penalty(knowledge.price_book["HY12"].tariff, 8).amount == Decimal("94.80")
    assert penalty(knowledge.price_book["HY24H"].tariff, 12).amount == Decimal("608.40")
