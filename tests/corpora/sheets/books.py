"""Workbooks and CSV files as people make them, and what reading them gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from corpora.regions import Regions
from corpora.sheets.assembly import Registers
from corpora.sheets.cleaner import Clean, Cleaner, untouched
from corpora.sheets.reading import Propose, TableRead, TableReading
from corpora.sheets.staging import Staging
from corpora.types import KnowledgeItem

Rows = Sequence[Sequence[Any]]

HEADINGS = ("编号", "标题", "子库", "简介(客户口径)")
ONE = ("biz-a", "流量月包", "业务知识库", "流量月包每月10元。")


@dataclass(frozen=True)
class Read:
    """What came of a table."""

    items: list[KnowledgeItem]
    table: TableRead
    cleaner: Cleaner

    @property
    def errors(self) -> list[str]:
        return [str(problem) for problem in self.table.found.errors]

    @property
    def warnings(self) -> list[str]:
        return [str(problem) for problem in self.table.found.warnings]

    @property
    def only(self) -> KnowledgeItem:
        """The one item of a sound table."""
        assert self.errors == []
        (item,) = self.items
        return item


def book(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """A workbook with these sheets."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    made.save(path)
    return path


def read(
    path: Path,
    *,
    registers: Registers | None = None,
    clean: Clean = untouched,
    propose: Propose | None = None,
) -> Read:
    """Everything that a table gives."""
    cleaner = Cleaner(clean)
    with Staging() as staging:
        reading = TableReading(
            path,
            staging,
            registers or Registers(Regions(), {}),
            cleaner=cleaner,
            propose=propose,
            told=lambda step, done, total: None,
        )
        table = reading.read()
        return Read(list(staging.items()), table, cleaner)


def read_items(path: Path, *rows: Sequence[Any], headings: Sequence[str] = HEADINGS) -> Read:
    """What a workbook with one sheet of items gives."""
    return read(book(path, {"条目": [headings, *rows]}))
