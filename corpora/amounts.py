"""Amounts in wording and in tariffs, in one form that can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Final

from corpora.push_template import plain_number
from corpora.types import FirstMonth, Tariff


class Unit(StrEnum):
    """What a number counts, as far as a tariff knows it; ``LISTED`` has its unit further on."""

    MONEY = "元"
    GB = "GB"
    MB = "MB"
    SPEED = "Mbps"
    MINUTES = "分钟"
    DAYS = "天"
    MONTHS = "个月"
    OTHER = ""
    LISTED = "、"


_UNIT: Final = (
    (Unit.MONEY, r"元|块(?!钱包)"),
    (Unit.MINUTES, r"分钟"),
    (Unit.MONTHS, r"个月"),
    (Unit.DAYS, r"天"),
    (Unit.SPEED, r"(?i:Mbps|兆|M(?![A-Za-z]))"),
    (Unit.GB, r"(?i:GB?(?![A-Za-z]))"),
    (Unit.MB, r"(?i:MB)"),
    (Unit.LISTED, r"[、/~—,至到或和-]"),
)
_UNITS: Final = "|".join(f"(?P<{unit.name}>{pattern})" for unit, pattern in _UNIT)
_AMOUNT: Final = re.compile(
    rf"(?<![A-Za-z0-9.])(?P<value>[0-9]+(?:\.[0-9]+)?) ?(?:{_UNITS})?",
)
_CIRCLED: Final = re.compile("[①-⓿]")  # NFKC would turn ②100元 into 2100元
_THOUSANDS: Final = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")  # 10086，100元 is no thousand
_GENERATION: Final = re.compile(r"[2-6]G")  # 5G is a network at least as often as an allowance

_TARIFF_UNITS: Final = {
    "voice_minutes": Unit.MINUTES,
    "bandwidth_mbps": Unit.SPEED,
    "throttle_mbps": Unit.SPEED,
    "throttle_gb": Unit.GB,
    "validity_days": Unit.DAYS,
    "contract_months": Unit.MONTHS,
    "free_months": Unit.MONTHS,
    "discount_months": Unit.MONTHS,
    "return_months": Unit.MONTHS,
    "sms_count": Unit.OTHER,
    "share_limit": Unit.OTHER,
    "penalty_rate": Unit.OTHER,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and what it counts; 10元 and 10.00元 are equal."""

    value: Decimal
    unit: Unit

    def __str__(self) -> str:
        unit = "" if self.unit is Unit.LISTED else self.unit.value
        return f"{plain_number(self.value)}{unit}"


def normal(text: str) -> str:
    """One form of digits, letters and punctuation; twice is as once."""
    plain = _CIRCLED.sub(" ", _THOUSANDS.sub("", text)).replace("，", "、")
    return unicodedata.normalize("NFKC", plain)


def amounts(text: str) -> tuple[Amount, ...]:
    """The numbers of a text in order; digits inside a command are none.

    >>> [str(amount) for amount in amounts("发KTLLB10到10086，10.00元得1GB")]
    ['10086', '10元', '1GB']
    """
    return tuple(_amount(found) for found in _AMOUNT.finditer(normal(text)))


def _amount(found: re.Match[str]) -> Amount:
    unit = Unit.OTHER if found.lastgroup in (None, "value") else Unit[str(found.lastgroup)]
    if _GENERATION.fullmatch(found[0]):
        unit = Unit.OTHER
    return Amount(Decimal(found["value"]), unit)


def tariff_amounts(tariff: Tariff | None) -> Iterator[Amount]:
    """Every amount that a tariff states."""
    if tariff is None:
        return
    for field in fields(tariff):
        value = getattr(tariff, field.name)
        if isinstance(value, (int, Decimal)):
            yield Amount(Decimal(value), _TARIFF_UNITS.get(field.name, Unit.MONEY))
    for allowance in tariff.data:
        yield Amount(allowance.gb, Unit.GB)
    if tariff.penalty_rate is not None:
        yield Amount(tariff.penalty_rate * 100, Unit.OTHER)
    if tariff.return_monthly is not None and tariff.return_months is not None:
        yield Amount(tariff.return_monthly * tariff.return_months, Unit.MONEY)
    if tariff.free_months:
        yield Amount(Decimal(0), Unit.MONEY)
    if tariff.first_month is FirstMonth.HALF and tariff.monthly_fee is not None:
        yield Amount(tariff.monthly_fee / 2, Unit.MONEY)
