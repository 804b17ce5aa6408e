"""Prices as people say them, in yuan: 29块9, 八块五毛五, 一毛五一分钟, 两分钱.

A last digit without its unit (29块9) counts only where nothing comes after it that it could count:
三块五百兆 is 3 yuan and 500 M, 十块五个G 10 yuan and 5 GB.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, TypeAlias

from indexer.numerals import COUNTED, NUMERAL, apart, number_of, says_about

_DIGIT: Final = "[0-9一二三四五六七八九]"
_STARTS: Final = re.compile(
    rf"(?<![《“牛点])((?<![0-9a-z.])[0-9]+|(?<![{NUMERAL}])[{NUMERAL}]+)\s*(块|元|毛|角|分钱)"
)
_TENTHS: Final = re.compile(rf"零?({_DIGIT}|两)([毛角])")
_CENTS: Final = re.compile(rf"零?({_DIGIT}|两)分(?![钟之期])钱?")
_ZERO_CENTS: Final = re.compile(rf"[零0]({_DIGIT})")
_LAST: Final = re.compile(f"({_DIGIT})")
_HALF: Final = re.compile("半(?![价天年夜月个小])")
_EACH: Final = re.compile(
    "[一1](?:个|兆|m|gb?(?![a-z])|小时|分钟|分(?!钱)|天|晚|年|次|张|条|月(?![租费])|季)"
)
"""What a price is for: 一毛五一分钟."""
_OTHER_PRICE: Final = re.compile(
    r"(?:[-~至到降升换改变]|还是)[到成]?\s*[0-9一二两三四五六七八九十百]+\s*[块元毛]"
)
_FOR: Final = re.compile("([一二两三四五六七八九])(?:个月|天|年|张|次|分钟|小时)")
_COUNTS: Final = re.compile(
    rf"(?!包[月年邮0-9{NUMERAL}]|套餐|分期|[月周季年日][租费卡包付]|本地|支付|家庭|网上|时段|部分|(?<=[5-9五六七八九])档)"
    rf"(?:[0-9a-z{NUMERAL}%*×:~-]|\.[0-9]|\s*[个兆天日月年季周次条张折倍成人路寸号分秒点时小份部台位户级种项款"
    rf"本家门只支套包件期环格毛角块元代楼网星档核防方维川亚夕线半]"
    rf"|(?:[和跟与或到]|或者|还是)\s*[0-9{NUMERAL}]+\s*(?:个?[gm月]|个?小时|[兆分天年次条张人路]))"
)
"""What a digit before it may count or go on with."""
_NEXT: Final = re.compile(rf"[、,]\s*({_DIGIT})(?![块元])")
_ENDS: Final = re.compile(
    rf"$|\s(?!\s*{COUNTED})|[^\w\s.%*+×~:-]|\.(?![0-9])|钱|还是|[我你他她它咱俺那这每够吗呢吧嘛呀啊了就都才也扣收是对怎咋]"
)
"""What surely ends a price."""
_ENDS_YUAN: Final = re.compile(f"{_ENDS.pattern}|的|包[月年邮]")

_Read: TypeAlias = tuple[Decimal, int]


def prices_in_yuan(text: str) -> str:
    """The text, lower case and simplified, with its spoken prices in yuan.

    >>> prices_in_yuan("每月29块9，一毛五一分钟")
    '每月29.9元，0.15元一分钟'
    """
    pieces, done = [], 0
    for said in _STARTS.finditer(text):
        read = _read(text, said) if said.start() >= done else None
        if read is None:
            continue
        value, end = read
        written = f"{value.normalize():f}元"
        before = text[said.start() - 1 : said.start()]  # "" at the start
        pieces += [
            text[done : said.start()],
            written if said[1].isascii() else apart(before, written),
        ]
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _read(text: str, said: re.Match[str]) -> _Read | None:
    """The price that begins with a number and its unit, and where it ends; None where that is all of it."""
    number, at = number_of(said[1]), said.end()
    if number is None:
        return None
    if said[2] == "分钱":
        return (
            None if said[1] in ("一", "1") else (Decimal(number) / 100, at)
        )  # 一分钱 is nothing at all
    if said[2] in "毛角":
        return _tenths(text, number, at, said[2], alone=True)
    return _after_yuan(text, number, at, said[2])


def _after_yuan(text: str, yuan: int, at: int, unit: str) -> _Read | None:
    if tenths := _TENTHS.match(text, at):
        found = _tenths(text, _value(tenths[1]), tenths.end(), tenths[2], alone=False)
        return (yuan + found[0], found[1]) if found else None
    if cents := _CENTS.match(text, at):
        return yuan + Decimal(_value(cents[1])) / 100, cents.end()
    if unit == "块" and (half := _HALF.match(text, at)):
        return yuan + Decimal("0.5"), half.end()
    for pattern, share in ((_ZERO_CENTS, 100), (_LAST, 10)):
        last = pattern.match(text, at)
        if last and _is_last(text, last.end(), last[1], unit):
            return yuan + Decimal(_value(last[1])) / share, last.end()
    return None


def _tenths(text: str, tenths: int, at: int, unit: str, *, alone: bool) -> _Read | None:
    """Tenths and what follows them; with ``alone``, there are no yuan before them."""
    value = Decimal(tenths) / 10
    cents = _CENTS.match(text, at)
    if cents and not (alone and unit == "毛" and _EACH.match(text, at)):  # 两毛一分: a minute
        return value + Decimal(_value(cents[1])) / 100, cents.end()
    if text.startswith("钱", at):
        return value, at + 1
    if unit == "角":
        return None if alone or not _ENDS.match(text, at) else (value, at)  # 三角形, 八角
    if half := _HALF.match(text, at):
        return value + Decimal("0.05"), half.end()
    last = _LAST.match(text, at)
    if last and _is_last(text, last.end(), last[1], unit):
        return value + Decimal(_value(last[1])) / 100, last.end()
    ends = _ENDS.match(text, at) or _EACH.match(text, at) or _OTHER_PRICE.match(text, at)
    return (value, at) if ends or not alone else None


def _is_last(text: str, at: int, digit: str, unit: str) -> bool:
    """Whether a digit without a unit belongs to the price before it."""
    if _EACH.match(text, at) or _OTHER_PRICE.match(text, at):
        return True
    if (period := _FOR.match(text, at)) and not says_about(digit + period[1]):
        return True  # 29块9三个月
    following = _NEXT.match(text, at)
    if _COUNTS.match(text, at) or (following and _value(following[1]) == _value(digit) + 1):
        return False  # 充30块3、4个月没用
    # 十块一起交, 20块一档; 元 is written, and what is written is seldom left unfinished
    if digit in "一1":
        return bool(_ENDS.match(text, at))
    return unit != "元" or bool(_ENDS_YUAN.match(text, at))


def _value(digit: str) -> int:
    return number_of(digit) or 0
