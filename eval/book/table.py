"""Typed reads of a table in a sheet: every mistake is noted with its cell, none is raised."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.messages import nearest
from corpora.source import Problem, Severity
from eval.book.opening import Cell, Holds, Sheet
from eval.book.texts import SEPARATORS, letters, split
from eval.book.words import Words, folded
from eval.errors import BookError

_MOST_DIGITS: Final = 15  # a spreadsheet turns the digits after these into zeros
_DATE: Final = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")


@dataclass(frozen=True, slots=True)
class Reading:
    """A sheet being read: the file that is named in problems, and where they are gathered."""

    file: str
    sheet: Sheet
    columns: Mapping[str, int]
    problems: list[Problem]

    def rows(self) -> Iterator[RowReader]:
        """The rows below the headings that hold anything in a known column."""
        known = set(self.columns.values())
        filled = sorted({row for row, place in self.sheet.cells if row > 1 and place in known})
        return (RowReader(self, row) for row in filled)


def sheet_named(sheets: Mapping[str, Sheet], name: str, path: Path) -> Sheet:
    """A sheet by its name; ``BookError`` says which sheets there are instead."""
    for title, sheet in sheets.items():
        if folded(title) == folded(name):
            return sheet
    found = "、".join(sheets)
    problem = (
        f"没有工作表“{name}”{nearest(name, sheets)}；现有：{found}；请用 zhiku 写出的工作簿填写"
    )
    raise BookError([Problem(str(path), 1, "文件", problem)])


def read_table(
    path: Path,
    sheet: Sheet,
    needed: Sequence[str],
    problems: list[Problem],
    known: Collection[str] | None = None,
) -> Reading:
    """The table of a sheet whose first row holds the headings.

    A needed heading that is missing or stands twice is noted; with ``known``, so is any other.
    """
    columns: dict[str, int] = {}
    reading = Reading(str(path), sheet, columns, problems)
    spelt = {folded(name): name for name in (known or needed)}
    for place in range(1, sheet.columns + 1):
        cell = sheet.cells.get((1, place))
        if cell is None:
            continue
        written = str(cell.value).strip()
        name = spelt.get(folded(written))
        where = f"{sheet.name}!{letters(place)}1 表头"
        if name is None:
            if known is not None:
                text = f"不认识“{written}”{nearest(written, known)}；改成已有的表头，或删去这一列"
                problems.append(Problem(str(path), 1, where, text))
        elif name in columns:
            text = f"“{name}”与 {letters(columns[name])}1 重复，只留一列"
            problems.append(Problem(str(path), 1, where, text))
        else:
            columns[name] = place
    for name in needed:
        if name not in columns:
            text = f"第 1 行缺少表头“{name}”，请补上"
            problems.append(Problem(str(path), 1, f"{sheet.name}!第1行", text))
    return reading


@dataclass(frozen=True, slots=True)
class RowReader:
    """Typed reads of one row by heading; what is wrong is noted and read as absent."""

    table: Reading
    row: int

    def note(self, heading: str, problem: str, severity: Severity = Severity.ERROR) -> None:
        """Notes what is wrong with a cell."""
        place = self.table.columns.get(heading)
        cell = f"{letters(place)}{self.row}" if place else f"第{self.row}行"
        where = f"{self.table.sheet.name}!{cell} {heading}"
        self.table.problems.append(Problem(self.table.file, self.row, where, problem, severity))

    def is_empty(self, heading: str) -> bool:
        """Whether nothing stands there."""
        return self._cell(heading) is None

    def text(self, heading: str, *, code: bool = False) -> str:
        """A text without the spaces around it, "" where there is none.

        A whole number is taken as its digits; whatever a spreadsheet may have changed on the way
        (digits cut, zeros dropped, dates made of 1-2) is noted, and so is any number in a ``code``.
        """
        cell = self._cell(heading)
        if cell is None or self._is_computed(heading, cell):
            return ""
        if cell.holds is Holds.TEXT:
            return str(cell.value).strip()
        if code and cell.holds is Holds.NUMBER:
            self.note(
                heading, f"编码应是文字，现在是数字 {cell.value}，前面的 0 可能已丢；{_AS_TEXT}"
            )
            return ""
        if cell.holds is Holds.NUMBER and cell.plain and isinstance(cell.value, int | float):
            whole = int(cell.value)
            if whole == cell.value and len(str(abs(whole))) <= _MOST_DIGITS:
                return str(whole)
        self.note(heading, f"应是文字，现在是{_KINDS[cell.holds]} {cell.value}；{_AS_TEXT}")
        return ""

    def texts(self, heading: str, *, code: bool = False) -> tuple[str, ...]:
        """A list written with 、 ； or new lines; codes hold no commas, so these separate too."""
        separators = SEPARATORS + ",，" if code else SEPARATORS
        return split(self.text(heading, code=code), separators)

    def member(self, heading: str, words: Words) -> str:
        """A value of a closed vocabulary, "" where there is none."""
        written = self.text(heading)
        if not written:
            return ""
        value = words.value(written)
        if value is None:
            self.note(heading, _unknown(written, words.choices))
        return value or ""

    def members(self, heading: str, words: Words) -> tuple[str, ...]:
        """Values of a closed vocabulary."""
        found = []
        for written in self.texts(heading, code=True):
            value = words.value(written)
            if value is None:
                self.note(heading, _unknown(written, words.choices))
            else:
                found.append(value)
        return tuple(found)

    def number(self, heading: str, default: float) -> float:
        """A number above zero."""
        cell = self._cell(heading)
        if cell is None or self._is_computed(heading, cell):
            return default
        value: float | None = None
        if cell.holds is Holds.NUMBER and isinstance(cell.value, int | float):
            value = float(cell.value)
        elif cell.holds is Holds.TEXT and _NUMBER.fullmatch(folded(str(cell.value))):
            value = float(re.sub("[,，]", "", folded(str(cell.value))))
        if value is None or not 0 < value < 1e12:
            self.note(heading, f"应是大于 0 的数，现在是 {cell.value!r}")
            return default
        return value

    def date(self, heading: str) -> dt.date | None:
        """A date, as a date of the spreadsheet or as text."""
        cell = self._cell(heading)
        if cell is None or self._is_computed(heading, cell):
            return None
        if (day := date_in(cell)) is None:
            self.note(heading, not_a_date(cell))
        return day

    def mark(self, heading: str) -> str:
        """What stands in a cell to be marked: text, and 1, 0, TRUE and FALSE as their text."""
        cell = self._cell(heading)
        if cell is None or self._is_computed(heading, cell):
            return ""
        if cell.holds is Holds.NUMBER and isinstance(cell.value, int | float):
            return str(int(cell.value) if cell.value == int(cell.value) else cell.value)
        return str(cell.value).strip()

    def _cell(self, heading: str) -> Cell | None:
        place = self.table.columns.get(heading)
        return self.table.sheet.cells.get((self.row, place)) if place else None

    def _is_computed(self, heading: str, cell: Cell) -> bool:
        if cell.holds is Holds.FORMULA:
            self.note(heading, f"是公式 {cell.value}；请复制后“选择性粘贴为数值”，或直接写内容")
        elif cell.holds is Holds.ERROR:
            self.note(heading, f"是错误值 {cell.value}；请直接写内容")
        else:
            return False
        return True


_AS_TEXT: Final = "把单元格格式设为“文本”后重新写一遍"
_KINDS: Final = {Holds.NUMBER: "数字", Holds.DATE: "日期或时间", Holds.TRUTH: "逻辑值"}


def date_in(cell: Cell) -> dt.date | None:
    """The date of a cell; None where it holds none or a time of day besides."""
    value = cell.value
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else None
    if isinstance(value, dt.date):
        return value
    written = _DATE.fullmatch(folded(value)) if isinstance(value, str) else None
    if written is None:
        return None
    try:
        return dt.date(*(int(part) for part in written.groups()))
    except ValueError:
        return None


def not_a_date(cell: Cell) -> str:
    """What is said of a cell without a date."""
    serial = "（像是日期的序号，把单元格设成日期格式）" if cell.holds is Holds.NUMBER else ""
    return f"{cell.value!r} 不是日期{serial}，写成 2026-11-01 这样"


def _unknown(written: str, choices: Sequence[str]) -> str:
    return f"没有“{written}”{nearest(written, choices)}；可用：{'、'.join(choices)}"
