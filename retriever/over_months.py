"""A tariff over several months: what is paid, what leaving early costs, what an offer gives back."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from corpora.types import FirstMonth, Tariff
from retriever.charge import Calculation, Charge, Remark, Term, charge_of
from retriever.quantity import Quantity, percent, stated, total
from retriever.usage import BadUsage, MissingField, required

MOST_MONTHS: Final = 600


def total_paid(tariff: Tariff, months: int) -> Charge:
    """The fees of the first ``months`` whole months, with every change of the price.

    ``MissingField`` where a month's fee is not stated; usage beyond the bundle is not counted.
    """
    checked_months(months, "months", 1)
    terms = []
    if tariff.one_time_fee is not None and tariff.monthly_fee is not None:
        once = stated(tariff.one_time_fee, "tariff.one_time_fee")
        terms.append(Term(once, f"一次性收{once.written}元"))
    spans = _spans(tariff, range(1, months + 1))
    for place, (fee, count) in enumerate(spans):
        when = "前" if place == 0 and len(spans) > 1 else "后" if place else ""
        terms.append(Term(fee * count, f"{when}{count.written}个月每月{fee.written}元"))
    remarks = [Remark("按整月算，不含套餐外的费用")]
    if tariff.first_month in (FirstMonth.DAILY, FirstMonth.HALF):
        remarks = [Remark("按整月算，首月按天或折半的没有扣减，也不含套餐外的费用")]
    return charge_of(Calculation.TOTAL, terms, remarks)


def month_price(tariff: Tariff, month: int) -> Charge:
    """The fee of the ``month``-th month, the first being 1: what is due once an offer has ended."""
    checked_months(month, "months", 1)
    fee, span = fee_in(tariff, month)
    nth = stated(month, "months")
    remarks = []
    if span is not None and span.value < month:
        remarks.append(Remark(f"优惠到第{span.written}个月为止", span.numbers))
    words = f"第{nth.written}个月收{fee.written}元"
    return charge_of(Calculation.MONTH_PRICE, [Term(fee, words, nth.numbers)], remarks)


def price_after_offer(tariff: Tariff) -> Charge:
    """The monthly fee once the free or discounted months are over."""
    span = _offer_span(tariff)
    if span is None:
        raise MissingField("discount_months")
    after = stated(required(tariff.price_after, "price_after"), "tariff.price_after")
    words = f"优惠{span.written}个月，之后每月{after.written}元"
    return charge_of(Calculation.MONTH_PRICE, [Term(after, words, span.numbers)])


def penalty(tariff: Tariff, leaves_after: int) -> Charge:
    """What leaving after ``leaves_after`` months of the contract costs: a share of the fees left."""
    checked_months(leaves_after, "leaves_after", 0)
    length = stated(required(tariff.contract_months, "contract_months"), "tariff.contract_months")
    rate = required(tariff.penalty_rate, "penalty_rate")
    used = stated(leaves_after, "leaves_after")
    if used.value >= length.value:
        over = Remark(f"{length.written}个月的合约已经满了，没有违约金", length.numbers)
        return charge_of(Calculation.PENALTY, [], [over])
    left = (length - used).solved
    spans = _spans(tariff, range(leaves_after + 1, int(length.value) + 1))
    fees = spans[0][0] * left if len(spans) == 1 else total([fee * count for fee, count in spans])
    share = percent(rate, "tariff.penalty_rate")
    words = f"合约{length.written}个月，还剩{left.written}个月，按剩余月费的{share.text}收"
    return charge_of(Calculation.PENALTY, [Term(fees * share, words, left.numbers)])


def returned(tariff: Tariff, months: int | None = None) -> Charge:
    """What an offer has given back after ``months`` months; in the end, where none are given."""
    monthly = stated(required(tariff.return_monthly, "return_monthly"), "tariff.return_monthly")
    span = stated(required(tariff.return_months, "return_months"), "tariff.return_months")
    count = span
    if months is not None:
        checked_months(months, "months", 0)
        if months < span.value:
            count = stated(months, "months")
    terms = [Term(monthly * count, f"每月返{monthly.written}元，返{count.written}个月")]
    remarks = []
    if count is not span:
        left = span - count
        text = f"一共返{span.written}个月，还有{left.written}个月没返"
        remarks.append(Remark(text, left.solved.numbers))
    if tariff.deposit is not None and tariff.gift is not None:
        remarks.extend(
            Remark(note, cost.numbers) for cost in [net_cost(tariff)] for note in cost.notes
        )
    return charge_of(Calculation.RETURNED, terms, remarks)


def net_cost(tariff: Tariff) -> Charge:
    """What an offer costs in the end: the deposit, less what comes back of it.

    A gift comes on top of the deposit, which stays the customer's to spend; without one, the
    returned money is the deposit itself.
    """
    deposit = stated(required(tariff.deposit, "deposit"), "tariff.deposit")
    if tariff.gift is not None:
        gift = stated(tariff.gift, "tariff.gift")
        worth = (deposit + gift).solved
        text = f"交{deposit.written}元，连送的一共{worth.written}元话费"
        return charge_of(
            Calculation.NET_COST,
            [Term(deposit, f"实付{deposit.written}元")],
            [Remark(text, worth.numbers)],
        )
    monthly = stated(required(tariff.return_monthly, "return_monthly"), "tariff.return_monthly")
    span = stated(required(tariff.return_months, "return_months"), "tariff.return_months")
    back = monthly * span
    if back.value > deposit.value:
        raise MissingField("gift", "多返的钱是不是赠送的")
    words = f"先交{deposit.written}元，分{span.written}个月返{back.written}元"
    return charge_of(Calculation.NET_COST, [Term(deposit - back, words, back.solved.numbers)])


def fee_in(tariff: Tariff, month: int) -> tuple[Quantity, Quantity | None]:
    """The fee of one month and the length of the offer that decides it, where there is one.

    ``price_after`` without free or discounted months follows the contract. A contract that does not
    say what follows it states no fee for the time after.
    """
    span = _offer_span(tariff)
    if span is not None and month > span.value:
        after = required(tariff.price_after, "price_after")
        return stated(after, "tariff.price_after", *span.sources), span
    if tariff.free_months is not None and span is not None:
        return stated(0, "tariff.free_months"), span
    if span is None and tariff.price_after is not None:
        raise MissingField("discount_months")
    fee = required(tariff.monthly_fee, "monthly_fee")
    if span is None and tariff.contract_months is not None and month > tariff.contract_months:
        raise MissingField("price_after", f"合约第{tariff.contract_months}个月以后的月费")
    sources = ("tariff.monthly_fee", *(span.sources if span else ()))
    return stated(fee, *sources), span


def _offer_span(tariff: Tariff) -> Quantity | None:
    if tariff.free_months is not None:
        return stated(tariff.free_months, "tariff.free_months")
    if tariff.discount_months is not None:
        return stated(tariff.discount_months, "tariff.discount_months")
    if tariff.price_after is not None and tariff.contract_months is not None:
        return stated(tariff.contract_months, "tariff.contract_months")
    return None


def _spans(tariff: Tariff, months: Iterable[int]) -> list[tuple[Quantity, Quantity]]:
    """Runs of months with one fee: the fee and how many months it is due."""
    fees = groupby(fee_in(tariff, month)[0] for month in months)
    return [(fee, stated(sum(1 for _ in run), "months")) for fee, run in fees]


def checked_months(months: int, name: str, least: int) -> None:
    """``BadUsage`` for a number of months that makes no sense."""
    if not least <= months <= MOST_MONTHS:
        raise BadUsage(name, f"月数 {name} 应在 {least} 到 {MOST_MONTHS} 之间；请核对")
