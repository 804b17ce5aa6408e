"""What callers of ``POST /v1/calculate`` send and get."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import ConfigDict, Field, StrictInt
from pydantic.config import JsonDict

from api.reply_parts import Reply
from api.schemas import IsoDate, Request, Words
from retriever.charge import Calculation
from retriever.quote import CalculationRequest
from retriever.usage import Usage

_EXAMPLES: Final[list[JsonDict]] = [
    {"item": "biz-qqt-59", "usage": {"gb": 12, "minutes": 150}},
    {"item": "biz-qqt-59", "usage": {"gb": 12}, "compare_with": "biz-qqt-79"},
    {"item": "biz-qqt-59", "joined_on": "2026-03-25"},
    {"item": "mkt-hyzx3", "months": 12},
    {"item": "mkt-hy24", "leaves_after": 10},
]


_Gigabytes = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _up_to(most: int, least: int = 0) -> JsonDict:
    """Bounds for the description alone: ``Usage`` checks them, and says so under a code of its own."""
    return {"minimum": least, "maximum": most}


class UsageBody(Request):
    """一个月的用量；没给的按没有超出套餐算。"""

    gb: _Gigabytes | None = Field(
        default=None, description="通用流量，GB，最多三位小数", json_schema_extra=_up_to(100_000)
    )
    directed_gb: _Gigabytes | None = Field(
        default=None, description="定向流量，GB", json_schema_extra=_up_to(100_000)
    )
    off_peak_gb: _Gigabytes | None = Field(
        default=None, description="闲时流量，GB", json_schema_extra=_up_to(100_000)
    )
    minutes: StrictInt | None = Field(
        default=None, description="主叫分钟", json_schema_extra=_up_to(1_000_000)
    )
    sms: StrictInt | None = Field(
        default=None, description="短信条数", json_schema_extra=_up_to(1_000_000)
    )
    days: StrictInt | None = Field(
        default=None, description="用了几天；按天收费的必须给", json_schema_extra=_up_to(366)
    )

    def usage(self) -> Usage:
        """The usage; ``BadUsage`` for a figure that makes no sense."""
        return Usage(
            gb=_gb(self.gb),
            directed_gb=_gb(self.directed_gb),
            off_peak_gb=_gb(self.off_peak_gb),
            minutes=self.minutes,
            sms=self.sms,
            days=self.days,
        )


class CalculateBody(Request):
    """按资费算钱：一个月的费用；或者首月（joined_on）、累计（months）、违约金（leaves_after），一次一种。"""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [*_EXAMPLES]})
    item: Words = Field(description="知识条目的编号")
    usage: UsageBody = UsageBody()
    joined_on: IsoDate | None = Field(default=None, description="哪天入网：算首月费用")
    months: StrictInt | None = Field(
        default=None,
        description="头几个月：算累计费用；存送活动是返到第几个月",
        json_schema_extra=_up_to(600, 1),
    )
    leaves_after: StrictInt | None = Field(
        default=None,
        description="合约履行几个月后解约：算违约金",
        json_schema_extra=_up_to(600),
    )
    compare_with: Words | None = Field(default=None, description="按同样用量比较的另一个条目")
    region: Words | None = Field(
        default=None, description="地区编码或中文名；当地有单独资费的按当地的算"
    )
    as_of: IsoDate | None = Field(default=None, description="按哪一天的知识")

    def request(self) -> CalculationRequest:
        """What to compute; ``BadUsage`` for what makes no sense."""
        return CalculationRequest(
            self.usage.usage(), self.joined_on, self.months, self.leaves_after
        )


def _gb(value: float | None) -> Decimal | None:
    # by way of its shortest writing: 0.1 is meant, never 0.1000000000000000055
    return None if value is None else Decimal(str(value))


class CalculatedFact(Reply):
    """一个数和它的出处：tariff.… 是资费字段，usage.… 等是请求里给的；formula 是算出来的数的算式。"""

    value: str
    formula: str
    from_: list[str] = Field(alias="from")


class BeyondView(Reply):
    """其中套餐外的部分。"""

    charge: float
    formula: str


class TurningPointView(Reply):
    """通用流量超过 gb 以后，哪个条目更便宜。"""

    gb: float
    cheaper: str


class ComparisonView(Reply):
    """另一个条目同样用量要多少；cheaper 是便宜的那个条目，一样多时为空。"""

    item: str
    title: str
    version: int
    charge: float
    formula: str
    from_: list[str] = Field(alias="from")
    notes: list[str]
    cheaper: str | None
    difference: float
    turning_points: list[TurningPointView]
    words: str


class CalculateReply(Reply):
    """算出来的金额（元），算式，和用到的资费字段。"""

    item: str
    title: str
    version: int
    calculation: Calculation
    charge: float
    formula: str = Field(description="可以念给客户听的算式", examples=["59 + (12 − 10) × 5 = 69元"])
    from_: list[str] = Field(
        alias="from", description="用到的资费字段", examples=[["tariff.monthly_fee"]]
    )
    words: str
    notes: list[str]
    facts: list[CalculatedFact]
    beyond: BeyondView | None
    comparison: ComparisonView | None
