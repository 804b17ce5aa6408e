"""What the layout of pages and columns left in a text: page numbers, headers, broken lines."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NUMBER: Final = r"(?:\d{1,4}|[一二三四五六七八九十百]{1,4})"
_PAGE: Final = (
    rf"(?:第\s*{_NUMBER}\s*页\s*[,，/、]?\s*[（(]?共\s*{_NUMBER}\s*页[）)]?|"
    r"Page\s+\d{1,4}\s+of\s+\d{1,4})"
)
_PAGE_LINE: Final = re.compile(
    rf"\s*(?:{_PAGE}|第\s*{_NUMBER}\s*页|[-—–]+\s*\d{{1,4}}\s*[-—–]+|页码[：:]\s*\d{{1,4}}"
    r"|Page\s+\d{1,4})\s*",
    re.IGNORECASE,
)
# inside a line only the full form, and only where it stands apart: 请看第3页 is a sentence
_PAGE_INLINE: Final = re.compile(rf"(?<![^\s。！？；]){_PAGE}(?![^\s])", re.IGNORECASE)
_HEADER_UP_TO: Final = 40
_HEADER_FROM: Final = 4
_END: Final = "。！？；：…!?;:.”』」"
_CANNOT_BEGIN: Final = "，。、；：！？）》】”\u2019"
_CANNOT_END: Final = "（《【“\u2018"
_MARKER: Final = re.compile(
    r"[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[A-Za-z])[)）.、\uff0e:：]|第[一二三四五六七八九十\d]+[步条章节项]"
    r"|步骤|[①-⑳⑴-⑽]|[-•·●■◆▪*※★√]|注[：:]|问[：:]|答[：:]"
)
_COLUMN: Final = 30  # half-width columns; a printed line is at least this wide
_AFTER_COMMA: Final = 24
_RAGGED: Final = 2


def without_page_furniture(text: str) -> str:
    """``text`` without page numbers and the header that stands beside them on each page."""
    if "页" not in text and "-" not in text and "—" not in text and "age" not in text:
        return text
    lines = text.split("\n")
    marks = {n for n, line in enumerate(lines) if _PAGE_LINE.fullmatch(line)}
    headers = _headers(lines, marks) if marks else set()
    kept: list[str] = []
    for n, line in enumerate(lines):
        if n in marks or (line.strip() in headers and line.strip() in map(str.strip, kept)):
            continue
        kept.append(_PAGE_INLINE.sub("", line))
    cleaned = "\n".join(kept)
    return cleaned if cleaned.strip() else text  # a cell that is nothing else is not furniture


def _headers(lines: list[str], marks: set[int]) -> set[str]:
    """Short lines that come again beside page numbers; the first may open the text instead."""
    filled = [n for n, line in enumerate(lines) if line.strip()]
    beside = {
        filled[near]
        for at, n in enumerate(filled)
        if n in marks
        for near in (at - 1, at + 1)
        if 0 <= near < len(filled)
    } - marks
    found: dict[str, list[int]] = {}
    for n in filled:
        if n not in marks and _HEADER_FROM <= len(lines[n].strip()) <= _HEADER_UP_TO:
            found.setdefault(lines[n].strip(), []).append(n)
    return {
        line
        for line, where in found.items()
        if len(where) > 1 and all(n in beside or n == filled[0] for n in where)
    }


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_open(line: str) -> bool:
    """Whether a bracket of ``line`` is still open at its end."""
    return any(line.count(left) > line.count(right) for left, right in ("（）", "《》", "“”"))


def _is_broken(lines: list[str], n: int) -> bool:
    """Whether the break after line ``n`` stands inside a sentence; steps keep their lines."""
    line, following = lines[n], lines[n + 1]
    if not line or not following or _MARKER.match(following):
        return False
    if (
        _alnum(line[-1])
        and _alnum(following[0])
        and not (line[-1].isalpha() and following[0].isalpha())
    ):
        return False  # KTLLB / 10, 100 / 86: nobody knows whether that is one number
    if following[0] in _CANNOT_BEGIN or line[-1] in _CANNOT_END or _is_open(line):
        return True
    width = _width(line)
    if line[-1] in "，、" and width >= _AFTER_COMMA:
        return True
    if line[-1] in _END or width < _COLUMN or _width(following) > width + _RAGGED:
        return False
    # a printed column: this line is as wide as the one before or after it
    beside = [lines[n - 1]] if n else []
    return any(abs(_width(other) - width) <= _RAGGED for other in (*beside, following))


def with_whole_lines(text: str) -> str:
    """``text`` with the lines joined that a page's width broke inside a sentence.

    >>> with_whole_lines("办理后次月生效\\n，当月按原套餐计费。\\n1.打开APP")
    '办理后次月生效，当月按原套餐计费。\\n1.打开APP'
    """
    if "\n" not in text:
        return text
    lines = text.split("\n")
    joined = lines[0]
    for n in range(len(lines) - 1):
        if _is_broken(lines, n):
            both_words = _alnum(lines[n][-1]) and _alnum(lines[n + 1][0])
            joined += (" " if both_words else "") + lines[n + 1]
        else:
            joined += "\n" + lines[n + 1]
    return joined
