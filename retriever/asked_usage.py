"""Question → the calculation that it asks for, with its numbers; nothing unless that is clear.

Patterns run over normalised text. A wrong amount read out does more harm than none: whatever stands
in the question and was not read is handed on as ``unread``, so that the tariff can be asked about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from indexer.numerals import numeral_value
from retriever.charge import Calculation
from retriever.usage import NOTHING, BadUsage, Usage

_NUMERAL: Final = "[零一二两三四五六七八九十]"
_SPAN: Final = r"(?:\d{1,3}个?月(?![费租结底初包卡\d])|\d{1,2}年半?|半年)"
_ABOUT: Final = r"(?:大概|差不多|大约|将近|约|快|才|整整)?"
_ASKS: Final = re.compile(
    r"多少(?:钱|元|违约金|话费|费)|违约金.{0,8}多少|赔多少|返多少|(?:话费|费用|月费)(?:是|要|得|会|有)*多少"
    r"|(?:扣|返|交|付|收|花|缴|给|补|要|得|赔)(?:我|您|你|他|们)*(?:个)?(?:多少|几元|几百|几十|几块|几角)"
    r"|(?:怎么|咋|如何)(?:个|样)?(?:计)?(?:算|收|扣)|算法|(?:收|扣|交|付|给).{0,14}还是.{0,4}(?:\d|全|整|半|按)"
    r"|哪个(?:更|最)?(?:划算|便宜|省|合算)"
)
_NOT_ASKED: Final = re.compile(
    # an account, a unit price, a fact that somebody disputes: nothing to compute
    r"剩(?:下|余)?的?(?:话费|流量|钱)?还?有?(?:多少|几)|余额|还有多少|没返|够不够|够用|怎么查|哪里?查"
    r"|(?:交|花|扣|付|收)(?:了|过)我?多少|(?:多少|几元|怎么收).{0,3}(?:1|一|每)(?:个)?(?:gb|分钟|条|天)"
    r"|(?<!\d)(?:1|一|每)个?(?:gb|分钟|条|天).{0,4}(?:多少|几)"
)
_LEAVES: Final = re.compile(
    r"违约金|赔|解约|毁约|提前(?:退|拆|走|解|终止|结束|取消|销)|不用了.{0,6}(?:收|交|付)"
)
_LEFT: Final = re.compile(
    rf"(?:还剩|剩下|剩余|还有|还差|剩|余|差)(?:合约|协议|的|有)*{_ABOUT}(?P<span>{_SPAN})"
)
_USED: Final = re.compile(
    rf"(?:用|住|过|满|在约|在网|履行|才|已)(?:了|满|过|到)?{_ABOUT}(?P<span>{_SPAN})"
)
_THEN: Final = re.compile(rf"(?P<span>{_SPAN})(?:就|以后|之后|过后|后)")
_NTH: Final = re.compile(r"第(?P<n>\d{1,3})个月")
_AFTER_SPAN: Final = re.compile(
    rf"(?P<span>{_SPAN})(?:到期|期满|优惠|满|完|过)*了?(?:以后|之后|过后|后)"
)
_AFTER_OFFER: Final = re.compile(
    r"(?:优惠|免费|体验|半价|活动|减免)期?(?:结束|到期|过|完|满|没)了?|(?:到期|期满)(?:以后|之后|后)?"
)
_RETURNS: Final = re.compile(r"返(?:还)?(?:我|给我)?(?:多少|几)|返.{0,6}(?:多少|几元)")
_RETURNED: Final = re.compile(
    rf"返(?:了|满|够)(?P<a>{_SPAN})|(?P<b>{_SPAN})(?:一共|总共|共)?(?:能|会|可以)?返"
)
_JOINED: Final = re.compile(
    rf"(?:(?P<month>\d{{1,2}})月(?:份)?)?(?P<day>\d{{1,2}}|{_NUMERAL}{{1,3}})[号日]"
    r"(?:才|就|刚|要|想|去|来|那天|新)*(?:开(?!学|始|会|业)|办|入网|激活|装|落户)(?P<past>的|了|好)?"
)
_WHOLE: Final = r"一共|总共|合计|加起来|下来|全部"
_TOTAL: Final = re.compile(
    rf"(?P<a>{_SPAN})的?(?:{_WHOLE}|共)|(?:{_WHOLE})(?:用|交|付|要)?(?P<b>{_SPAN})"
    rf"|(?:用|交|办|开|付|装|订|包)(?:满|够)?(?P<c>{_SPAN})(?:要|得|需要|花|收)*(?:多少|几)"
)
_OVER: Final = r"(?:超(?:出去|出来|出了?|过了?|支|了)?|多用(?:了|出)?)"
_TALKED: Final = r"(?<![能以])(?:打|讲|聊|拨|说|通话)(?:了|到了?|掉)?(?:电话)?"
_GB: Final = r"(?P<n>\d+(?:\.\d+)?)gb(?!多(?!少)|来|手机|(?:以|之)?后|再)"
_MINUTES: Final = r"(?P<n>\d+)(?P<unit>分钟|个?小时)(?!多(?!少))"
_READINGS: Final = tuple(
    (field, beyond, re.compile(pattern))
    for field, beyond, pattern in (
        ("gb", True, rf"{_OVER}(?:套餐)?(?:流量)?{_ABOUT}{_GB}"),
        ("minutes", True, rf"{_OVER}(?:通话|电话|语音)?{_ABOUT}{_MINUTES}"),
        ("sms", True, rf"{_OVER}(?:短信)?{_ABOUT}(?P<n>\d+)条"),
        (
            "gb",
            False,
            rf"(?<![没未能可不以够多])(?:用|跑|刷|耗)(?:掉了?|到了?|去了?|了)?(?:流量)?{_ABOUT}(?:流量)?{_GB}",
        ),
        ("minutes", False, rf"{_TALKED}{_ABOUT}{_MINUTES}"),
        ("sms", False, rf"(?<![能以])发(?:了|出)?(?:短信)?{_ABOUT}(?P<n>\d+)条"),
        (
            "days",
            False,
            r"(?:去[^\d,，。]{0,6}|玩|待|呆|住|用|出差|旅游|旅行|漫游)了?(?P<n>\d{1,3})天",
        ),
    )
)
_BEYOND_ONLY: Final = re.compile(
    rf"额外|另收|另外[收交扣]|多[收扣交付花]|^(?!.*(?:{_WHOLE})).*(?:超|套外)"
)
_COMPARES: Final = re.compile(r"哪个(?:更|最)?(?:划算|便宜|省|合算)")
_NUMBER: Final = re.compile(
    r"(?P<n>\d+(?:\.\d+)?)(?P<about>[来多几]|元左右|元上下)?(?P<unit>元|gb|个月|月|年|号|日)?"
)
_GENERATION: Final = re.compile(r"(?<!\d)[2345]gb?(?=手机|网|卡|套餐|信号)")


class Unread(NamedTuple):
    """A number of the question that the reading did not use, and its unit."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The day of joining as it was said; ``past`` where it is over."""

    day: int
    month: int | None
    past: bool


@dataclass(frozen=True, slots=True)
class AskedUsage:
    """A calculation that a question asks for. ``months_left`` counts down from the contract's end;
    a month's price without ``months`` is the one after the offer has ended."""

    kind: Calculation
    usage: Usage = NOTHING
    compares: bool = False
    joined: Joined | None = None
    months: int | None = None
    leaves_after: int | None = None
    months_left: int | None = None
    unread: tuple[Unread, ...] = ()


def read_usage(question: str) -> AskedUsage | None:
    """The calculation that a normalised question asks for; None unless it clearly asks for an amount.

    >>> read_usage("59元套餐用了12gb要多少钱").usage.gb
    Decimal('12')
    >>> read_usage("合约还剩5个月, 违约金多少钱").months_left
    5
    >>> read_usage("59元套餐有多少流量") is None
    True
    """
    if not _ASKS.search(question) or _NOT_ASKED.search(question):
        return None
    text = _Text(_GENERATION.sub(" ", question))
    try:
        asked = _penalty(text) or _returned(text) or _later(text) or _joined(text) or _used(text)
    except BadUsage:
        return None  # nobody uses a million gigabytes; whatever it was, it was no usage
    return asked


class _Text:
    """A question from which what was understood is taken away."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The one match, taken away; None where there is none, or more than one."""
        found = list(pattern.finditer(self.text))
        if len(found) != 1:
            return None
        start, end = found[0].span()
        self.text = f"{self.text[:start]} {self.text[end:]}"
        return found[0]

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether the rest still matches."""
        return pattern.search(self.text) is not None

    def unread(self) -> tuple[Unread, ...]:
        """The numbers that are left; round ones (20来元) claim nothing, nor does 一个月."""
        return tuple(
            Unread(Decimal(found["n"]), found["unit"] or "")
            for found in _NUMBER.finditer(self.text)
            if not found["about"] and (found["n"], found["unit"]) != ("1", "个月")
        )


def _penalty(text: _Text) -> AskedUsage | None:
    if not text.has(_LEAVES):
        return None
    if left := text.take(_LEFT):
        return AskedUsage(
            Calculation.PENALTY, months_left=_months(left["span"]), unread=text.unread()
        )
    if used := text.take(_USED) or text.take(_THEN):
        return AskedUsage(
            Calculation.PENALTY, leaves_after=_months(used["span"]), unread=text.unread()
        )
    return None


def _returned(text: _Text) -> AskedUsage | None:
    if not text.has(_RETURNS):
        return None
    span = text.take(_RETURNED)
    months = _months(span["a"] or span["b"]) if span else None
    return AskedUsage(Calculation.RETURNED, months=months, unread=text.unread())


def _later(text: _Text) -> AskedUsage | None:
    """The price of a later month, or the sum of several."""
    if nth := text.take(_NTH):
        return AskedUsage(Calculation.MONTH_PRICE, months=int(nth["n"]), unread=text.unread())
    whole = text.take(_TOTAL)
    months = _months(whole["a"] or whole["b"] or whole["c"]) if whole else 1
    if months > 1:  # 一个月一共 asks for a month
        return AskedUsage(Calculation.TOTAL, months=months, unread=text.unread())
    if after := text.take(_AFTER_SPAN):
        months = _months(after["span"]) + 1
        return AskedUsage(Calculation.MONTH_PRICE, months=months, unread=text.unread())
    if text.has(_AFTER_OFFER):
        return AskedUsage(Calculation.MONTH_PRICE, unread=text.unread())
    return None


def _joined(text: _Text) -> AskedUsage | None:
    found = text.take(_JOINED)
    if found is None:
        return None
    day = int(found["day"]) if found["day"].isdecimal() else numeral_value(found["day"]) or 0
    month = int(found["month"]) if found["month"] else None
    joined = Joined(day, month, found["past"] is not None)
    usage = _usage(text) or NOTHING
    return AskedUsage(Calculation.FIRST_MONTH, usage, joined=joined, unread=text.unread())


def _used(text: _Text) -> AskedUsage | None:
    beyond_only = text.has(_BEYOND_ONLY)
    compares = text.has(_COMPARES)
    usage = _usage(text)
    if usage is None:
        return None
    kind = Calculation.BEYOND if beyond_only and not compares else Calculation.MONTH
    return AskedUsage(kind, usage, compares=compares, unread=text.unread())


def _usage(text: _Text) -> Usage | None:
    """The figures of use; what lies beyond the bundle counts only where nothing else is said."""
    used: dict[str, Decimal | int] = {}
    over: dict[str, Decimal | int] = {}
    before = text.text
    for field, beyond, pattern in _READINGS:
        if found := text.take(pattern):
            (over if beyond else used)[field] = _figure(field, found)
    if used and over:
        # 用了12GB超了2GB: the excess is no figure of its own, the tariff tells whether it is right
        text.text = f"{text.text} {' '.join(str(figure) for figure in over.values())}"
    figures = used or over
    if not figures:
        text.text = before
        return None
    return Usage(beyond=not used, **figures)  # type: ignore[arg-type]


def _figure(field: str, found: re.Match[str]) -> Decimal | int:
    if field == "gb":
        return Decimal(found["n"])
    hours = field == "minutes" and found["unit"] != "分钟"
    return int(found["n"]) * (60 if hours else 1)


def _months(span: str) -> int:
    """Months of 10个月, 1年半, 2年 or 半年."""
    if span == "半年":
        return 6
    count = int(re.match(r"\d+", span)[0])  # type: ignore[index]
    if "年" not in span:
        return count
    return count * 12 + (6 if span.endswith("半") else 0)
