"""questions.xlsx: every question of a run with what came of it, and where people write their own
verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from eval.book.marks import SHEET as MARK_SHEET
from eval.book.marks import mark_rows
from eval.book.overview import overview_rows
from eval.book.question_columns import SHEET, SHOWN, TO_FILL_IN
from eval.book.writing import Book, Column, Row, Tint, Value
from eval.stored import FaqRun
from eval.verdict import Verdict

_TOLD_IN_MENDING: Final = 24.0  # width of a column whose heading says nothing about its texts


def write_questions_book(
    run: FaqRun, path: Path, mending: Sequence[Mapping[str, object]] = ()
) -> None:
    """Writes questions.xlsx in one step; ``mending`` are the rows of sheet 整改 by heading."""
    columns = [column for column, _ in SHOWN]
    book = Book(f"评测题目 {run.name}")
    book.table(SHEET, [*columns, *TO_FILL_IN], map(_row, run.verdicts), frozen=2)
    book.page("概况", (30, 14, 10, 14, 14, 14, 16), overview_rows(run), figures=True)
    headings = list(dict.fromkeys(name for row in mending for name in row))
    rows = [Row([_plain(row.get(name)) for name in headings]) for row in mending]
    if headings:
        book.table("整改", [Column(name, _TOLD_IN_MENDING) for name in headings], rows)
    else:
        book.page("整改", (40,), [("没有需要整改的条目", "")])
    book.page("说明", (14, 90), _help([*columns, *TO_FILL_IN]))
    book.page(MARK_SHEET, (18, 60), mark_rows(run), hidden=True)
    book.save(path)


def _row(verdict: Verdict) -> Row:
    tint = Tint.NONE
    if verdict.judged and not verdict.right:
        tint = Tint.FATAL if verdict.fatal else Tint.WRONG
    values = [value(verdict) for _, value in SHOWN]
    return Row([*values, *("" for _ in TO_FILL_IN)], tint)


def _plain(value: object) -> Value:
    """A value of a mending row as a cell holds it; whatever is no plain value as its text."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "是", False: "否"}[value]
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(map(str, value))
    return str(value)


def _help(columns: Sequence[Column]) -> list[tuple[str, ...]]:
    return [
        ("怎么填写",),
        ("1", "在“题目”表里只填黄色表头的列，其他列请不要改；可以只填一部分题。"),
        ("2", "先填初评。责任部门不同意时写申诉，再由质检填终评；没有初评不能填终评。"),
        (
            "3",
            "“对”也可以写 √、是、1、TRUE，“错”也可以写 ×、否、0、FALSE。判“错”的请选原因。",
        ),
        ("4", "没有填的题按机器判定计：终评空着用初评，初评也空着用机器判定。"),
        ("5", "填好保存为 .xlsx，用 zhiku eval review 评测目录 questions.xlsx 读回。"),
        ("6", "浅红的行是机器判错的题，深红的行有致命错误。"),
        ("各列的意思",),
        *((column.heading, column.about) for column in columns),
    ]
