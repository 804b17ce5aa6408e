"""The first row of a sheet: which column stands where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from corpora.messages import nearest
from corpora.sheets.cells import CellProblem, plain_text
from corpora.sheets.columns import HELP, Column, SheetKind
from corpora.sheets.findings import Findings, TableProblem, letters
from corpora.sheets.words import folded
from corpora.sheets.workbook import TableRow
from corpora.source import Severity

_NOTES: Final = re.compile(r"[*:]|\((?:必填|选填|可选|可不填|可空)\)")
_FIRST_ROWS: Final = 10  # a title may stand above the headings, not a page of text


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the columns of a sheet stand, in which row they are named, and what is left aside.

    ``usable`` is false where a column is missing without which no row means anything.
    """

    row: int
    columns: Mapping[int, Column]
    ignored: frozenset[int] = frozenset()
    usable: bool = True

    def place_of(self, field: str) -> str:
        """The letters of the column of a field; "" where the table has none."""
        return next((letters(n) for n, column in self.columns.items() if column.field == field), "")


def recognised(name: str, kind: SheetKind) -> Column | None:
    """The column that a heading names, whatever its spaces, width and asides."""
    return _names(kind).get(_plain(name))


def looks_like_heading(row: TableRow, kind: SheetKind) -> bool:
    """Whether a row names columns; a sheet's title above them names none or one."""
    known = 0
    for cell in row.cells.values():
        try:
            known += recognised(plain_text(cell), kind) is not None
        except CellProblem:
            continue
    return known >= min(2, len(row.cells))


def read_heading(row: TableRow, kind: SheetKind, file: str, sheet: str, found: Findings) -> Heading:
    """The columns that a row names; what it names wrongly goes to ``found``."""
    columns: dict[int, Column] = {}
    ignored: set[int] = set()
    names = _names(kind)

    def say(place: int, heading: str, problem: str, severity: Severity = Severity.ERROR) -> None:
        column = letters(place) if place else ""
        found.add(
            TableProblem(file, row.number, heading, problem, severity, sheet=sheet, column=column)
        )

    for place, cell in sorted(row.cells.items()):
        try:
            written = plain_text(cell)
        except CellProblem as unreadable:
            say(place, "", str(unreadable))
            continue
        column = names.get(_plain(written))
        if column is not None and column not in columns.values():
            columns[place] = column
            continue
        ignored.add(place)
        if column is not None:
            say(place, written, "这一列出现了两次，请只留一列")
        elif hint := nearest(written, [column.heading for column in kind.columns]):
            say(place, written, f"不认识这一列{hint}；请改正列名，或删去这一列")
        else:  # 序号 or 备注: nothing that somebody will miss
            problem = f"没有这一列，没有读取；可用的列见“{HELP}”"
            say(place, written, problem, Severity.WARNING)
    missing = [c.heading for c in kind.columns if c.needed and c not in columns.values()]
    for heading in missing:
        say(0, heading, "缺少这一列，请加上")
    return Heading(row.number, columns, frozenset(ignored), not missing)


def no_heading(file: str, sheet: str, kind: SheetKind) -> TableProblem:
    """What to say of a sheet whose first rows name no columns."""
    needed = "、".join(column.heading for column in kind.columns if column.needed)
    problem = f"前{_FIRST_ROWS}行里没有表头，应有{needed}等列名；可用zhiku corpus template生成模板"
    return TableProblem(file, 1, "", problem, sheet=sheet)


def may_still_come(row: TableRow) -> bool:
    """Whether the headings may stand below this row."""
    return row.number < _FIRST_ROWS


def _names(kind: SheetKind) -> dict[str, Column]:
    names: dict[str, Column] = {}
    for column in kind.columns:
        for other in column.others:
            names.setdefault(_plain(other), column)
    names |= {_plain(column.field): column for column in kind.columns if ":" not in column.field}
    return names | {_plain(column.heading): column for column in kind.columns}


def _plain(heading: str) -> str:
    return _NOTES.sub("", folded(heading))
