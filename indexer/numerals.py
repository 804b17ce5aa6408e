"""Chinese numerals up to 万, as they are written and as they are spoken."""

from __future__ import annotations

from typing import Final

DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
SCALES: Final = {"十": 10, "百": 100, "千": 1000, "万": 10000}
NUMERAL: Final = "".join(("零〇一二两三四五六七八九", *SCALES))
"""The signs that numerals are made of."""
COUNTED: Final = (
    r"(?:块钱|块|元|毛|个g|g[b]?(?![a-z])|兆|m(?![a-z])|个月|个小时|小时|分钟|天|年|岁|档|张|条|mb)"
)
"""A pattern of what comes after a number that is one."""
LONGEST: Final = 12
"""Signs; what is longer is not an amount, and int() refuses 5,000 of them."""


def numeral_value(numeral: str) -> int | None:
    """The value of a numeral, or None where it is not one number; digits may stand for their signs.

    >>> numeral_value("五十九"), numeral_value("两百"), numeral_value("一二九"), numeral_value("十")
    (59, 200, 129, 10)
    """
    if len(numeral) > LONGEST:
        return None
    if all(char in DIGITS for char in numeral):
        # digit by digit, as plans are spoken: 一二九 is 129
        return int("".join(str(DIGITS[char]) for char in numeral))
    total, digit = 0, 0
    pending = False
    last_scale = 10**9
    for char in numeral:
        if char in DIGITS:
            if pending and digit:
                return None
            digit, pending = DIGITS[char], True
            continue
        scale = SCALES[char]
        if scale >= last_scale:
            return None
        total += (digit or 1) * scale  # 十 means 10, and so does 零十
        last_scale, digit, pending = scale, 0, False
    if pending:
        # 一百二 means 120, 一百零二 means 102
        spoken = last_scale > 10 and "零" not in numeral and "〇" not in numeral
        total += digit * (last_scale // 10 if spoken else 1)
    return total


_ABOUT: Final = frozenset(
    "一两 两三 三两 二三 一二 三四 三五 四五 五六 六七 七八 八九 百八十".split()
)
_NAMES: Final = {
    "年": ("一二", "二三"),
    "档": ("一二", "二三", "三四", "三五", "四五", "五六", "六七", "七八", "八九"),
}


def says_about(numeral: str, counted: str = "") -> bool:
    """Whether a numeral only says about how many of what is ``counted``: 四五个G are no 45 GB, but 二三年 is
    the year 2023 and 七八档 the plan of 78.

    >>> says_about("四五", "个g"), says_about("二三", "年"), says_about("两三", "年")
    (True, False, True)
    """
    return numeral in _ABOUT and numeral not in _NAMES.get(counted[:1], ())


def number_of(said: str) -> int | None:
    """The value of a number in digits or of a numeral; None where it is neither, or only says about how many.

    >>> number_of("29"), number_of("二十九"), number_of("十百"), number_of("四五")
    (29, 29, None, None)
    """
    if said.isascii():
        return int(said) if said.isdecimal() and len(said) <= LONGEST else None
    return None if says_about(said) else numeral_value(said)


def apart(before: str, number: str) -> str:
    """``number`` as it may stand after the sign ``before`` (empty at the start): 畅享199一个月 names a plan
    and a time, not 1991 months.
    """
    return f" {number}" if before.isascii() and before.isalnum() else number
