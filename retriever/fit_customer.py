"""What a customer context means: who is sensitive, what the device can do, and what a clerk is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.push_template import PushChannel
from corpora.types import Device, DeviceKind
from retriever.context import Customer, Score
from retriever.errors import BadQuery

MMS: Final = "mms"
_WITH_MMS: Final = frozenset({DeviceKind.PHONE, DeviceKind.TABLET})
CHANNEL_NAMES: Final = {
    PushChannel.SMS: "短信",
    PushChannel.MMS: "彩信",
    PushChannel.DUAL_SCREEN: "双屏",
    PushChannel.RECEIPT: "受理单",
    PushChannel.PROMPT_BOX: "提示框",
    PushChannel.FLOATING_BOX: "悬浮框",
}
_CHANNEL_OF: Final = {
    name: channel for channel, label in CHANNEL_NAMES.items() for name in (channel.value, label)
}


class ScoreName(StrEnum):
    """The scores that are understood; others are taken and said not to be."""

    TARIFF = "tariff_sensitivity"
    COMPLAINT = "complaint_sensitivity"
    CHURN = "churn"
    VALUE = "value"
    CREDIT = "credit"


class Level(StrEnum):
    """How much a remark wants to be seen."""

    INFO = "info"
    RED = "red"


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Where the lines are drawn; scores count in percent of their scale, days are days back.

    ``sensitive_from`` makes a tariff or complaint score the same as its flag, ``churn_from`` puts care
    before offers, ``red_complaints`` is the number of complaints that is shown in red. An offer that
    was declined stays away for ``declined_days``; one that was made within ``recent_days`` comes last.
    ``quiet_keeps_reminders`` lets reminders through to who asked not to be disturbed.
    """

    sensitive_from: float = 70.0
    churn_from: float = 70.0
    value_from: float = 70.0
    low_credit_below: float = 30.0
    red_complaints: int = 3
    recent_days: int = 30
    declined_days: int = 90
    quiet_keeps_reminders: bool = False

    def __post_init__(self) -> None:
        lines = (self.sensitive_from, self.churn_from, self.value_from, self.low_credit_below)
        if not all(0.0 <= line <= 100.0 for line in lines):
            raise BadQuery("客户匹配的分值界线应在 0 到 100 之间")
        if self.red_complaints < 1 or self.recent_days < 0 or self.declined_days < 0:
            raise BadQuery("客户匹配的投诉次数应不小于 1，天数应不小于 0")


@dataclass(frozen=True, slots=True)
class Remark:
    """What something in the context means for the talk, for the clerk's eyes."""

    code: str
    level: Level
    text: str

    def to_json(self) -> dict[str, str]:
        """As the API shows it."""
        return {"code": self.code, "level": self.level.value, "text": self.text}


@dataclass(frozen=True, slots=True)
class Reading:
    """A customer as the rules see one."""

    customer: Customer
    settings: FitSettings
    device: Device | None = None

    @property
    def tariff_sensitive(self) -> bool:
        """By flag or by score."""
        return self.customer.tariff_sensitive or self._reaches(
            ScoreName.TARIFF, self.settings.sensitive_from
        )

    @property
    def complaint_sensitive(self) -> bool:
        """By flag, by score, or by as many complaints as are shown in red."""
        return (
            self.customer.complaint_sensitive
            or self._reaches(ScoreName.COMPLAINT, self.settings.sensitive_from)
            or self.many_complaints
        )

    @property
    def many_complaints(self) -> bool:
        """Whether the complaints are shown in red."""
        return self.customer.complaints >= self.settings.red_complaints

    @property
    def may_leave(self) -> bool:
        """Whether care comes before offers."""
        return self._reaches(ScoreName.CHURN, self.settings.churn_from)

    @property
    def takes_mms(self) -> bool:
        """Whether the device can show an MMS; a device of which nothing is known can."""
        if self.customer.capabilities is not None:
            return MMS in self.customer.capabilities
        return self.device is None or self.device.kind in _WITH_MMS

    @property
    def channels(self) -> tuple[PushChannel, ...]:
        """The preferred ones among those that messages have, the dearest first."""
        named = (_CHANNEL_OF.get(name.strip().casefold()) for name in self._preferred)
        return tuple(dict.fromkeys(channel for channel in named if channel))

    @property
    def _preferred(self) -> tuple[str, ...]:
        return self.customer.preferred_channels

    def _reaches(self, name: ScoreName, line: float) -> bool:
        score = self.customer.scores.get(name.value)
        return score is not None and score.percent >= line

    def remarks(self) -> tuple[Remark, ...]:
        """Everything that a clerk is told of the context, what is red first."""
        return tuple(sorted(self._remarks(), key=lambda remark: remark.level is not Level.RED))

    def _remarks(self) -> Iterator[Remark]:
        own, info = self.customer, Level.INFO
        if self.many_complaints:
            text = f"近期投诉{own.complaints}次，已达到{self.settings.red_complaints}次：先问清上次的投诉办好没有，再谈别的"
            yield Remark("many_complaints", Level.RED, text)
        elif own.complaints:
            yield Remark("complaints", info, f"近期投诉{own.complaints}次：先问上次的投诉办好没有")
        if self.tariff_sensitive:
            text = f"客户对资费敏感{self._scored(ScoreName.TARIFF)}：先说清费用、生效时间和取消办法，不主动推荐套餐和新业务"
            yield Remark("tariff_sensitive", info, text)
        if self.complaint_sensitive:
            text = f"客户容易投诉{self._scored(ScoreName.COMPLAINT)}：先听完、复述一遍，关心反映的问题，不推荐业务"
            yield Remark("complaint_sensitive", info, text)
        if self.may_leave:
            text = f"客户有流失倾向{self._scored(ScoreName.CHURN)}：先问有什么不满意，把问题解决了再谈优惠"
            yield Remark("may_leave", info, text)
        if self._reaches(ScoreName.VALUE, self.settings.value_from):
            text = f"客户价值较高{self._scored(ScoreName.VALUE)}：承诺的时限要做到，做完主动回复"
            yield Remark("high_value", info, text)
        credit = own.scores.get(ScoreName.CREDIT.value)
        if credit is not None and credit.percent < self.settings.low_credit_below:
            text = f"信用评分偏低{_scored(credit)}：要预存、合约或担保的业务，先核对办理条件"
            yield Remark("low_credit", info, text)
        if own.do_not_disturb:
            yield Remark("do_not_disturb", info, "客户要求免打扰：只发客户主动要的内容")
        if not self.takes_mms:
            yield Remark("device_without_mms", info, "客户的终端收不了彩信：改发短信")
        if own.device and own.capabilities is None and self.device is None:
            yield Remark("device_unknown", info, f"终端库里没有“{own.device}”，没有按终端挑选")
        for name in own.preferred_channels:
            if name.strip().casefold() not in _CHANNEL_OF:
                text = f"偏好的渠道“{name}”没有对应的推送方式，没有用来排序"
                yield Remark("channel_unknown", info, text)
        for name in own.scores:
            if name not in set(ScoreName):
                yield Remark("score_unknown", info, f"分值“{name}”没有解读办法，没有使用")

    def _scored(self, name: ScoreName) -> str:
        score = self.customer.scores.get(name.value)
        return "" if score is None else _scored(score)


def _scored(score: Score) -> str:
    return f"（{score.value:g}分，{score.least:g}至{score.most:g}）"
