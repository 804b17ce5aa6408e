"""A tariff and a month's usage → what that month costs, as far as the tariff states it.

Pure functions. What a tariff does not state is never guessed: ``MissingField`` names the field.
"""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal
from typing import Final

from corpora.types import FirstMonth, Tariff
from retriever.bundle import beyond_terms, within
from retriever.charge import Calculation, Charge, Remark, Term, charge_of
from retriever.quantity import Quantity, stated
from retriever.usage import (
    NOTHING,
    BadUsage,
    CalculationError,
    MissingField,
    NoTariff,
    Usage,
    required,
)

__all__ = [
    "BadUsage",
    "CalculationError",
    "MissingField",
    "NoTariff",
    "Usage",
    "beyond",
    "first_month",
    "month_charge",
    "usable",
]

_NOTHING_BEYOND: Final = Remark("没有超出套餐，不另收费")


def usable(tariff: Tariff | None, title: str) -> Tariff:
    """The tariff of an item; ``NoTariff`` where it has none."""
    if tariff is None:
        raise NoTariff(f"「{title}」没有结构化的资费，不能算；请换一项有资费的产品")
    return tariff


def month_charge(tariff: Tariff, usage: Usage = NOTHING) -> Charge:
    """What an ordinary month with this usage costs: the fees, and what goes beyond the bundle.

    ``MissingField`` where the tariff states no fee, or no price for what is beyond the bundle.
    """
    fees, about = _fees(tariff, usage)
    over, remarks = beyond_terms(tariff, usage)
    covered = within(tariff, usage) or []
    return charge_of(Calculation.MONTH, [*fees, *over], [*about, *remarks, *covered])


def beyond(tariff: Tariff, usage: Usage) -> Charge:
    """What goes beyond the bundle alone; 0 where nothing does."""
    over, remarks = beyond_terms(tariff, usage)
    covered = [] if over or remarks else [*(within(tariff, usage) or []), _NOTHING_BEYOND]
    return charge_of(Calculation.BEYOND, over, [*remarks, *covered])


def first_month(tariff: Tariff, joined_on: dt.date, usage: Usage = NOTHING) -> Charge:
    """What the month of joining costs: in full, half, or for the days left, the day itself included.

    How much of the bundle a shortened month has is stated nowhere: beyond it, ``MissingField``.
    """
    how = required(tariff.first_month, "first_month")
    fee = stated(
        required(tariff.monthly_fee, "monthly_fee"), "tariff.monthly_fee", "tariff.first_month"
    )
    if how is FirstMonth.FULL:
        over, remarks = beyond_terms(tariff, usage)
        whole = Term(fee, f"首月收全月的月费{fee.written}元")
        return charge_of(Calculation.FIRST_MONTH, [whole, *over], remarks)
    if how is FirstMonth.HALF:
        share = Decimal("0.5")
        half = fee / stated(2, "tariff.first_month")
        part = Term(half, f"月费{fee.written}元，首月折半")
    else:
        part, share = _by_day(fee, joined_on)
    covered = within(tariff, usage, share)
    if covered is None:
        raise MissingField("first_month", "首月套餐内容给多少")
    return charge_of(Calculation.FIRST_MONTH, [part], covered)


def _by_day(fee: Quantity, joined_on: dt.date) -> tuple[Term, Decimal]:
    month, day = stated(joined_on.month, "joined_on"), stated(joined_on.day, "joined_on")
    days = stated(calendar.monthrange(joined_on.year, joined_on.month)[1], "joined_on")
    left = (days - day + stated(1, "joined_on")).solved
    words = (
        f"{month.written}月{day.written}日起用，当月用{left.written}天（含当天），"
        f"月费{fee.written}元按天折算"
    )
    numbers = (*month.numbers, *day.numbers, *left.numbers)
    return Term(fee * left / days, words, numbers), left.value / days.value


def _fees(tariff: Tariff, usage: Usage) -> tuple[list[Term], list[Remark]]:
    terms: list[Term] = []
    remarks: list[Remark] = []
    if tariff.monthly_fee is not None:
        fee = stated(tariff.monthly_fee, "tariff.monthly_fee")
        terms.append(Term(fee, f"月费{fee.written}元"))
        if tariff.discount_months and tariff.price_after is not None:
            span = stated(tariff.discount_months, "tariff.discount_months")
            after = stated(tariff.price_after, "tariff.price_after")
            text = f"这是前{span.written}个月的价格，之后每月{after.written}元"
            remarks.append(Remark(text, span.numbers + after.numbers))
    elif tariff.one_time_fee is not None:
        once = stated(tariff.one_time_fee, "tariff.one_time_fee")
        terms.append(Term(once, f"一次性收{once.written}元"))
        if tariff.validity_days is not None:
            days = stated(tariff.validity_days, "tariff.validity_days")
            remarks.append(Remark(f"有效期{days.written}天", days.numbers))
    if tariff.daily_fee is not None:
        if usage.days is None:
            raise BadUsage("usage.days", "这项按天收费；请给出用了几天（days）")
        daily, days = stated(tariff.daily_fee, "tariff.daily_fee"), stated(usage.days, "usage.days")
        terms.append(Term(daily * days, f"用了{days.written}天，每天收{daily.written}元"))
    if not terms:
        raise MissingField("monthly_fee")
    return terms, remarks
