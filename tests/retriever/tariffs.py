"""Tariffs for tests: the shipped 59-yuan plan, and any tariff that hypothesis can think of."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from corpora.types import DataAllowance, DataKind, FirstMonth, Tariff
from retriever.usage import Usage

PLAN_59 = Tariff(
    monthly_fee=Decimal(59),
    data=(DataAllowance(DataKind.GENERAL, Decimal(10)),),
    voice_minutes=100,
    first_month=FirstMonth.DAILY,
    over_data_per_gb=Decimal(5),
    over_data_cap=Decimal(200),
    over_voice_per_minute=Decimal("0.15"),
)
PLAN_79 = Tariff(
    monthly_fee=Decimal(79),
    data=(DataAllowance(DataKind.GENERAL, Decimal(20)),),
    voice_minutes=200,
    first_month=FirstMonth.DAILY,
    over_data_per_gb=Decimal(5),
    over_data_cap=Decimal(200),
    over_voice_per_minute=Decimal("0.15"),
)


def yuan(most: int = 500) -> st.SearchStrategy[Decimal]:
    """Amounts of money to the fen."""
    return st.decimals(min_value=0, max_value=most, places=2)


def gigabytes(most: int = 300) -> st.SearchStrategy[Decimal]:
    """Data as a bill states it."""
    return st.decimals(min_value=0, max_value=most, places=3)


@st.composite
def plans(draw: st.DrawFn) -> Tariff:
    """Plans that state what goes beyond their bundle costs."""
    kinds = draw(st.lists(st.sampled_from(DataKind), unique=True))
    return Tariff(
        monthly_fee=draw(yuan()),
        data=tuple(DataAllowance(kind, draw(gigabytes(100))) for kind in kinds),
        voice_minutes=draw(st.none() | st.integers(0, 1000)),
        sms_count=draw(st.none() | st.integers(0, 1000)),
        first_month=draw(st.sampled_from(FirstMonth)),
        over_data_per_gb=draw(yuan(20)),
        over_data_cap=draw(st.none() | yuan(300)),
        over_voice_per_minute=draw(yuan(2)),
        over_sms=draw(yuan(2)),
        share_limit=draw(st.none() | st.integers(1, 5)),
    )


@st.composite
def offers(draw: st.DrawFn) -> Tariff:
    """Prices that change: free or cheaper months, contracts with a penalty."""
    free = draw(st.none() | st.integers(0, 12))
    return Tariff(
        monthly_fee=draw(yuan()),
        free_months=free,
        discount_months=draw(st.none() | st.integers(0, 24)) if free is None else None,
        contract_months=draw(st.integers(1, 36)),
        penalty_rate=draw(st.decimals(min_value=0, max_value=1, places=2)),
        price_after=draw(yuan()),
    )


usages = st.builds(
    Usage,
    gb=st.none() | gigabytes(),
    minutes=st.none() | st.integers(0, 5000),
    sms=st.none() | st.integers(0, 5000),
    directed_gb=st.none() | gigabytes(),
    off_peak_gb=st.none() | gigabytes(),
    beyond=st.booleans(),
)
