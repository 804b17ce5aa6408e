"""A row of cells → the fields that its columns fill."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from corpora.sheets import cells
from corpora.sheets.cells import Cell, CellProblem, Holds
from corpora.sheets.cleaner import Cleaner
from corpora.sheets.columns import EXAMPLE_MARK, Column, Form, SheetKind
from corpora.sheets.findings import Findings, TableProblem, letters
from corpora.sheets.headings import Heading
from corpora.sheets.words import YesNo
from corpora.sheets.workbook import TableRow
from corpora.source import Severity


@dataclass(frozen=True, slots=True)
class Fields:
    """What a row says by field, and the columns whose cells could not be read."""

    row: int
    values: dict[str, Any]
    bad: frozenset[int]


@dataclass(frozen=True, slots=True)
class Seat:
    """A cell of a sheet; column 0 is the whole row."""

    sheet: str
    row: int
    column: int = 0
    heading: str = ""


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one sheet below its headings."""

    file: str
    sheet: str
    kind: SheetKind
    heading: Heading
    cleaner: Cleaner
    found: Findings
    numeric: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    _places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._places = {column.field: place for place, column in self.heading.columns.items()}

    def is_example(self, row: TableRow) -> bool:
        """Whether the row shows how to fill in; its id says so."""
        cell = row.cells.get(self._places.get(self.kind.key.field, 0))
        return cell is not None and str(cell.value).strip().startswith(EXAMPLE_MARK)

    def read(self, row: TableRow) -> Fields:
        """The fields of a row; what cannot be read is left out and goes to ``found``."""
        values: dict[str, Any] = {}
        bad: set[int] = set()
        for place, column in self.heading.columns.items():
            if (cell := row.cells.get(place)) is None:
                continue
            try:
                value = self._value(column, cell, row.number, place)
            except CellProblem as problem:
                bad.add(place)
                self.problem(self.seat(row.number, column.field), str(problem))
                continue
            if value not in (None, "", []):
                values[column.field] = value
        for place, cell in row.cells.items():
            named = place in self.heading.columns or place in self.heading.ignored
            if not named and cell.holds is not Holds.FORMULA:
                seat = Seat(self.sheet, row.number, place)
                self.problem(seat, "这一列没有列名，内容不知道是什么，请补上列名或删去")
        return Fields(row.number, values, frozenset(bad))

    def seat(self, row: int, field: str) -> Seat:
        """Where a field of a row stands."""
        if (place := self._places.get(field, 0)) == 0:
            return Seat(self.sheet, row)
        return Seat(self.sheet, row, place, self.heading.columns[place].heading)

    def problem(self, seat: Seat, problem: str, severity: Severity = Severity.ERROR) -> None:
        """Notes a problem of a cell."""
        self.found.add(problem_at(self.file, seat, problem, severity))

    def finish(self) -> None:
        """Says once a column what would be said of many of its cells."""
        for place, (count, row, text) in sorted(self.numeric.items()):
            seat = Seat(self.sheet, row, place, self.heading.columns[place].heading)
            more = f"，本列共{count}个" if count > 1 else ""
            self.problem(
                seat,
                f"“{text}”是数字格式{more}：以0开头的编码会丢掉前面的0，请核对，并把该列设为文本",
                Severity.WARNING,
            )

    def _value(self, column: Column, cell: Cell, row: int, place: int) -> Any:
        match column.form:
            case Form.TEXT:
                return self._cleaned(cells.wording(cell), row, place)
            case Form.LINES:
                return self._each(cells.lines(cells.wording(cell)), row, place)
            case Form.NAMES:
                return self._each(cells.entries(cell, cells.wording(cell)), row, place)
            case Form.CODE:
                return self._code(cell, row, place)
            case Form.CODES:
                return cells.entries(cell, self._code(cell, row, place))
            case Form.CHOICE | Form.YES_NO:
                return _chosen(column, cells.plain_text(cell))
            case Form.DATE:
                return cells.date(cell)
            case Form.WHOLE:
                return cells.whole(cell)
            case Form.AMOUNT:
                return cells.amount(cell)
            case Form.ALLOWANCES:
                return cells.allowances(cells.wording(cell))

    def _code(self, cell: Cell, row: int, place: int) -> str:
        text = cells.code(cell)
        if (
            cell.holds is Holds.NUMBER
            and not cell.zeros
            and self.heading.columns[place].form is Form.CODES
        ):
            count, first, shown = self.numeric.get(place, (0, row, text))
            self.numeric[place] = count + 1, first, shown
        return text

    def _cleaned(self, text: str, row: int, place: int) -> str:
        return self.cleaner.text(
            text,
            lambda: (
                f"{self.sheet}!{letters(place)}{row}" if self.sheet else f"{letters(place)}{row}"
            ),
        ).strip()

    def _each(self, texts: list[str], row: int, place: int) -> list[str]:
        """Each entry alone: joined lines would be another list."""
        cleaned = (" ".join(self._cleaned(text, row, place).split("\n")) for text in texts)
        return [text for text in cleaned if text]


def problem_at(
    file: str, seat: Seat, problem: str, severity: Severity = Severity.ERROR
) -> TableProblem:
    """A problem of a cell."""
    column = letters(seat.column) if seat.column else ""
    return TableProblem(
        file, seat.row, seat.heading, problem, severity, sheet=seat.sheet, column=column
    )


def _chosen(column: Column, text: str) -> object:
    if column.choices is None:
        raise AssertionError(column)
    value = column.choices.value(text)
    if value is None:
        raise CellProblem(column.choices.unknown(text))
    return value == YesNo.YES if column.form is Form.YES_NO else value
