"""A questions.xlsx that people filled in, read back and checked against its run."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from corpora.messages import nearest
from corpora.source import Problem, Severity
from eval.book import words
from eval.book.figures import Remark, Review, ReviewFigures, reviewed
from eval.book.marks import SHEET as MARK_SHEET
from eval.book.marks import other_run
from eval.book.opening import Sheet, open_book
from eval.book.question_columns import APPEAL, CAUSE, FINAL, FIRST, ID, NOTE, QUESTION, SHEET
from eval.book.table import RowReader, read_table, sheet_named
from eval.book.texts import safe
from eval.errors import BookError
from eval.stages import Cause
from eval.stored import FaqRun

__all__ = ["Remark", "Review", "ReviewFigures", "has_remarks", "read_review", "reviewed"]

_FILLED_IN: Final = (FIRST, APPEAL, FINAL, CAUSE, NOTE)
_NO_APPEAL: Final = frozenset({"无", "没有", "否", "不申诉", "-", "—", "/"})
_CAUSES: Final = words.Words({cause.value: cause.value for cause in Cause})


def read_review(path: Path, run: FaqRun) -> Review:
    """What people wrote; ``BookError`` holds every mistake with its cell."""
    sheets = open_book(path)
    known = _run_rows(sheets.get(MARK_SHEET))
    if problem := other_run(known, run):
        raise BookError([Problem(str(path), 1, MARK_SHEET, problem)])
    problems: list[Problem] = []
    sheet = sheet_named(sheets, SHEET, path)
    table = read_table(path, sheet, (ID, QUESTION, *_FILLED_IN), problems)
    texts = {verdict.question.id: verdict.question.question for verdict in run.verdicts}
    remarks: dict[str, Remark] = {}
    rows: dict[str, int] = {}
    if ID in table.columns:  # without it, every row would be a mistake
        for row in table.rows():
            remark = _remark(row)
            name = _known_id(row, texts, rows)
            if name:
                rows[name] = row.row
                remarks[name] = remark
                _warn_of_edits(row, texts[name])
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise BookError(sorted(errors, key=lambda problem: problem.line))
    if left_out := [name for name in texts if name not in rows]:
        text = f"少了 {len(left_out)} 题（{'、'.join(left_out[:5])}），按机器判定计"
        problems.append(Problem(str(path), 1, f"{sheet.name} {ID}", text, Severity.WARNING))
    said = {name: remark for name, remark in remarks.items() if remark != Remark()}
    return Review(said, tuple(problems))


def has_remarks(path: Path) -> bool:
    """Whether people wrote anything into a workbook: then it must not be written over."""
    sheet = open_book(path).get(SHEET)
    if sheet is None:
        return False
    table = read_table(path, sheet, (), [], known=_FILLED_IN)
    return next(table.rows(), None) is not None


def _run_rows(sheet: Sheet | None) -> dict[str, str]:
    """The rows of the sheet that names the run."""
    if sheet is None:
        return {}
    return {
        str(cell.value): str(sheet.cells[row, 2].value)
        for (row, place), cell in sheet.cells.items()
        if place == 1 and (row, 2) in sheet.cells
    }


def _known_id(row: RowReader, texts: dict[str, str], rows: dict[str, int]) -> str:
    name = row.text(ID)
    if not name:
        if row.is_empty(ID):
            row.note(ID, "是空的；填回原来的题号，或删去这一行")
    elif name not in texts:
        row.note(ID, f"这次评测没有题号“{name}”{nearest(name, texts)}；请改回原来的题号")
    elif name in rows:
        row.note(ID, f"“{name}”与第 {rows[name]} 行重复，只留一行")
    else:
        return name
    return ""


def _remark(row: RowReader) -> Remark:
    first, final = _mark(row, FIRST), _mark(row, FINAL)
    appeal = row.mark(APPEAL)
    if words.folded(appeal) in _NO_APPEAL:
        appeal = ""
    if final is not None and first is None and row.is_empty(FIRST):
        row.note(FINAL, "填了终评，没有初评；请补上初评")
    if appeal and final is None and row.is_empty(FINAL):
        row.note(APPEAL, "有申诉，还没有终评；现在按初评计", Severity.WARNING)
    return Remark(first, appeal, final, row.member(CAUSE, _CAUSES), row.mark(NOTE))


def _mark(row: RowReader, heading: str) -> bool | None:
    written = row.mark(heading)
    if not written:
        return None
    found = words.mark(written)
    if found is None:
        row.note(
            heading,
            f"“{written}”不是结论；请选“{words.RIGHT}”或“{words.WRONG}”（√、是、1、TRUE 和 ×、否、0、FALSE 也行）",
        )
    return found


def _warn_of_edits(row: RowReader, question: str) -> None:
    # a spreadsheet may change spaces and how it spells rare characters, never words
    if _plain(row.mark(QUESTION)) != _plain(safe(question)):
        row.note(
            QUESTION, "题目的文字改过了，不会被采用；要改题目请改题集后重新评测", Severity.WARNING
        )


def _plain(text: str) -> str:
    return words.folded(text).replace("x005f_", "")
