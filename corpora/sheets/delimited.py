"""CSV files as rows of cells: UTF-8 with or without a mark, GB18030, UTF-16; any usual separator."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from corpora.messages import system_reason
from corpora.sheets.cells import Cell
from corpora.sheets.workbook import TableRow, UnusableBook

_CHUNK: Final = 2**20
_SEPARATORS: Final = (",", "\t", ";", "，")
_LONGEST: Final = 1_000_000
_HEAD: Final = 64 * 2**10
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Delimited:
    """A CSV file that can be walked any number of times."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.encoding = _encoding(path)
            with path.open(encoding=self.encoding, newline="") as file:
                head = file.read(_HEAD)
        except OSError as error:
            problem = f"读不出来（{system_reason(error)}），请检查路径和权限"
            raise UnusableBook(problem) from error
        if not head.strip():
            raise UnusableBook("是空文件；第一行应是“编号,标题,子库…”这样的表头")
        if "\x00" in head:
            raise UnusableBook("是二进制文件，不是CSV；请另存为UTF-8的CSV或.xlsx")
        first = head.partition("\n")[0]
        self._separator = max(_SEPARATORS, key=first.count)

    def rows(self) -> Iterator[TableRow]:
        """The rows that hold anything, numbered as a spreadsheet would show them."""
        csv.field_size_limit(_LONGEST)
        with self._path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self._separator, strict=True)
            number = 0
            try:
                for number, values in enumerate(reader, 1):
                    cells = {
                        place: Cell(value.replace("\r\n", "\n").replace("\r", "\n"))
                        for place, value in enumerate(values, 1)
                        if value.strip()
                    }
                    if cells:
                        yield TableRow(number, cells)
            except csv.Error as error:
                raise UnusableBook(
                    f"第{number + 1}行读不出来，引号没有成对或内容太长；请检查后重新导出"
                ) from error


def _encoding(path: Path) -> str:
    """The first encoding in which all of the file can be read."""
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnusableBook("不是UTF-8也不是GB18030编码；请另存为“CSV UTF-8”")
