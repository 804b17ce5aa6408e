from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest

from corpora.types import DataAllowance, DataKind, FirstMonth, Tariff
from retriever.calculate import (
    BadUsage,
    MissingField,
    NoTariff,
    Usage,
    beyond,
    first_month,
    month_charge,
    usable,
)
from retriever.charge import Calculation, Term, charge_of
from retriever.compare_tariffs import Cheaper, compared
from retriever.over_months import (
    month_price,
    net_cost,
    penalty,
    price_after_offer,
    returned,
    total_paid,
)
from retriever.quantity import stated
from tests.retriever.tariffs import PLAN_59, PLAN_79


def use(**figures: object) -> Usage:
    return Usage(
        **{
            name: Decimal(str(value)) if name.endswith("gb") else value
            for name, value in figures.items()
        }  # type: ignore[arg-type]
    )


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_twelve_gigabytes_on_the_59_yuan_plan_cost_69_yuan() -> None:
    charge = month_charge(PLAN_59, use(gb=12))
    assert charge.amount == Decimal("69.00")
    assert charge.formula == "59 + (12 − 10) × 5 = 69元"
    assert charge.words == "月费59元，流量超出2GB，每GB收5元"
    assert charge.sources == (
        *("tariff.monthly_fee", "tariff.data.general", "tariff.over_data_per_gb"),
    )
    assert charge.notes == ()


def test_calls_and_messages_beyond_the_bundle_are_added() -> None:
    tariff = replace(PLAN_59, sms_count=50, over_sms=Decimal("0.1"))
    charge = month_charge(tariff, use(gb=12, minutes=150, sms=80))
    assert charge.formula == "59 + (12 − 10) × 5 + (150 − 100) × 0.15 + (80 − 50) × 0.1 = 79.5元"
    assert beyond(tariff, use(gb=12, minutes=150, sms=80)).amount == Decimal("20.50")


def test_a_use_within_the_bundle_says_what_is_included() -> None:
    charge = month_charge(PLAN_59, use(gb=8))
    assert charge.formula == "59元"
    assert charge.notes == ("流量用了8GB，套餐内有10GB，没有超出",)
    assert beyond(PLAN_59, use(gb=8)).formula == "0元"


def test_the_cap_is_charged_and_said() -> None:
    charge = month_charge(PLAN_59, use(gb=60))
    assert charge.formula == "59 + 200 = 259元"
    assert charge.notes == ("超出的流量按单价是(60 − 10) × 5 = 250元，到200元封顶，多的不收",)
    assert "tariff.over_data_cap" in charge.sources
    at_the_cap = month_charge(PLAN_59, use(gb=50))
    assert (at_the_cap.amount, at_the_cap.notes) == (Decimal("259.00"), ())


def test_data_that_becomes_slow_is_never_charged() -> None:
    tariff = Tariff(
        monthly_fee=Decimal(99),
        throttle_gb=Decimal(40),
        throttle_mbps=Decimal(1),
        voice_minutes=300,
    )
    charge = month_charge(tariff, use(gb=60))
    assert charge.formula == "99元"
    assert charge.notes == ("流量用到40GB后限速到1Mbps，不另收流量费",)
    assert month_charge(tariff, use(gb=40)).notes == ()


def test_other_kinds_of_data_use_their_own_allowance_first() -> None:
    tariff = replace(
        PLAN_59,
        data=(
            DataAllowance(DataKind.DIRECTED, Decimal(15)),
            DataAllowance(DataKind.GENERAL, Decimal(10)),
        ),
    )
    assert month_charge(tariff, use(gb=10, directed_gb=15)).amount == 59
    spilled = month_charge(tariff, use(gb=10, directed_gb=18))
    assert spilled.formula == "59 + (10 + 3 − 10) × 5 = 74元"
    assert {
        "value": "3",
        "formula": "18 − 15 = 3",
        "from": ["usage.directed_gb", "tariff.data.directed"],
    } in (spilled.to_json()["facts"])
    unknown = month_charge(tariff, use(gb=12))
    assert unknown.notes == ("另有15GB定向流量只抵名单内应用，这里没有抵扣",)


def test_what_could_make_it_less_is_said() -> None:
    shared = (DataAllowance(DataKind.GENERAL, Decimal(10), carry_over=True),)
    notes = month_charge(replace(PLAN_59, data=shared, share_limit=3), use(gb=12)).notes
    assert notes == (
        "上月结转来的流量先用，这里没有计入",
        "流量可以和3个号码共用，用量要按合起来的算",
    )


def test_use_beyond_the_bundle_may_be_given_as_such() -> None:
    assert beyond(PLAN_59, use(gb=2, beyond=True)).formula == "2 × 5 = 10元"
    assert month_charge(PLAN_59, use(gb=2, beyond=True)).formula == "59 + 2 × 5 = 69元"


def test_what_is_charged_by_the_day_needs_the_days_and_has_its_data_each_day() -> None:
    tariff = Tariff(
        daily_fee=Decimal(20), data=(DataAllowance(DataKind.GENERAL, Decimal(1)),), validity_days=1
    )
    assert month_charge(tariff, use(days=5, gb=5)).formula == "20 × 5 = 100元"
    with pytest.raises(BadUsage, match="days") as caught:
        month_charge(tariff, use(gb=1))
    assert caught.value.field == "usage.days"
    with pytest.raises(MissingField, match="over_data_per_gb"):
        month_charge(tariff, use(days=5, gb=6))


def test_a_pack_costs_its_price_once() -> None:
    charge = month_charge(Tariff(one_time_fee=Decimal(5), validity_days=1))
    assert (charge.formula, charge.words, charge.notes) == ("5元", "一次性收5元", ("有效期1天",))


@pytest.mark.parametrize(
    ("changed", "usage", "field", "label"),
    [
        ({"monthly_fee": None}, use(), "monthly_fee", "月费"),
        ({"over_data_per_gb": None}, use(gb=11), "over_data_per_gb", "套外流量单价"),
        ({"over_data_per_gb": None, "data": ()}, use(gb=1), "data", "套餐内流量"),
        (
            {"over_voice_per_minute": None},
            use(minutes=101),
            "over_voice_per_minute",
            "套外语音单价",
        ),
        ({}, use(sms=1), "over_sms", "套外短信单价"),
    ],
)
def test_a_missing_field_is_refused_by_its_name(
    changed: dict[str, object], usage: Usage, field: str, label: str
) -> None:
    with pytest.raises(MissingField) as caught:
        month_charge(replace(PLAN_59, **changed), usage)  # type: ignore[arg-type]
    assert caught.value.field == f"tariff.{field}"
    assert f"没有写明{label}（{field}）" in str(caught.value)
    assert "「畅享」的资费" in str(caught.value.of("畅享"))


def test_without_a_tariff_nothing_is_computed() -> None:
    with pytest.raises(NoTariff, match="过户"):
        usable(None, "过户")


@pytest.mark.parametrize(
    ("figures", "field"),
    [
        ({"gb": -1}, "usage.gb"),
        ({"gb": "NaN"}, "usage.gb"),
        ({"gb": "Infinity"}, "usage.gb"),
        ({"gb": "100001"}, "usage.gb"),
        ({"gb": "0.0001"}, "usage.gb"),
        ({"minutes": -1}, "usage.minutes"),
        ({"sms": 2_000_000}, "usage.sms"),
        ({"days": 367}, "usage.days"),
    ],
)
def test_a_usage_that_makes_no_sense_is_refused(figures: dict[str, object], field: str) -> None:
    with pytest.raises(BadUsage) as caught:
        use(**figures)
    assert caught.value.field == field


def test_the_first_month_by_day_counts_the_day_of_joining() -> None:
    charge = first_month(PLAN_59, dt.date(2026, 3, 25))
    assert charge.amount == fen(Decimal(59) * 7 / 31)
    assert charge.formula == "59 × 7 ÷ 31 ≈ 13.32元"
    assert charge.words == "3月25日起用，当月用7天（含当天），月费59元按天折算"
    assert {"value": "7", "formula": "31 − 25 + 1 = 7", "from": ["joined_on"]} in (
        charge.to_json()["facts"]
    )


def test_the_first_month_may_be_half_or_full() -> None:
    day = dt.date(2026, 3, 25)
    assert first_month(replace(PLAN_59, first_month=FirstMonth.HALF), day).formula == (
        "59 ÷ 2 = 29.5元"
    )
    full = first_month(replace(PLAN_59, first_month=FirstMonth.FULL), day, use(gb=12))
    assert full.formula == "59 + (12 − 10) × 5 = 69元"
    with pytest.raises(MissingField, match="first_month"):
        first_month(replace(PLAN_59, first_month=None), day)


def test_beyond_the_bundle_of_a_shortened_month_nothing_is_guessed() -> None:
    day = dt.date(2026, 3, 25)  # 7 of 31 days: at least 2.25 GB and 22 minutes
    assert first_month(PLAN_59, day, use(gb=2, minutes=22)).formula == "59 × 7 ÷ 31 ≈ 13.32元"
    for usage in (use(gb=3), use(minutes=23), use(gb=1, beyond=True)):
        with pytest.raises(MissingField, match="首月套餐内容给多少"):
            first_month(PLAN_59, day, usage)


def test_a_discount_that_ends_is_summed_in_two_parts() -> None:
    tariff = Tariff(monthly_fee=Decimal(119), discount_months=12, price_after=Decimal(139))
    charge = total_paid(tariff, 18)
    assert charge.formula == "119 × 12 + 139 × 6 = 2262元"
    assert charge.words == "前12个月每月119元，后6个月每月139元"
    assert month_charge(tariff).notes == ("这是前12个月的价格，之后每月139元",)
    assert price_after_offer(tariff).words == "优惠12个月，之后每月139元"
    assert month_price(tariff, 13).words == "第13个月收139元"


def test_free_months_cost_nothing_and_the_price_follows() -> None:
    tariff = Tariff(free_months=3, price_after=Decimal(15))
    assert total_paid(tariff, 12).formula == "0 × 3 + 15 × 9 = 135元"
    assert month_price(tariff, 3).amount == 0
    assert month_price(tariff, 4).amount == 15


def test_a_price_after_a_contract_follows_the_contract() -> None:
    tariff = Tariff(monthly_fee=Decimal(29), contract_months=12, price_after=Decimal(39))
    assert total_paid(tariff, 14).formula == "29 × 12 + 39 × 2 = 426元"
    with pytest.raises(MissingField, match="合约第12个月以后的月费（price_after）"):
        total_paid(replace(tariff, price_after=None), 13)
    with pytest.raises(MissingField, match="discount_months"):
        total_paid(Tariff(one_time_fee=Decimal(0), price_after=Decimal(100)), 2)


def test_leaving_early_costs_a_share_of_the_months_left() -> None:
    tariff = Tariff(monthly_fee=Decimal(99), contract_months=24, penalty_rate=Decimal("0.3"))
    charge = penalty(tariff, 10)
    assert charge.formula == "99 × 14 × 30% = 415.8元"
    assert charge.words == "合约24个月，还剩14个月，按剩余月费的30%收"
    assert penalty(tariff, 24).amount == penalty(tariff, 30).amount == 0
    assert penalty(tariff, 24).notes == ("24个月的合约已经满了，没有违约金",)
    for field in ("contract_months", "penalty_rate"):
        with pytest.raises(MissingField, match=field):
            penalty(replace(tariff, **{field: None}), 10)  # type: ignore[arg-type]
    with pytest.raises(BadUsage, match="leaves_after"):
        penalty(tariff, -1)


def test_a_deposit_offer_gives_back_month_by_month() -> None:
    offer = Tariff(
        deposit=Decimal(240), gift=Decimal(240), return_monthly=Decimal(20), return_months=12
    )
    whole = returned(offer)
    assert (whole.formula, whole.words) == ("20 × 12 = 240元", "每月返20元，返12个月")
    assert whole.notes == ("交240元，连送的一共480元话费",)
    assert returned(offer, 5).notes[0] == "一共返12个月，还有7个月没返"
    assert returned(offer, 99).amount == whole.amount
    assert net_cost(offer).amount == 240


def test_without_a_gift_the_deposit_itself_comes_back() -> None:
    offer = Tariff(deposit=Decimal(300), return_monthly=Decimal(20), return_months=12)
    assert net_cost(offer).formula == "300 − 20 × 12 = 60元"
    with pytest.raises(MissingField, match="gift"):
        net_cost(replace(offer, deposit=Decimal(100)))


def test_two_plans_are_compared_with_all_their_turning_points() -> None:
    comparison = compared(PLAN_59, PLAN_79, use(gb=12))
    assert comparison.cheaper is Cheaper.FIRST
    assert comparison.difference == 10
    assert [(point.gb, point.cheaper) for point in comparison.turning_points] == [
        (Decimal(14), Cheaper.SECOND),  # 59 + (14 − 10) × 5 = 79
        (Decimal(56), Cheaper.FIRST),  # 59 + 200 = 79 + (56 − 20) × 5
    ]
    assert comparison.words("甲", "乙") == (
        "甲：69元；乙：79元。甲少付10元；流量超过14GB，乙便宜；流量超过56GB，甲便宜。"
    )
    assert compared(PLAN_59, PLAN_59, use(gb=12)).cheaper is Cheaper.SAME


def test_a_number_without_a_source_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="without a source"):
        charge_of(Calculation.MONTH, [Term(stated(5, "tariff.monthly_fee"), "月费6元")])
