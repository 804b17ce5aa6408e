"""Whether a text says a fact: compared after normalising, number by number."""

from __future__ import annotations

import re
from typing import Final

from indexer.normalize import normalize

_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL: Final = re.compile(r"(?<![\d.])\d+\.\d+(?![\d.])")
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?!\d)")
_SPACE: Final = re.compile(r"\s+")


def spelled(text: str) -> str:
    """The one spelling in which facts are compared.

    >>> spelled("每月 1,059.00 块，30 个 G")
    '每月1059元,30gb'
    """
    text = _SPACE.sub("", normalize(text))
    text = _THOUSANDS.sub("", text)
    return _DECIMAL.sub(lambda match: match.group().rstrip("0").rstrip("."), text)


def _dated(text: str) -> str:
    return _DATE.sub(lambda m: f"{m[1]}-{int(m[2])}-{int(m[3])}", text)


def says(text: str, fact: str) -> bool:
    """Whether ``fact`` stands in ``text``; a number or a Latin word only whole.

    >>> says("月费一百二十九块", "129元"), says("月费129元", "29元")
    (True, False)
    >>> says("2026年12月1日起生效", "2026-12-01")
    True
    """
    text, fact = spelled(text), spelled(fact)
    return bool(fact) and (_stands(text, fact) or _stands(_dated(text), _dated(fact)))


def _stands(text: str, fact: str) -> bool:
    before = after = ""
    if fact[0].isdigit():
        before = r"(?<!\d)(?<!\d\.)"
    elif fact[0].isascii() and fact[0].isalpha():
        before = r"(?<![a-z0-9])"
    if fact[-1].isdigit():
        after = r"(?!\d)(?!\.\d)"
    elif fact[-1].isascii() and fact[-1].isalpha():
        after = r"(?![a-z0-9])"
    return re.search(before + re.escape(fact) + after, text) is not None
