"""What a caller says was used, and the errors of what cannot be computed from a tariff."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Final, TypeVar

from retriever.charge import TARIFF
from retriever.errors import RetrieverError

_T = TypeVar("_T")

FIELD_LABELS: Final = {
    "monthly_fee": "月费",
    "data": "套餐内流量",
    "first_month": "首月怎么收费",
    "over_data_per_gb": "套外流量单价",
    "over_voice_per_minute": "套外语音单价",
    "over_sms": "套外短信单价",
    "contract_months": "合约期",
    "penalty_rate": "违约金比例",
    "discount_months": "优惠期有几个月",
    "price_after": "到期以后的月费",
    "deposit": "预存金额",
    "gift": "赠送金额",
    "return_monthly": "每月返还金额",
    "return_months": "分几个月返还",
}
_LARGEST: Final = {"gb": 100_000, "minutes": 1_000_000, "sms": 1_000_000, "days": 366}
_GB_PLACES: Final = 3  # a usage is read from a bill, which has no more


class CalculationError(RetrieverError):
    """Base of what cannot be computed.

    - CalculationError
      - NoTariff          the item has no structured tariff
      - MissingField      the tariff does not state what the calculation needs
      - BadUsage          what the caller gave cannot be used
    """

    code = "calculation_error"


class NoTariff(CalculationError):
    """The item has no structured tariff."""

    code = "no_tariff"


class MissingField(CalculationError):
    """``field`` of the tariff is needed and does not say what is ``missing``."""

    code = "missing_tariff_field"

    def __init__(self, name: str, missing: str = "", title: str = "") -> None:
        self.missing = missing or FIELD_LABELS[name]
        whose = f"「{title}」的资费" if title else "资费"
        super().__init__(
            f"{whose}没有写明{self.missing}（{name}），不能算；请联系业务部门补充后再算"
        )
        self.field = f"{TARIFF}{name}"

    def of(self, title: str) -> MissingField:
        """The same, saying which of several products it is about."""
        return MissingField(self.field.removeprefix(TARIFF), self.missing, title)


class BadUsage(CalculationError):
    """``field`` of the request cannot be used; the message says what to change."""

    code = "bad_usage"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(problem)
        self.field = name


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used in a month; what is not given counts as within the bundle.

    ``gb`` is general data; ``directed_gb`` and ``off_peak_gb`` use their own allowances first and the
    general one after. ``days`` are the days of use of what is charged by the day. With ``beyond`` the
    figures are what lies beyond the bundle already. ``BadUsage`` for negative and absurd figures.
    """

    gb: Decimal | None = None
    minutes: int | None = None
    sms: int | None = None
    days: int | None = None
    directed_gb: Decimal | None = None
    off_peak_gb: Decimal | None = None
    beyond: bool = False

    def __post_init__(self) -> None:
        for declared in fields(self):
            value, name = getattr(self, declared.name), f"usage.{declared.name}"
            if value is None or isinstance(value, bool):
                continue
            most = _LARGEST["gb" if isinstance(value, Decimal) else declared.name]
            if isinstance(value, Decimal) and not value.is_finite():
                raise BadUsage(name, f"用量 {declared.name} 应为数；请核对")
            if not 0 <= value <= most:
                raise BadUsage(name, f"用量 {declared.name} 应在 0 到 {most} 之间；请核对用量")
            if isinstance(value, Decimal) and round(value, _GB_PLACES) != value:
                raise BadUsage(name, f"用量 {declared.name} 最多 {_GB_PLACES} 位小数；请核对用量")

    @property
    def is_empty(self) -> bool:
        """Whether no figure is given."""
        return replace(self, beyond=False) == Usage()


NOTHING: Final = Usage()


def required(value: _T | None, name: str) -> _T:
    """``value``; ``MissingField`` where the tariff does not state it."""
    if value is None:
        raise MissingField(name)
    return value
