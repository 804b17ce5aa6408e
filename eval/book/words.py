"""Closed vocabularies and the Chinese words that stand for them in workbooks."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.types import Audience, Channel, FacetKind, SubLibrary
from eval.faqset import Kind, Split, Style
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Words:
    """A vocabulary: the value in files → the word in workbooks."""

    labels: Mapping[str, str]

    @property
    def choices(self) -> tuple[str, ...]:
        """What a drop-down offers."""
        return tuple(self.labels.values())

    def label(self, value: str) -> str:
        """The word for a value; what is unknown stays, so that people see what stands there."""
        return self.labels.get(value, value)

    def value(self, written: str) -> str | None:
        """The value of a word or of the value itself; None where it is neither."""
        plain = folded(written)
        for value, label in self.labels.items():
            if plain in (folded(value), folded(label)):
                return value
        return None


def folded(written: str) -> str:
    r"""What people wrote without the differences that nobody means: width, case and spaces.

    >>> folded(" \uff34rue\u3000")
    'true'
    """
    return "".join(unicodedata.normalize("NFKC", written).casefold().split())


def _words(labels: Mapping[StrEnum, str]) -> Words:
    return Words({member.value: label for member, label in labels.items()})


STYLES: Final = _words(
    {
        Style.FORMAL: "书面",
        Style.COLLOQUIAL: "口语",
        Style.ELLIPTIC: "省略",
        Style.TYPO: "错别字",
        Style.PINYIN: "拼音",
        Style.CODE: "编码",
        Style.NUMBERS: "数字",
        Style.MULTI_INTENT: "多个意图",
        Style.DIALECT: "方言",
        Style.SPEECH: "语音转写",
        Style.SHORTHAND: "工单简写",
        Style.SCREEN_ERROR: "屏幕报错",
    }
)
KINDS: Final = _words(
    {
        Kind.HOW_TO: "怎么办理",
        Kind.PRICE: "资费",
        Kind.CONDITION: "条件规则",
        Kind.EFFECT_DATE: "生效时间",
        Kind.COMPARISON: "对比",
        Kind.DISPUTE: "扣费争议",
        Kind.ACCOUNT: "账户查询",
        Kind.ELIGIBILITY: "能否办理",
        Kind.PROGRESS: "进度时限",
        Kind.BY_PROXY: "代办",
        Kind.CONFIRMATION: "是否确认",
        Kind.COMPLAINT: "投诉情绪",
        Kind.FAULT: "故障",
        Kind.OPERATION: "操作",
    }
)
SPLITS: Final = _words({Split.TRAIN: "训练", Split.DEV: "调优", Split.TEST: "测试"})
OUTCOMES: Final = _words(
    {
        Outcome.ANSWERED: "回答",
        Outcome.CLARIFY: "反问",
        Outcome.HANDOVER: "转办",
        Outcome.UNKNOWN: "不回答",
    }
)
LIBRARIES: Final = _words({library: library.label for library in SubLibrary})
FACETS: Final = _words({facet: facet.label for facet in FacetKind})
CHANNELS: Final = _words(
    {
        Channel.HALL: "营业厅",
        Channel.HOTLINE: "热线",
        Channel.APP: "APP",
        Channel.SMS: "短信",
        Channel.BOSS: "BOSS",
    }
)
AUDIENCES: Final = _words(
    {Audience.CUSTOMER: "客户", Audience.AGENT: "坐席", Audience.INTERNAL: "内部人员"}
)

RIGHT: Final = "对"
WRONG: Final = "错"
# compared without width and case: 对 and 错 in the ways in which people mark them
_RIGHT_WAYS: Final = frozenset({"对", "√", "✓", "✔", "☑", "是", "1", "true", "正确", "y", "yes"})
_WRONG_WAYS: Final = frozenset(
    {"错", "×", "✗", "✘", "☒", "否", "0", "false", "错误", "x", "n", "no"}
)


def mark(written: str) -> bool | None:
    """Whether a mark says right or wrong; None where it is no mark.

    >>> mark("√ "), mark("×"), mark("还行")
    (True, False, None)
    """
    plain = folded(written)
    if plain in _RIGHT_WAYS:
        return True
    return False if plain in _WRONG_WAYS else None
