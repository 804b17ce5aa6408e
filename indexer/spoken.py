"""Amounts as people say them, in digits and whole units: 29块9, 一毛五, 两G半, 2万5千.

Each rule rewrites what it knows and leaves the rest. Where a last digit is said without its unit, a rule
looks for something that the digit cannot count: 三块五百兆 is 3 yuan and 500 M, 十块五个G 10 yuan and 5 GB.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from indexer.numerals import COUNTED, DIGITS, LONGEST, NUMERAL, SCALES, apart, number_of

_DIGIT: Final = "[0-9一二两三四五六七八九]"
_NUMBER: Final = rf"((?<![0-9a-z.])[0-9]+|(?<![{NUMERAL}])[{NUMERAL}]+)"
_OVER: Final = (
    r"$|\s|[^\w.%*+×~:-]|\.(?![0-9])"
    r"|[我你他她它咱俺的那这每起左够吗呢吧嘛呀啊了就都才还和跟与或是算能可要有扣收给充交存返贵怎咋啥也为]"
    r"|以[上下内]|钱|套餐|档|月租|月费|包[月年邮]|一(?:个|分钟|分(?!钱)|天|年|次|张|条|月)"
)
"""What a digit before it cannot count."""
_FEN: Final = rf"(?:({_DIGIT})(?:分钱|(?={_OVER}))|([2-9二三四五六七八九])分(?!钟))"
"""Hundredths after tenths; 一毛一分 may be a price a minute."""

_YUAN_MAO: Final = re.compile(rf"{_NUMBER}\s*(?:块|元)零?({_DIGIT})[毛角](?:{_FEN}|钱)?")
_YUAN_DIGIT: Final = re.compile(rf"{_NUMBER}\s*块(?!一起)({_DIGIT})(?={_OVER})")
_MAO: Final = re.compile(rf"{_NUMBER}(?:毛(?:{_FEN}|钱|(?={_OVER}))|角钱)")
_ONLY_FEN: Final = re.compile(rf"{_NUMBER}(?<![一1])分钱")
"""Not 一分钱, which says nothing at all."""
_HALF: Final = re.compile(
    rf"{_NUMBER}(?:(个?g)半(?![价天年夜])|(个)半(?=个?(?:g(?![a-z])|月|小时|钟头)))"
)
_PARTLY: Final = re.compile(
    rf"(?<![0-9a-z.~-])(?<![0-9],)([0-9]+(?:\.[0-9]+)?)([万千百十])((?:{_DIGIT}[千百十])*)"
    rf"(?:({_DIGIT})(?=块|元|{_OVER})|(?={COUNTED})|(?<!万)(?={_OVER}))"
)
"""2万5千, 1千5, 3百; a round number of 万 is left as it is read, but before what it counts."""
_LOOKED_FOR: Final = re.compile(r"[块元] ?[0-9一二两三四五六七八九]|[毛角半]|分钱|[0-9][十百千万]")


def in_digits(text: str) -> str:
    """The text, lower case and simplified, with the amounts that the rules know.

    >>> in_digits("每月29块9，一毛五一分钟，剩两g半，充2万5千元")
    '每月29.9元，0.15元一分钟，剩2.5gb，充25000元'
    """
    if not _LOOKED_FOR.search(text):  # far quicker than six patterns
        return text
    text = _PARTLY.sub(_whole, text)
    text = _YUAN_MAO.sub(lambda said: _yuan(said, said[1], said[2], said[3] or said[4]), text)
    text = _YUAN_DIGIT.sub(lambda said: _yuan(said, said[1], said[2], None), text)
    text = _MAO.sub(lambda said: _yuan(said, None, said[1], said[2] or said[3]), text)
    text = _ONLY_FEN.sub(lambda said: _yuan(said, None, None, said[1]), text)
    return _HALF.sub(_half, text)


def _yuan(said: re.Match[str], yuan: str | None, mao: str | None, fen: str | None) -> str:
    """Yuan, tenths and hundredths as one price."""
    values = [0 if part is None else number_of(part) for part in (yuan, mao, fen)]
    whole, tenths, hundredths = values
    if whole is None or tenths is None or hundredths is None:
        return said[0]
    return _placed(said, Decimal(whole) + Decimal(tenths) / 10 + Decimal(hundredths) / 100, "元")


def _half(said: re.Match[str]) -> str:
    value = number_of(said[1])
    if value is None:
        return said[0]
    return _placed(said, value + Decimal("0.5"), "gb" if said[2] else "个")


def _whole(said: re.Match[str]) -> str:
    """500 of 5百, 15000 of 1.5万, 25000 of 2万5千; what is no whole number stays (1.234百)."""
    places = said[2] + said[3]
    scales = [SCALES[sign] for sign in places if sign in SCALES]
    digits = [Decimal(said[1])] + [_digit(sign) for sign in places if sign not in SCALES]
    if len(said[1]) > LONGEST or scales != sorted(set(scales), reverse=True):
        return said[0]
    value = sum((d * scale for d, scale in zip(digits, scales, strict=True)), Decimal(0))
    if said[4]:
        # 1千5 means 1500, as 一千五 does; 6十3 means 63
        value += _digit(said[4]) * max(scales[-1] // 10, 1)
    return str(int(value)) if value == int(value) else said[0]


def _digit(sign: str) -> Decimal:
    return Decimal(DIGITS.get(sign, sign))


def _placed(said: re.Match[str], value: Decimal, unit: str) -> str:
    before = said.string[said.start() - 1 : said.start()]  # "" at the start
    written = f"{value.normalize():f}{unit}"
    return written if said[1][:1].isascii() else apart(before, written)
