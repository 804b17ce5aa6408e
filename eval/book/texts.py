"""Texts as a cell of a workbook can hold them, and lists of texts inside one cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 32_767
"""UTF-16 units of one cell; what is longer makes the whole workbook unreadable."""

SEPARATORS: Final = "、；;\n"
_CUT: Final = "……（太长，后面的没有写进来）"
# what XML 1.0 has no place for: control characters, halves of a character, non-characters
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# spreadsheets read _x000D_ as a control character, so the underscore itself has to be spelt so
_SPELT: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_OPENING: Final = ("=", "+", "-", "@", "\t")


def safe(text: str) -> str:
    r"""The text with everything replaced that a cell cannot hold, cut where it is too long.

    >>> safe("a\x00b\r\nc")
    'a\ufffdb\nc'
    """
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = _SPELT.sub("_x005F_", _UNFIT.sub("\ufffd", whole))
    if units(whole) <= LONGEST:
        return whole
    return _head(whole, LONGEST - units(_CUT)) + _CUT


def units(text: str) -> int:
    """UTF-16 units: a rare character or an emoji counts two."""
    return len(text) + sum(character > "\uffff" for character in text)


def _head(text: str, limit: int) -> str:
    encoded = text.encode("utf-16-le")[: limit * 2]
    return encoded.decode("utf-16-le", "ignore")  # half of a last character is left out


def unkeepable(text: str) -> str:
    """Why a cell would not give the text back as it is; "" where it would."""
    if _UNFIT.search(text) or "\r" in text:
        return "含有看不见的控制字符"
    if _SPELT.search(text) or "x005F_" in text:
        return "含有 _x0041_ 这样的写法，表格会把它当成一个字符"
    if units(text) > LONGEST:
        return f"有 {units(text)} 个字符，一格最多 {LONGEST} 个"
    return ""


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would compute the text when somebody edits its cell."""
    return text.startswith(_OPENING)


def joined(entries: Iterable[str]) -> str:
    r"""A list as one text; a separator inside an entry gets a ``\`` before it.

    >>> joined(["10GB", "副卡、物联卡"])
    '10GB、副卡\\、物联卡'
    """
    return "、".join(re.sub(r"([\\,，、；;\n])", r"\\\1", entry) for entry in entries)


def split(text: str, separators: str = SEPARATORS) -> tuple[str, ...]:
    r"""The list that ``joined`` wrote, or that people wrote with 、 ； or a new line.

    >>> split("10GB；副卡\\、物联卡\n")
    ('10GB', '副卡、物联卡')
    """
    entries: list[str] = [""]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            entries[-1] += next(characters, "\\")
        elif character in separators:
            entries.append("")
        else:
            entries[-1] += character
    return tuple(entry.strip() for entry in entries if entry.strip())


def letters(column: int) -> str:
    """The letters of a column, counted from 1.

    >>> letters(1), letters(26), letters(27)
    ('A', 'Z', 'AA')
    """
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
