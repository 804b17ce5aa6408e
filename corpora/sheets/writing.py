"""The door to the spreadsheet library for writing: rows in, a workbook to fill in out."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from corpora.sheets.columns import Column, Form, SheetKind
from corpora.sheets.findings import letters
from corpora.sheets.item_rows import Value

_FILLED_BELOW: Final = 20_000  # rows that have drop-downs
_HEAD: Final = PatternFill("solid", fgColor="FFDDE7F3")
_HEAD_NEEDED: Final = PatternFill("solid", fgColor="FFFFE58A")
_EXAMPLE: Final = PatternFill("solid", fgColor="FFEFEFEF")
_FONT: Final = Font(name="微软雅黑", size=10)
_BOLD: Final = Font(name="微软雅黑", size=10, bold=True)
_GREY: Final = Font(name="微软雅黑", size=10, italic=True, color="FF808080")
_TOP: Final = Alignment(wrap_text=True, vertical="top")
_MIDDLE: Final = Alignment(wrap_text=True, vertical="center")
_FIRST_DAY: Final = 32_874  # 1990-01-01
_LAST_DAY: Final = 73_415  # 2100-12-31
_FORMATS: Final = {
    Form.DATE: "yyyy-mm-dd",
    Form.WHOLE: "General",
    Form.AMOUNT: "General",
}
_TEXT: Final = "@"  # what people type stays as they type it: 007, 1-2, 10086


class Book:
    """A workbook under construction; rows go to disk as they come."""

    def __init__(self) -> None:
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "知库"
        self._sheets: dict[str, Any] = {}
        self._columns: dict[str, tuple[Column, ...]] = {}

    def sheet(self, kind: SheetKind, columns: Sequence[Column]) -> None:
        """Begins a sheet: headings that stay in view, widths, formats and drop-downs."""
        sheet: Any = self._book.create_sheet(kind.name)
        self._sheets[kind.name] = sheet
        self._columns[kind.name] = tuple(columns)
        sheet.freeze_panes = "C2"
        for place, column in enumerate(columns, 1):
            dimension = sheet.column_dimensions[letters(place)]
            dimension.width = column.width
            dimension.number_format = _FORMATS.get(column.form, _TEXT)
            if (offered := _validation(column)) is not None:
                offered.add(f"{letters(place)}2:{letters(place)}{_FILLED_BELOW}")
                sheet.data_validations.append(offered)
        sheet.append([self._head(sheet, column) for column in columns])

    def row(self, kind: SheetKind, values: Sequence[Value], *, example: bool = False) -> None:
        """Adds a row; one that is an example is grey."""
        sheet = self._sheets[kind.name]
        columns = self._columns[kind.name]
        sheet.append(
            [
                _cell(sheet, value, column.form, example=example)
                for value, column in zip(values, columns, strict=True)
            ]
        )

    def page(self, name: str, widths: Sequence[int], rows: Sequence[Sequence[str]]) -> None:
        """A sheet to read; a row of one text is a heading."""
        sheet: Any = self._book.create_sheet(name)
        for place, width in enumerate(widths, 1):
            sheet.column_dimensions[letters(place)].width = width
        for values in rows:
            cells = [_text(sheet, value) for value in values]
            for cell in cells:
                cell.font = _BOLD if len(values) == 1 else _FONT
                cell.alignment = Alignment() if len(values) == 1 else _TOP
            sheet.append(cells)

    def save(self, path: Path) -> None:
        """Writes the workbook in one step, or leaves what was there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            made = Path(file.name)
        try:
            self._book.save(made)
            made.chmod(0o666 & ~_umask())  # a temporary file is closed to everybody else
            os.replace(made, path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise

    def discard(self) -> None:
        """Throws the rows away; the library keeps files open until a workbook is saved."""
        with TemporaryFile() as nowhere:
            self._book.save(nowhere)

    def _head(self, sheet: Any, column: Column) -> Any:
        cell = _text(sheet, column.heading)
        cell.font, cell.alignment = _BOLD, _MIDDLE
        cell.fill = _HEAD_NEEDED if column.needed else _HEAD
        return cell


def _cell(sheet: Any, value: Value, form: Form, *, example: bool) -> Any:
    if value is None and not example:
        return None
    held: Any = value
    cell = _text(sheet, value) if isinstance(value, str) else WriteOnlyCell(sheet, held)
    cell.font, cell.alignment = _GREY if example else _FONT, _TOP
    cell.number_format = _FORMATS.get(form, _TEXT)
    if isinstance(value, str):
        cell.number_format = _TEXT
    elif isinstance(value, dt.date):
        cell.number_format = _FORMATS[Form.DATE]
    if example:
        cell.fill = _EXAMPLE
    return cell


def _text(sheet: Any, value: str) -> Any:
    cell: Any = WriteOnlyCell(sheet, value)
    cell.data_type = "s"  # not what it looks like: =1+1 and #N/A are texts here
    if value.startswith(("=", "+", "-", "@")):
        cell.quotePrefix = True  # nor is it computed when somebody edits it
    return cell


def _validation(column: Column) -> DataValidation | None:
    heading = column.heading
    if column.choices is not None:
        offered = column.choices.choices
        rule = DataValidation(type="list", formula1=f'"{",".join(offered)}"', allow_blank=True)
        rule.error = f"请从下拉里选：{'、'.join(offered)}"[:255]
    elif column.form is Form.DATE:
        rule = DataValidation(
            type="date", operator="between", formula1=str(_FIRST_DAY), formula2=str(_LAST_DAY),
            allow_blank=True, errorStyle="warning",
        )  # fmt: skip
        rule.error = "请写日期，如2026-12-01；不限期的留空"
    elif column.form in (Form.WHOLE, Form.AMOUNT):
        rule = DataValidation(
            type="whole" if column.form is Form.WHOLE else "decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True,
            errorStyle="warning",
        )  # fmt: skip
        rule.error = "请只写数字，不带单位"
    else:
        return None
    rule.errorTitle = heading[:32]
    rule.showErrorMessage = True
    return rule


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
