"""Closed vocabularies and the Chinese words that stand for them in tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.messages import nearest
from corpora.types import (
    ActionKind,
    Audience,
    Channel,
    DataKind,
    DeviceKind,
    FacetKind,
    FirstMonth,
    RelationKind,
    SaleStatus,
    SubLibrary,
)


@dataclass(frozen=True, slots=True)
class Words:
    """A vocabulary: the value in files → the word in tables; ``others`` are further ways to say it."""

    labels: Mapping[str, str]
    others: Mapping[str, str]
    _folded: Mapping[str, str]

    @property
    def choices(self) -> tuple[str, ...]:
        """What a drop-down offers."""
        return tuple(self.labels.values())

    def label(self, value: str) -> str:
        """The word for a value."""
        return self.labels.get(value, value)

    def value(self, written: str) -> str | None:
        """The value of a word, or of the value itself; None where it is neither."""
        return self._folded.get(folded(written))

    def unknown(self, written: str) -> str:
        """What to say of a word that is not in the vocabulary."""
        known = "、".join(self.choices)
        return f"没有“{written}”这个选项{nearest(written, self.choices)}；可用：{known}"


def folded(written: str) -> str:
    r"""What people wrote without the differences that nobody means: width, case and spaces.

    >>> folded(" \uff22\uff2f\uff33\uff33 编码\u3000")
    'boss编码'
    """
    return "".join(unicodedata.normalize("NFKC", written).casefold().split())


def vocabulary(
    members: type[StrEnum], labels: Mapping[str, str], others: Mapping[str, str] | None = None
) -> Words:
    """The words of an enumeration; a member without a label goes by its value."""
    words = {str(member): labels.get(member, str(member)) for member in members}
    known = {folded(value): value for value in words}
    known |= {folded(word): value for word, value in (others or {}).items()}
    known |= {folded(label): value for value, label in words.items()}
    return Words(words, others or {}, known)


LIBRARIES: Final = vocabulary(
    SubLibrary,
    {library: library.label for library in SubLibrary},
    {short: library for library in SubLibrary for short in (library.label[:-1], library.label[:2])},
)
FACETS: Final = vocabulary(FacetKind, {kind: kind.label for kind in FacetKind})
SALE: Final = vocabulary(SaleStatus, {status: status.label for status in SaleStatus})
DEVICES: Final = vocabulary(DeviceKind, {kind: kind.label for kind in DeviceKind})
AUDIENCES: Final = vocabulary(
    Audience,
    {Audience.CUSTOMER: "客户", Audience.AGENT: "坐席", Audience.INTERNAL: "内部人员"},
    {"内部": Audience.INTERNAL, "话务员": Audience.AGENT, "营业员": Audience.AGENT},
)
CHANNELS: Final = vocabulary(
    Channel,
    {
        Channel.HALL: "营业厅",
        Channel.HOTLINE: "热线",
        Channel.APP: "APP",
        Channel.SMS: "短信",
        Channel.BOSS: "BOSS",
    },
    {"厅": Channel.HALL, "10086": Channel.HOTLINE},
)
ACTIONS: Final = vocabulary(
    ActionKind,
    {
        ActionKind.OPEN: "办理",
        ActionKind.CANCEL: "取消",
        ActionKind.CHANGE: "变更",
        ActionKind.CHECK: "查询",
        ActionKind.REPORT: "报障",
    },
    {"开通": ActionKind.OPEN, "退订": ActionKind.CANCEL},
)
RELATIONS: Final = vocabulary(
    RelationKind,
    {
        "tip": "提示",
        "business": "相关业务",
        "campaign": "营销活动",
        "combines": "可同享",
        "device": "终端",
        "operation": "操作说明",
        "case": "案例",
        "sibling": "同类产品",
        "see_also": "参见",
    },
)
DATA: Final = vocabulary(
    DataKind, {DataKind.GENERAL: "通用", DataKind.DIRECTED: "定向", DataKind.OFF_PEAK: "闲时"}
)
FIRST_MONTHS: Final = vocabulary(
    FirstMonth, {FirstMonth.FULL: "全额", FirstMonth.HALF: "折半", FirstMonth.DAILY: "按天"}
)


class YesNo(StrEnum):
    """What a yes-or-no cell says."""

    YES = "是"
    NO = "否"


YES_NO: Final = vocabulary(
    YesNo,
    {},
    dict.fromkeys(("true", "y", "yes", "1", "√", "✓", "有", "对"), YesNo.YES)
    | dict.fromkeys(("false", "n", "no", "0", "×", "✗", "无", "没有"), YesNo.NO),
)
