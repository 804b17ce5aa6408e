"""The door to the spreadsheet library for reading: a file in, plain cells out.

Whatever is wrong with the file itself is one Chinese line; limits keep a small file from filling
the memory when it is unpacked.
"""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from openpyxl import load_workbook

from corpora.messages import system_reason
from corpora.source import Problem
from eval.errors import BookError

Read: TypeAlias = str | int | float | bool | dt.date | dt.time | dt.timedelta | None


class Holds(StrEnum):
    """What a cell holds, as far as reading it differs."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DATE = "date"
    FORMULA = "formula"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not empty; ``plain`` is false where a format shows other digits than it holds."""

    value: Read
    holds: Holds
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a sheet: (row, column), both counted from 1, → cell; and its last row."""

    name: str
    cells: dict[tuple[int, int], Cell]
    rows: int
    columns: int


_MOST_BYTES: Final = 50 * 2**20
_MOST_UNPACKED: Final = 200 * 2**20
_MOST_PARTS: Final = 2_000
MOST_ROWS: Final = 100_000
_LAST_ROW: Final = 1_048_576  # of any sheet
_MOST_COLUMNS: Final = 200  # nobody reads what stands further right
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PLAIN_FORMATS: Final = frozenset({"General", "0", "@", "#,##0", "0.00", "0.000", "#,##0.###"})
_KINDS: Final = {
    "f": Holds.FORMULA,
    "e": Holds.ERROR,
    "b": Holds.TRUTH,
    "d": Holds.DATE,
    "n": Holds.NUMBER,
}


def open_book(path: Path) -> dict[str, Sheet]:
    """The sheets of a workbook by name; ``BookError`` says why it cannot be opened."""
    content = _content(path)
    if problem := _not_a_workbook(content):
        raise _refused(path, problem)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of decoration that the library leaves out
            book = load_workbook(BytesIO(content), read_only=True)
            sheets = {sheet.title: _sheet(sheet) for sheet in book.worksheets}
            book.close()
    except _TooLong as error:
        raise _refused(path, str(error)) from error
    except Exception as error:
        raise _refused(
            path, "工作簿损坏，读不出来；请用 Excel 或 WPS 打开后另存为 .xlsx"
        ) from error
    if not sheets:
        raise _refused(path, "工作簿里没有工作表；请用 zhiku 写出的工作簿")
    return sheets


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _refused(path, f"大于 {_MOST_BYTES // 2**20}MB，请删去多余的工作表或拆成几个")
        return path.read_bytes()
    except OSError as error:
        raise _refused(path, f"读不出来（{system_reason(error)}），请检查路径和权限") from error


def _not_a_workbook(content: bytes) -> str:
    """Why the bytes are no workbook that can be opened; "" where they are one."""
    if not content:
        return "是空文件；请给一个 .xlsx 工作簿"
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return "设了打开密码；请在 Excel 或 WPS 里取消密码后再保存"
        if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
            return "是旧的 .xls 工作簿；请另存为 .xlsx"
    if not content.startswith(_ZIP):
        return "不是 Excel 工作簿；请给 .xlsx，CSV 和文本要先在 Excel 或 WPS 里另存为 .xlsx"
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return "文件不完整；请重新下载或另存"
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        return "设了打开密码；请在 Excel 或 WPS 里取消密码后再保存"
    if "content.xml" in names:
        return "是 OpenDocument 表格（.ods）；请另存为 .xlsx"
    if "xl/workbook.bin" in names:
        return "是二进制工作簿（.xlsb）；请另存为 .xlsx"
    if "xl/workbook.xml" not in names:
        return "是压缩文件，但不是 Excel 工作簿；请给 .xlsx"
    # reading stops where a part exceeds the size that it declares, so these can be believed
    unpacked = sum(part.file_size for part in parts)
    if unpacked > _MOST_UNPACKED or len(parts) > _MOST_PARTS:
        return f"解开后有 {unpacked // 2**20}MB、{len(parts)} 个部分，太大了；请删去多余的内容"
    return ""


class _TooLong(Exception):
    """A sheet with more rows than anybody fills in."""


def _sheet(sheet: Any) -> Sheet:
    sheet.reset_dimensions()  # what a file says about its size is often wrong
    cells: dict[tuple[int, int], Cell] = {}
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > _LAST_ROW:
            break  # a damaged row number would go on for ever
        for place, cell in enumerate(row[:_MOST_COLUMNS], 1):
            if cell.value is not None and (found := _cell(cell)) is not None:
                cells[number, place] = found
                if number > MOST_ROWS:
                    raise _TooLong(f"工作表“{sheet.title}”超过 {MOST_ROWS} 行；请拆成几个工作簿")
    rows = max((row for row, _ in cells), default=0)
    return Sheet(sheet.title, cells, rows, max((place for _, place in cells), default=0))


def _cell(cell: Any) -> Cell | None:
    value = cell.value
    holds = _KINDS.get(cell.data_type, Holds.TEXT)
    if holds is Holds.FORMULA:
        return Cell(str(value), holds)
    if isinstance(value, str):
        if holds is not Holds.ERROR:
            holds = Holds.TEXT
        # a line break that was pasted from Windows
        value = value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
        return Cell(value, holds) if value.strip() else None
    if isinstance(value, bool):
        return Cell(value, Holds.TRUTH)
    if isinstance(value, int | float):
        return Cell(value, Holds.NUMBER, cell.number_format in _PLAIN_FORMATS)
    return Cell(value, Holds.DATE)


def _refused(path: Path, problem: str) -> BookError:
    return BookError([Problem(str(path), 1, "文件", problem)])
