"""Items → the workbook that brings them back, so that editors can change and re-import them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from corpora.sheets import columns
from corpora.sheets.item_rows import Unkeepable, item_columns, rows_of
from corpora.sheets.template import write_help
from corpora.sheets.writing import Book
from corpora.types import CorporaError, KnowledgeItem


class ExportError(CorporaError):
    """Items that a workbook would change; the message names them, one a line."""


def write_items(items: Iterable[KnowledgeItem], path: Path) -> int:
    """Writes items in the layout of the template and says how many; all of them or no file."""
    book = Book()
    book.sheet(columns.ITEMS, item_columns())
    for kind in columns.CHILDREN:
        book.sheet(kind, kind.columns)
    problems: list[Unkeepable] = []
    count = 0
    for item in items:
        try:
            rows = list(rows_of(item))
        except Unkeepable as problem:
            problems.append(problem)
            continue
        for kind, values in rows:
            book.row(kind, values)
        count += 1
    if problems:
        book.discard()
        raise ExportError("\n".join(map(str, problems)))
    write_help(book)
    book.save(path)
    return count
