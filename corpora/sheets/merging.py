"""Merged cells: every row below reads what the first one says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from corpora.sheets.cells import Cell
from corpora.sheets.workbook import Merged, TableRow


def filled(rows: Iterable[TableRow], merged: Sequence[Merged]) -> Iterator[TableRow]:
    """The rows, with the value of a block of one column in every row that it covers."""
    blocks = {(block.top, block.left): block for block in merged if block.left == block.right}
    if not blocks:
        yield from rows
        return
    open_until: dict[int, tuple[int, Cell]] = {}
    for row in rows:
        cells = dict(row.cells)
        for column, (bottom, cell) in list(open_until.items()):
            if row.number > bottom:
                del open_until[column]
            else:
                cells.setdefault(column, cell)
        for column, cell in row.cells.items():
            if (block := blocks.get((row.number, column))) is not None:
                open_until[column] = block.bottom, cell
        yield replace(row, cells=cells)
