"""The door to the spreadsheet library for writing: plain values in, a formatted workbook out."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from eval.book.texts import letters, looks_like_formula, safe
from eval.stored import write_whole

Value: TypeAlias = str | int | float | dt.date | None


class Form(StrEnum):
    """How the values of a column are shown; ``TEXT`` keeps what people type as they type it."""

    WORDS = "General"
    TEXT = "@"
    COUNT = "#,##0.###"
    SHARE = "0.0%"
    SCORE = "0.000"
    DATE = "yyyy-mm-dd"


class Tint(StrEnum):
    """The ground of a row or a column: what is wrong, what is fatal, where people write."""

    NONE = ""
    WRONG = "FFFDECEA"
    FATAL = "FFF8C9C4"
    FILL_IN = "FFFFF9DB"
    HEAD = "FFDDE7F3"
    HEAD_FILL_IN = "FFFFE58A"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, what it means, and what it may hold."""

    heading: str
    width: float
    about: str = ""
    form: Form = Form.WORDS
    choices: tuple[str, ...] = ()
    fill_in: bool = False
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, in the order of its columns."""

    values: Sequence[Value]
    tint: Tint = Tint.NONE


_LINE_HEIGHT: Final = 15.0  # points
_MOST_LINES: Final = 12  # a row that fills the screen hides its neighbours
_LONGEST_LIST: Final = 255  # characters of a drop-down; spreadsheets refuse a longer one
_THIN: Final = Side(style="thin", color="FFD5D9DF")
_EDGES: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


class Book:
    """A workbook under construction; ``save`` writes it in one step."""

    def __init__(self, title: str) -> None:
        self._book = Workbook()
        self._book.remove(self._book.worksheets[0])
        self._book.properties.creator = "知库"
        self._book.properties.title = safe(title)
        self._styles: dict[tuple[Form, Tint, bool], Any] = {}

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Iterable[Row],
        *,
        spare: int = 0,
        frozen: int = 0,
    ) -> None:
        """A sheet with headings that stay in view, a filter, drop-downs and wrapped texts.

        ``spare`` empty rows take the drop-downs too; ``frozen`` columns stay in view.
        """
        sheet: Worksheet = self._book.create_sheet(name)
        self._heads(sheet, columns)
        last = 1
        for last, row in enumerate(rows, 2):
            self._row(sheet, last, columns, row)
        sheet.freeze_panes = f"{letters(frozen + 1)}2"
        sheet.auto_filter.ref = f"A1:{letters(len(columns))}{last}"
        for place, column in enumerate(columns, 1):
            if column.choices and last + spare > 1:
                _offer(sheet, column, f"{letters(place)}2:{letters(place)}{last + spare}")
        _fit_to_width(sheet)
        sheet.print_title_rows = "1:1"

    def page(
        self,
        name: str,
        widths: Sequence[float],
        rows: Iterable[Sequence[Value]],
        *,
        figures: bool = False,
        hidden: bool = False,
    ) -> None:
        """A sheet to read: a row whose first value stands alone is a heading.

        ``figures`` puts the columns of longer rows below each other, right-aligned.
        """
        sheet: Worksheet = self._book.create_sheet(name)
        for place, width in enumerate(widths, 1):
            sheet.column_dimensions[letters(place)].width = width
        for number, values in enumerate(rows, 1):
            is_heading = len(values) == 1
            for place, value in enumerate(values, 1):
                form = Form.SHARE if isinstance(value, float) else Form.WORDS
                self._cell(sheet, number, place, value, form, Tint.NONE, bold=is_heading)
                if is_heading or figures:  # what is long may run on over empty cells
                    side = "right" if place > 1 and len(values) > 2 else None
                    sheet.cell(number, place).alignment = Alignment(horizontal=side)
        _fit_to_width(sheet)
        if hidden:
            sheet.sheet_state = "hidden"

    def save(self, path: Path) -> None:
        """Writes the workbook, or leaves what was there."""
        content = BytesIO()
        self._book.save(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.getvalue())

    def _heads(self, sheet: Worksheet, columns: Sequence[Column]) -> None:
        for place, column in enumerate(columns, 1):
            tint = Tint.HEAD_FILL_IN if column.fill_in or column.needed else Tint.HEAD
            self._cell(sheet, 1, place, column.heading, Form.WORDS, tint, bold=True)
            width = sheet.column_dimensions[letters(place)]
            width.width = column.width
            # the empty rows below, too, keep 007 and 1-2 as they are typed
            width.number_format = column.form.value

    def _row(self, sheet: Worksheet, number: int, columns: Sequence[Column], row: Row) -> None:
        lines = 1
        for place, (column, value) in enumerate(zip(columns, row.values, strict=True), 1):
            tint = Tint.FILL_IN if column.fill_in else row.tint
            self._cell(sheet, number, place, value, column.form, tint)
            if isinstance(value, str):
                lines = max(lines, _lines(value, column.width))
        if lines > 1:  # not every spreadsheet program makes rows as high as their texts
            sheet.row_dimensions[number].height = min(lines, _MOST_LINES) * _LINE_HEIGHT

    def _cell(
        self,
        sheet: Worksheet,
        row: int,
        place: int,
        value: Value,
        form: Form,
        tint: Tint,
        *,
        bold: bool = False,
    ) -> None:
        cell: Any = sheet.cell(row, place)
        if isinstance(value, str):
            value = safe(value)
        cell._style = copy(self._style(form, tint, bold))
        if value == "" or value is None:
            return
        cell.value = value
        if isinstance(value, str):
            cell.data_type = (
                "s"  # not what it looks like: a text that begins with = computes nothing
            )
            if looks_like_formula(value):
                cell.quotePrefix = True  # nor when somebody edits it

    def _style(self, form: Form, tint: Tint, bold: bool) -> Any:
        """The style, made once: a cell that is styled by its parts costs ten times as much."""
        key = (form, tint, bold)
        if key not in self._styles:
            sheet = self._book.create_sheet("样式")
            cell: Any = sheet.cell(1, 1)
            cell.number_format = form.value
            cell.alignment = Alignment(wrap_text=True, vertical="center" if bold else "top")
            cell.font = Font(name="微软雅黑", size=10, bold=bold)
            if tint is not Tint.NONE:
                cell.fill = PatternFill("solid", fgColor=tint.value)
                cell.border = _EDGES
            self._styles[key] = copy(cell._style)
            self._book.remove(sheet)
        return self._styles[key]


def _fit_to_width(sheet: Worksheet) -> None:
    """Printed, a sheet is as wide as the paper and as long as it needs."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _offer(sheet: Worksheet, column: Column, cells: str) -> None:
    listed = ",".join(column.choices)
    if len(listed) > _LONGEST_LIST:
        raise ValueError(f"{column.heading}: {len(listed)} characters do not fit into a drop-down")
    validation = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
    validation.errorTitle = column.heading
    validation.error = f"请从下拉里选：{'、'.join(column.choices)}"[:255]
    validation.showErrorMessage = True
    validation.add(cells)
    sheet.add_data_validation(validation)


def _lines(text: str, width: float) -> int:
    """About how many lines a text takes; a Chinese character is as wide as two others."""
    return sum(
        math.ceil(max(1, len(line) + sum(character > "\u2e7f" for character in line)) / width)
        for line in text.split("\n")
    )
