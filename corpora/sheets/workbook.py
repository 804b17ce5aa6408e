"""The door to the spreadsheet library for reading: a file in, rows of plain cells out, one by one.

Whatever is wrong with the file itself is one Chinese line.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS

from corpora.messages import system_reason
from corpora.sheets.cells import Cell, Holds, Value
from corpora.sheets.strings import SharedStrings

_MOST_UNPACKED: Final = 4 * 2**30  # 200,000 rows unpack to some 0.5 GB
_MOST_PARTS: Final = 5_000
_MOST_COLUMNS: Final = 300
_LAST_ROW: Final = 1_048_576
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_CHUNK: Final = 2**20
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_ZEROS: Final = re.compile(r"0{2,}")
_KINDS: Final = {"e": Holds.ERROR, "b": Holds.TRUTH, "d": Holds.DATE, "n": Holds.NUMBER}
_WINDOWS_EPOCH: Final = dt.date(1899, 12, 30)


class UnusableBook(ValueError):
    """A file that cannot be read as a workbook; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row that is not empty: its number in the sheet and its cells by column, from 1."""

    number: int
    cells: Mapping[int, Cell]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """A block of merged cells: first and last row and column."""

    top: int
    bottom: int
    left: int
    right: int


class Workbook:
    """An open workbook; a sheet can be walked any number of times."""

    def __init__(self, path: Path) -> None:
        if problem := _not_a_workbook(path):
            raise UnusableBook(problem)
        with ExitStack() as opened:
            file = opened.enter_context(path.open("rb"))
            with _mended():
                self._reader = _Reader(file)
                opened.callback(self._reader.close)
                self._reader.read()
            self._opened = opened.pop_all()
        self._book: Any = self._reader.wb

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    @property
    def sheets(self) -> dict[str, bool]:
        """The sheets by name, and whether one is hidden."""
        return {sheet.title: sheet.sheet_state != "visible" for sheet in self._book.worksheets}

    def rows(self, name: str) -> Iterator[TableRow]:
        """The rows of a sheet that hold anything."""
        sheet: Any = self._book[name]
        formats = [_zeros(self._book, style) for style in self._book._cell_styles]
        epoch = MAC_EPOCH.date() if self._book.epoch == MAC_EPOCH else _WINDOWS_EPOCH
        with sheet._get_source() as source:
            parser = _Parser(
                source,
                self._reader.shared_strings,
                data_only=True,
                epoch=self._book.epoch,
                date_formats=self._book._date_formats,
                timedelta_formats=self._book._timedelta_formats,
            )
            steps = iter(parser.parse())
            while True:
                with _mended():  # each step alone: what a caller does between two is its own
                    number, found = next(steps, (_LAST_ROW + 1, []))
                if number > _LAST_ROW:
                    break
                cells = {
                    raw["column"]: cell
                    for raw in found
                    if raw["column"] <= _MOST_COLUMNS
                    and (cell := _cell(raw, formats, epoch)) is not None
                }
                hidden = parser.row_dimensions.pop(str(number), {}).get("hidden") in ("1", "true")
                if cells:
                    yield TableRow(number, cells, hidden)

    def merged(self, name: str) -> list[Merged]:
        """The merged blocks of a sheet; the file names them after all of its rows."""
        found: list[Merged] = []
        sheet: Any = self._book[name]
        with _mended(), sheet._get_source() as source:
            tail = b""
            while chunk := source.read(_CHUNK):
                text = tail + chunk
                last = 0
                for match in _MERGED.finditer(text):
                    left, top, right, bottom = range_boundaries(match[1].decode())
                    found.append(Merged(int(top), int(bottom), int(left), int(right)))  # type: ignore[arg-type]
                    last = match.end()
                tail = text[max(last, len(text) - 200) :]
        return found


class _Reader(ExcelReader):
    """The library's reader with its strings on disk."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)

    def close(self) -> None:
        """Closes the archive and gives the disk space of the strings back."""
        self.archive.close()
        if isinstance(self.shared_strings, SharedStrings):
            self.shared_strings.close()

    def read_strings(self) -> None:
        """The table of shared strings, if there is one."""
        package: Any = self.package
        content = package.find(SHARED_STRINGS)
        if content is not None:
            with self.archive.open(content.PartName[1:]) as source:
                strings: Any = SharedStrings(source)
                self.shared_strings = strings


class _Parser(WorkSheetParser):
    """The library's parser, which also tells a formula without a result from an empty cell."""

    def parse_cell(self, element: Any) -> Any:
        """A cell with its computed value."""
        cell = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            cell["value"], cell["data_type"] = "", "f"
        return cell


def _cell(raw: dict[str, Any], formats: list[int], epoch: dt.date) -> Cell | None:
    value: Value = raw["value"]
    if value is None:
        return None
    if raw["data_type"] == "f":
        return Cell(value, Holds.FORMULA)
    holds = _KINDS.get(raw["data_type"], Holds.TEXT)
    if isinstance(value, str):
        # a line break that was pasted from Windows
        value = value.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
        if not value.strip():
            return None
        return Cell(value, Holds.ERROR if holds is Holds.ERROR else Holds.TEXT)
    style = int(raw["style_id"] or 0)
    zeros = formats[style] if style < len(formats) else 0
    return Cell(value, holds, zeros, epoch)


def _zeros(book: Any, style: Any) -> int:
    """The digits of a format like 00000000, which shows 1234 as 00001234."""
    custom = style.numFmtId - 164
    if not 0 <= custom < len(book._number_formats):
        return 0
    shown = book._number_formats[custom]
    return len(shown) if _ZEROS.fullmatch(shown) else 0


class _mended:  # noqa: N801 - a context like a function
    """Turns whatever the library stumbles over into one line."""

    def __enter__(self) -> None:
        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")  # of decoration that the library leaves out

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._quiet.__exit__(kind, error, trace)
        if isinstance(error, Exception) and not isinstance(error, UnusableBook):
            raise UnusableBook("工作簿损坏，读不出来；请用Excel或WPS打开后另存为.xlsx") from error


def _not_a_workbook(path: Path) -> str:
    """Why the file is no workbook that can be opened; "" where it is one."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if head == _OLE:
                rest = file.read(_CHUNK)
                if "EncryptedPackage".encode("utf-16-le") in rest:
                    return "设了打开密码；请在Excel或WPS里取消密码后再保存"
                return "是旧的.xls工作簿；请另存为.xlsx"
            if not head:
                return "是空文件；请给一个.xlsx工作簿"
            if not head.startswith(_ZIP):
                return "不是Excel工作簿；请另存为.xlsx，文本表格请用.csv"
            with zipfile.ZipFile(file) as archive:
                parts = archive.infolist()
    except OSError as error:
        return f"读不出来（{system_reason(error)}），请检查路径和权限"
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return "是Excel工作簿，但不完整；请重新下载或另存"
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        return "设了打开密码；请在Excel或WPS里取消密码后再保存"
    if "content.xml" in names:
        return "是OpenDocument表格（.ods）；请另存为.xlsx"
    if "xl/workbook.bin" in names:
        return "是二进制工作簿（.xlsb）；请另存为.xlsx"
    if "xl/workbook.xml" not in names:
        return "是压缩文件，但不是Excel工作簿；请给.xlsx"
    unpacked = sum(part.file_size for part in parts)
    if unpacked > _MOST_UNPACKED or len(parts) > _MOST_PARTS:
        return f"解开后有{unpacked // 2**20}MB、{len(parts)}个部分，太大了；请拆成几个工作簿"
    return ""
