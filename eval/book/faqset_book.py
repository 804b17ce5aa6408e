"""FAQ sets in workbooks: an empty one to fill in, one from a set, and back to a set."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import orjson

from corpora.source import Problem
from corpora.types import FacetKind, SubLibrary
from eval.book.faqset_columns import (
    COLUMNS,
    FIELD_OF,
    HELP_SHEET,
    SET_DATE,
    SET_LANGUAGE,
    SET_NAME,
    SET_NOTE,
    SET_SHEET,
    SET_VERSION,
    SHEET,
    help_rows,
    row_of,
)
from eval.book.faqset_reading import Found, read_sheets
from eval.book.texts import letters, unkeepable
from eval.book.writing import Book, Row, Value
from eval.errors import BookError
from eval.faqset import Expectation, FaqSet, Kind, Question, Split, Style, question_json
from eval.lint import mistakes
from eval.stored import write_whole
from retriever.answer import Outcome

SPARE_ROWS: Final = 3_000
"""Empty rows with drop-downs below the last question."""

_IS_EXAMPLE: Final = "还是模板里的例题；请改成自己的题，或删去这一行"
_EXAMPLE_DATE: Final = dt.date(2026, 11, 1)
_EXAMPLES: Final = (
    Question(
        id="例1",
        question="59那个套餐一个月有多少流量",
        expect=Expectation(
            Outcome.ANSWERED,
            items=("biz-qqt-59",),
            facet=FacetKind.PRICE,
            must_contain=("10GB", "100分钟"),
            must_not_contain=("20GB",),
        ),
        style=Style.COLLOQUIAL,
        kind=Kind.PRICE,
        library=SubLibrary.BUSINESS,
        tags=("套餐",),
        group="畅享59内容",
        split=Split.TEST,
        weight=320.0,
        business_line="套餐",
        department="市场部",
        channel="hotline",
    ),
    Question(
        id="例2",
        question="那个咋取消",
        expect=Expectation(Outcome.CLARIFY, clarify=("亲情网", "视频彩铃")),
        style=Style.ELLIPTIC,
        kind=Kind.HOW_TO,
        library=SubLibrary.BUSINESS,
        split=Split.TEST,
        weight=110.0,
        business_line="增值业务",
        department="客服中心",
        channel="app",
    ),
)


def write_faqset_template(path: Path) -> None:
    """Writes a workbook to fill in, with two examples, over whatever stands at ``path``."""
    _write(path, FaqSet("", _EXAMPLE_DATE, "zh", _EXAMPLES))


def faqset_to_book(faq_set: FaqSet, path: Path) -> None:
    """Writes a set as a workbook; ``BookError`` names what a spreadsheet would change."""
    problems = [
        Problem(faq_set.file, question.line, column.heading, f"{why}，写进工作簿会变；请先改正")
        for question in faq_set.questions
        for column, value in zip(COLUMNS, row_of(question), strict=True)
        if isinstance(value, str) and (why := unkeepable(value))
    ]
    problems += [
        Problem(faq_set.file, 1, heading, f"{why}，写进工作簿会变；请先改正")
        for heading, value in (
            (SET_NAME, faq_set.name),
            (SET_LANGUAGE, faq_set.language),
            (SET_VERSION, faq_set.version),
            (SET_NOTE, faq_set.note),
        )
        if (why := unkeepable(value))
    ]
    if problems:
        raise BookError(problems)
    _write(path, faq_set)


def read_faqset_book(path: Path) -> FaqSet:
    """The set that a workbook holds; ``BookError`` holds every mistake with its cell.

    Whatever ``load_sound`` refuses in a FAQ set is refused here, so what is written can be run.
    """
    found = read_sheets(path)
    problems = list(found.problems)
    if found.faq_set is not None and found.faq_set.questions:
        # what cannot be read is absent in the set: the rules would only say the same again
        known = {(problem.line, problem.field) for problem in problems}
        unsound = _unsound(path, found.faq_set, found)
        problems += [p for p in unsound if (p.line, p.field) not in known]
    if problems or found.faq_set is None:
        raise BookError(sorted(problems, key=lambda problem: (problem.line, problem.field)))
    return found.faq_set


def write_faqset(faq_set: FaqSet, path: Path) -> None:
    """Writes a set as JSONL in one step, one question a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, faqset_lines(faq_set))


def faqset_lines(faq_set: FaqSet) -> bytes:
    """The file of a set."""
    lines = [orjson.dumps(_head(faq_set)), *map(_line, faq_set.questions)]
    return b"\n".join(lines) + b"\n"


def _write(path: Path, faq_set: FaqSet) -> None:
    book = Book("题集")
    header: list[tuple[Value, ...]] = [
        ("题集（右边的格子里填写）",),
        (SET_NAME, faq_set.name, "给题集起的名字，报告里用它"),
        (SET_DATE, faq_set.as_of, "按这一天有效的知识判定"),
        (SET_LANGUAGE, faq_set.language, "zh 是中文"),
        (SET_VERSION, faq_set.version, "第几版，可不填"),
        (SET_NOTE, faq_set.note, "谁写的、怎么来的，可不填"),
    ]
    book.page(SET_SHEET, (14, 30, 40), header)
    rows = (Row(row_of(question)) for question in faq_set.questions)
    book.table(SHEET, COLUMNS, rows, spare=SPARE_ROWS, frozen=2)
    book.page(HELP_SHEET, (14, 100), help_rows())
    book.save(path)


def _unsound(path: Path, faq_set: FaqSet, found: Found) -> list[Problem]:
    """What is wrong beyond single cells; a question's line is its row."""
    examples = [
        Problem("", question.line, "id", _IS_EXAMPLE)
        for question in faq_set.questions
        if question in _EXAMPLES
    ]
    return [_at_cell(problem, path, found) for problem in (*examples, *mistakes(faq_set))]


def _at_cell(problem: Problem, path: Path, found: Found) -> Problem:
    heading = FIELD_OF.get(problem.field, problem.field)
    place = found.columns.get(heading)
    cell = f"{letters(place)}{problem.line}" if place else f"第{problem.line}行"
    text = problem.problem.replace("就用 abstain", "就把期望改为“不回答”")
    return Problem(str(path), problem.line, f"{found.sheet}!{cell} {heading}", text)


def _head(faq_set: FaqSet) -> dict[str, str]:
    return {
        "faqset": faq_set.name,
        "as_of": faq_set.as_of.isoformat(),
        "language": faq_set.language,
        **({"note": faq_set.note} if faq_set.note else {}),
        **({"version": faq_set.version} if faq_set.version else {}),
    }


def _line(question: Question) -> bytes:
    return orjson.dumps(question_json(question))
