"""One cell: what it holds, and what that means for the kind of column that it stands in.

The habits of spreadsheets end here: dates as serial numbers, codes as floats, errors, formulas.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bool | dt.date | dt.time | dt.timedelta | None


class Holds(StrEnum):
    """What a cell holds, as far as reading it differs."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DATE = "date"
    FORMULA = "formula"  # one whose result was never computed
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty; ``zeros`` is the width to which a number format fills up with 0."""

    value: Value
    holds: Holds = Holds.TEXT
    zeros: int = 0
    epoch: dt.date = dt.date(1899, 12, 30)


class CellProblem(ValueError):
    """What is wrong with a cell, in words that say how to mend it."""


_DATE: Final = re.compile(
    r"(\d{4})\s*(?:[-/.。年])\s*(\d{1,2})\s*(?:[-/.。月])\s*(\d{1,2})\s*日?"
    r"(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_OPEN_ENDED: Final = frozenset({"长期", "长期有效", "永久", "无", "不限", "-", "—", "/"})
_SERIALS: Final = range(20_000, 80_000)  # 1954 to 2119: what a date without its format looks like
_EXACT_DIGITS: Final = 15  # what a spreadsheet keeps of a number
_SEPARATORS: Final = re.compile(r"[、；;，,]")
_UNITS: Final = re.compile(
    r"(?i)\s*(?:元|块|gb|g|mbps|m|兆|分钟|条|个月|月|天|日|个|mah|w|克|寸|英寸|hz)\s*$"
)


def plain_text(cell: Cell) -> str:
    """The text of a cell whatever it holds; 10010001.0 is 10010001."""
    value = refused(cell).value
    match cell.holds:
        case Holds.TRUTH:
            return "是" if value else "否"
        case Holds.NUMBER:
            return _digits(cell)
        case Holds.DATE:
            if isinstance(value, dt.datetime):
                value = value.date() if value.time() == dt.time() else value
            return str(value)
    return str(value).strip()


def refused(cell: Cell) -> Cell:
    """The cell, unless it has nothing that could be read."""
    if cell.holds is Holds.ERROR:
        raise CellProblem(f"是错误值{cell.value}，请改正公式或填写内容")
    if cell.holds is Holds.FORMULA:
        raise CellProblem("是公式，但没有算好的结果，请在Excel里打开保存一次，或粘贴为值")
    return cell


def wording(cell: Cell) -> str:
    """A text for people: a date or a truth in it is a slip of the spreadsheet."""
    if cell.holds is Holds.DATE:
        raise CellProblem(f"被表格当成了日期（{plain_text(cell)}），请把单元格设为文本后重填")
    if cell.holds is Holds.TRUTH:
        raise CellProblem("应为文字，不能是TRUE或FALSE，请把单元格设为文本后重填")
    return plain_text(cell)


def code(cell: Cell) -> str:
    """A code as it is written; a number that the spreadsheet has rounded is refused."""
    if cell.holds is Holds.DATE:
        raise CellProblem(f"被表格当成了日期（{plain_text(cell)}），请把单元格设为文本后重填")
    text = plain_text(cell)
    if cell.holds is Holds.NUMBER:
        if len(text.lstrip("-")) > _EXACT_DIGITS:
            raise CellProblem("位数太多，表格已改动末几位，请把单元格设为文本后重填")
        if not text.isdigit():
            raise CellProblem(f"“{text}”不是编码，请把单元格设为文本后重填")
    return text


def _digits(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, float) and not value.is_integer():
        return format(Decimal(repr(value)), "f")
    return str(int(value)).zfill(cell.zeros)  # type: ignore[arg-type]


def lines(text: str) -> list[str]:
    """The lines of a text without those that are empty."""
    return [line.strip() for line in re.split(r"\r\n?|\n", text) if line.strip()]


def listed(text: str) -> list[str]:
    r"""A list: one a line where the text has a line break, otherwise between 、 ； and commas.

    >>> listed("A、B"), listed("A、B\n"), listed("A、B\nC")
    (['A', 'B'], ['A、B'], ['A、B', 'C'])
    """
    if "\n" in text or "\r" in text:
        return lines(text)
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def entries(cell: Cell, text: str) -> list[str]:
    """The list in a cell whose ``text`` was read; a line break behind a lone entry keeps it whole."""
    return lines(text) if isinstance(cell.value, str) and "\n" in cell.value else listed(text)


def amount(cell: Cell) -> Decimal:
    """A number, exact; a unit behind it is dropped, because the column's heading says it."""
    value = refused(cell).value
    if cell.holds is Holds.NUMBER and isinstance(value, int | float):
        # 59.0 in a spreadsheet is 59 on paper, and repr gives 0.15 back as it was typed
        return Decimal(int(value)) if float(value).is_integer() else Decimal(repr(value))
    text = plain_text(cell)
    bare = _UNITS.sub("", text).replace(",", "").replace("，", "").removeprefix("￥")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        found = Decimal("NaN")
    if cell.holds in (Holds.TRUTH, Holds.DATE) or not found.is_finite():
        raise CellProblem(f"“{text}”不是数字，请只写数字，如59或0.15")
    return found


def whole(cell: Cell) -> int:
    """A whole number."""
    found = amount(cell)
    if found != found.to_integral_value():
        raise CellProblem(f"“{plain_text(cell)}”不是整数，请改成整数")
    return int(found)


def date(cell: Cell) -> dt.date | None:
    """A day, from a date cell, its serial number or a text; None where the cell says 长期."""
    value = refused(cell).value
    if isinstance(value, dt.datetime):
        if value.time() != dt.time():
            raise CellProblem(f"“{value}”带了时刻，请只写日期，如2026-12-01")
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = plain_text(cell)
    if cell.holds is Holds.NUMBER and isinstance(value, int | float):
        if float(value).is_integer() and int(value) in _SERIALS:
            return cell.epoch + dt.timedelta(days=int(value))
        found = _COMPACT.fullmatch(text)
    else:
        if text in _OPEN_ENDED:
            return None
        found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if found:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise CellProblem(f"“{text}”不是日期，请写成2026-12-01")


_ALLOWANCE: Final = re.compile(
    r"(通用|定向|闲时|夜间)(?:流量)?\s*([0-9]+(?:\.[0-9]+)?)\s*(?:GB|G)\s*[（(]?\s*(可?结转)?\s*[）)]?",
    re.IGNORECASE,
)
_DATA: Final = {"通用": "general", "定向": "directed", "闲时": "off_peak", "夜间": "off_peak"}


def allowances(text: str) -> list[dict[str, object]]:
    """Mobile data by kind, in the order of use.

    >>> allowances("定向15GB、通用40G结转")[1]
    {'kind': 'general', 'gb': Decimal('40'), 'carry_over': True}
    """
    found: list[dict[str, object]] = []
    for part in listed(text):
        if (match := _ALLOWANCE.fullmatch(part)) is None:
            raise CellProblem(f"“{part}”看不懂，请写成通用10GB、定向15GB或通用10GB结转")
        carries = {"carry_over": True} if match[3] else {}
        found.append({"kind": _DATA[match[1]], "gb": Decimal(match[2]), **carries})
    return found
