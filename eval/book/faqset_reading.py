"""Sheets 题集 and 题目 of a workbook → a FAQ set, with every mistake named by its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.messages import nearest
from corpora.source import Problem
from corpora.types import Audience, FacetKind, SubLibrary
from eval.book import words
from eval.book.faqset_columns import (
    BELONG_TO,
    HEADINGS,
    NEEDED,
    SET_DATE,
    SET_LANGUAGE,
    SET_NAME,
    SET_NOTE,
    SET_SHEET,
    SET_VERSION,
    SHEET,
)
from eval.book.opening import Cell, Holds, Sheet, open_book
from eval.book.table import RowReader, date_in, not_a_date, read_table, sheet_named
from eval.book.texts import letters
from eval.book.words import folded
from eval.faqset import Expectation, FaqSet, Question, QuestionFilter
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Found:
    """What a workbook holds: the set, its problems, and where its columns are.

    The set is None without a date; where there are problems, what they are about is absent in it.
    """

    faq_set: FaqSet | None
    problems: tuple[Problem, ...]
    sheet: str
    columns: Mapping[str, int]


def read_sheets(path: Path) -> Found:
    """What can be read; ``BookError`` where the file or a sheet is not there at all."""
    sheets = open_book(path)
    sheet = sheet_named(sheets, SHEET, path)
    problems: list[Problem] = []
    header = _Header(path, sheet_named(sheets, SET_SHEET, path), problems)
    name, as_of = header.name(), header.date()
    table = read_table(path, sheet, NEEDED, problems, known=HEADINGS)
    questions: list[Question] = []
    if all(heading in table.columns for heading in NEEDED):
        for row in table.rows():
            questions.append(_question(row))
        if not questions:
            text = "没有题目；从第 2 行起一行写一题"
            problems.append(Problem(str(path), 2, f"{sheet.name}!第2行", text))
    faq_set = None
    if as_of is not None:
        faq_set = FaqSet(
            name,
            as_of,
            header.language(),
            tuple(questions),
            note=header.optional(SET_NOTE),
            version=header.optional(SET_VERSION),
            file=str(path),
        )
    return Found(faq_set, tuple(problems), sheet.name, table.columns)


_SET_KEYS: Final = (SET_NAME, SET_DATE, SET_LANGUAGE, SET_VERSION, SET_NOTE)


class _Header:
    """Sheet 题集: what stands right of 题集名, 日期, 语言, 版本 and 说明."""

    def __init__(self, path: Path, sheet: Sheet, problems: list[Problem]) -> None:
        self._path, self._sheet, self._problems = path, sheet, problems
        self._places: dict[str, tuple[int, int]] = {}
        spelt = {folded(key): key for key in _SET_KEYS}
        for (row, place), cell in sorted(sheet.cells.items()):
            key = spelt.get(folded(str(cell.value)))
            if key and place == 1:  # what is written beside may be called anything
                self._places.setdefault(key, (row, place + 1))

    def name(self) -> str:
        """What the set is called."""
        cell = self._cell(SET_NAME)
        return str(cell.value).strip() if cell else ""

    def language(self) -> str:
        """The language of the questions, Chinese where nothing is written."""
        written = self.optional(SET_LANGUAGE)
        return _LANGUAGES.get(written, written) or "zh"

    def optional(self, key: str) -> str:
        """What is written for a key that may be absent."""
        place = self._places.get(key)
        cell = self._sheet.cells.get(place) if place else None
        return str(cell.value).strip() if cell else ""

    def date(self) -> dt.date | None:
        """The day whose knowledge answers."""
        cell = self._cell(SET_DATE)
        if cell is None:
            return None
        day = date_in(cell)
        if day is None:
            self._note(SET_DATE, not_a_date(cell))
        return day

    def _cell(self, key: str) -> Cell | None:
        place = self._places.get(key)
        if place is None:
            written = [str(cell.value) for cell in self._sheet.cells.values()]
            close = next((text for text in written if nearest(text, [key])), "")
            hint = f"（有“{close}”）" if close else ""
            self._note(key, f"没有这一项{hint}；在 A 列写“{key}”，在它右边写内容")
            return None
        cell = self._sheet.cells.get(place)
        if cell is None:
            self._note(key, "是空的，请填写")
        elif cell.holds in (Holds.FORMULA, Holds.ERROR):
            self._note(key, f"是公式或错误值 {cell.value}；请直接写内容")
            return None
        return cell

    def _note(self, key: str, problem: str) -> None:
        row, place = self._places.get(key, (1, 0))
        where = f"{self._sheet.name}!{letters(place)}{row}" if place else self._sheet.name
        self._problems.append(Problem(str(self._path), row, f"{where} {key}", problem))


_LANGUAGES: Final = {"中文": "zh", "汉语": "zh", "英文": "en", "英语": "en"}


def _question(row: RowReader) -> Question:
    return Question(
        id=_needed(row, "题号"),
        question=_needed(row, "问题"),
        expect=_expectation(row) or Expectation(Outcome.UNKNOWN),
        style=row.member("问法", words.STYLES),
        kind=row.member("类型", words.KINDS),
        library=row.member("子库", words.LIBRARIES),
        tags=row.texts("标签"),
        group=row.text("组"),
        split=row.member("划分", words.SPLITS),
        weight=row.number("月咨询量", 1.0),
        business_line=row.text("业务线"),
        department=row.text("部门"),
        channel=row.member("渠道", words.CHANNELS),
        filters=QuestionFilter(
            libraries=tuple(map(SubLibrary, row.members("限定子库", words.LIBRARIES))),
            region=row.text("地区"),
            audience=Audience(row.member("身份", words.AUDIENCES) or Audience.AGENT),
            as_of=row.date("按日期"),
        ),
        need=row.text("需求"),
        note=row.text("备注"),
        line=row.row,
    )


def _needed(row: RowReader, heading: str) -> str:
    if row.is_empty(heading):
        row.note(heading, "是空的，请填写，或删去这一行")
    return row.text(heading)


def _expectation(row: RowReader) -> Expectation | None:
    written = row.member("期望", words.OUTCOMES)
    if not written:
        if row.is_empty("期望"):
            row.note("期望", f"是空的；选一个：{'、'.join(words.OUTCOMES.choices)}")
        return None
    outcome = Outcome(written)
    own = BELONG_TO[outcome]
    for columns in BELONG_TO.values():
        for heading in columns:
            if heading not in own and not row.is_empty(heading):
                hint = f"改期望，或清空{heading}"
                row.note(heading, f"期望是“{words.OUTCOMES.label(written)}”，这里不能写；{hint}")
    facet = row.member("方面", words.FACETS)
    return Expectation(
        outcome=outcome,
        items=row.texts("条目", code=True),
        facet=FacetKind(facet) if facet else None,
        must_contain=row.texts("关键事实"),
        must_not_contain=row.texts("禁说事实"),
        must_say=row.texts("必说提醒", code=True),
        templates=row.texts("模板", code=True),
        clarify=row.texts("反问选项"),
        handover=row.text("转办去向"),
    )
