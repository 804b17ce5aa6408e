"""Amounts as people say them, in digits: 2万5千, 1百零8, 两G半, and prices (``indexer.spoken_prices``)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from indexer.numerals import COUNTED, LONGEST, NUMERAL, SCALES, apart, number_of, numeral_value
from indexer.spoken_prices import prices_in_yuan

_DIGIT: Final = "[0-9一二两三四五六七八九]"
_ENDS: Final = r"$|\s|[^\w\s.%*+×~:-]|\.(?![0-9])|[我你他她它咱俺的那这每左够吗呢吧嘛呀啊了就都才还和跟与或是多来退起算能可要有扣收给充交存返贵怎咋啥也为行]|以[上下内]"
_PARTLY: Final = re.compile(
    rf"(?<![0-9a-z.~-])(?<![0-9],)([0-9]+(?:\.[0-9]+)?)([万千百十])((?:零?{_DIGIT}[千百十])*零?{_DIGIT}?)"
    rf"(?={COUNTED}|{_ENDS})"
)
_HALF: Final = re.compile(
    rf"(?<!第)((?<![0-9a-z.])[0-9]+|(?<![{NUMERAL}])[{NUMERAL}]+)"
    rf"(?:(个?g)半(?=流量|{_ENDS})|(个)半(?=g(?![a-z])|月(?![包卡板])|小时|钟头))"
)
_COUNTED: Final = re.compile(COUNTED)
_SIGNS: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_LOOKED_FOR: Final = re.compile("[块元毛角半]|分钱|[0-9][十百千万]")


def in_digits(text: str) -> str:
    """The text, lower case and simplified, with the amounts that the rules know.

    >>> in_digits("每月29块9，剩两g半，充2万5千元")
    '每月29.9元，剩2.5gb，充25000元'
    """
    if not _LOOKED_FOR.search(text):  # far quicker than the patterns
        return text
    return _HALF.sub(_half, prices_in_yuan(_PARTLY.sub(_whole, text)))


def _half(said: re.Match[str]) -> str:
    value = number_of(said[1])
    if value is None:
        return said[0]
    written = f"{value}.5{'gb' if said[2] else '个'}"
    before = said.string[said.start() - 1 : said.start()]  # "" at the start
    return written if said[1].isascii() else apart(before, written)


def _whole(said: re.Match[str]) -> str:
    """500 of 5百, 15000 of 1.5万, 25000 of 2万5千; what is no whole number stays (1.234百).

    A round number of 万 is left as it is read, but before what it counts (5000万像素), and several digits
    count only 万 (2025十一 is a holiday).
    """
    number, sign, rest = said[1], said[2], said[3]
    counted = _COUNTED.match(said.string, said.end())
    if len(number) > LONGEST or (sign != "万" and not re.fullmatch(r"[1-9](\.[0-9]+)?", number)):
        return said[0]
    if sign == "万" and not rest and not counted:
        return said[0]
    if (
        rest
        and rest[-1] not in SCALES
        and not _takes_a_last_digit(sign + rest, said, bool(counted))
    ):
        return said[0]
    below = numeral_value("一" + sign + rest.translate(_SIGNS)) if rest else SCALES[sign]
    if below is None or (rest and "." in number):
        return said[0]
    value = (Decimal(number) - 1) * SCALES[sign] + below
    return str(int(value)) if value == int(value) else said[0]


def _takes_a_last_digit(places: str, said: re.Match[str], counted: bool) -> bool:
    """3百5个G may be two amounts; 3百5元, 3百二十5个G and 3百零5个G are one."""
    if not counted or places[-2] in "十零":
        return True
    return said.string[said.end() : said.end() + 1] in ("块", "元")
