"""A filled-in questions.xlsx read back, its mistakes by cell, and what it makes of the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from corpora.source import Severity
from eval.book.figures import kappa
from eval.book.questions import write_questions_book
from eval.book.review import Remark, Review, has_remarks, read_review, reviewed
from eval.errors import BookError
from eval.intervals import wilson
from eval.stored import FaqRun, read_run, write_run
from tests.eval.book.runs import column_of, edit, fill, make_run, make_verdict
from tests.eval.builders import make_question

RUN = make_run(
    make_verdict("q1"),
    make_verdict("q2", right=False),
    make_verdict("q3", right=False),
    make_verdict("q4"),
)


def book_of(path: Path, change: Callable[[Worksheet], None], run: FaqRun = RUN) -> Path:
    write_questions_book(run, path / "book.xlsx")
    return edit(path / "book.xlsx", change)


def problems_of(path: Path, change: Callable[[Worksheet], None], run: FaqRun = RUN) -> list[str]:
    book = book_of(path, change, run)
    with pytest.raises(BookError) as caught:
        read_review(book, run)
    return [f"{problem.field}: {problem.problem}" for problem in caught.value.problems]


def test_what_people_filled_in_comes_back_by_question(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 2, 初评="对")
        fill(sheet, 3, 初评="错", 申诉="条目没问题", 终评="对", 原因="标注", 备注="题目要改")

    review = read_review(book_of(tmp_path, change), RUN)

    assert review.remarks == {
        "q1": Remark(first=True),
        "q2": Remark(False, "条目没问题", True, "标注", "题目要改"),
    }
    assert review.warnings == ()


def test_an_untouched_workbook_holds_no_remarks(tmp_path: Path) -> None:
    path = book_of(tmp_path, lambda sheet: None)

    assert read_review(path, RUN).remarks == {}
    assert not has_remarks(path)


def test_a_workbook_with_a_remark_is_known_to_be_somebodys_work(tmp_path: Path) -> None:
    assert has_remarks(book_of(tmp_path, lambda sheet: fill(sheet, 4, 备注="看过")))


@pytest.mark.parametrize(
    "written", ["对", "√", "✓", "是", "1", 1, 1.0, True, "TRUE", "Ｔrue", " 对　"]
)
def test_people_may_mark_what_is_right_in_their_own_ways(tmp_path: Path, written: Any) -> None:
    path = book_of(tmp_path, lambda sheet: fill(sheet, 2, 初评=written))

    assert read_review(path, RUN).remarks["q1"].first is True


@pytest.mark.parametrize("written", ["错", "×", "x", "✗", "否", "0", 0, False, "false", "０"])
def test_people_may_mark_what_is_wrong_in_their_own_ways(tmp_path: Path, written: Any) -> None:
    path = book_of(tmp_path, lambda sheet: fill(sheet, 2, 初评=written))

    assert read_review(path, RUN).remarks["q1"].first is False


def test_rows_may_be_sorted_and_columns_moved(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 5, 初评="错")
        rows = list(sheet.values)
        sheet.delete_rows(1, sheet.max_row)
        for row in [rows[0], *reversed(rows[1:])]:
            sheet.append(["我的记号", *reversed(row)])

    assert read_review(book_of(tmp_path, change), RUN).remarks == {"q4": Remark(first=False)}


def test_every_mistake_is_named_by_its_cell_at_once(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 2, 初评="还行")
        fill(sheet, 3, 终评="对")
        fill(sheet, 4, 初评="错", 原因="检锁")
        fill(sheet, 5, 题号="q9", 初评="对")

    assert problems_of(tmp_path, change) == [
        "题目!AB2 初评: “还行”不是结论；请选“对”或“错”（√、是、1、TRUE 和 ×、否、0、FALSE 也行）",
        "题目!AD3 终评: 填了终评，没有初评；请补上初评",
        "题目!AE4 原因: 没有“检锁”；可用：知识、检索、话术、标注、题目",
        "题目!A5 题号: 这次评测没有题号“q9”；请改回原来的题号",
    ]


def test_a_mistake_is_one_line_with_file_row_and_cell(tmp_path: Path) -> None:
    book = book_of(tmp_path, lambda sheet: fill(sheet, 3, 终评="错"))

    with pytest.raises(BookError) as caught:
        read_review(book, RUN)

    assert str(caught.value) == f"{book}:3: 题目!AD3 终评: 填了终评，没有初评；请补上初评"


def test_a_number_that_lost_its_row_and_one_that_stands_twice_are_named(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 3, 题号="q1")
        fill(sheet, 4, 题号=None)

    assert problems_of(tmp_path, change) == [
        "题目!A3 题号: “q1”与第 2 行重复，只留一行",
        "题目!A4 题号: 是空的；填回原来的题号，或删去这一行",
    ]


def test_a_formula_and_an_error_value_are_named(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 2, 初评='=IF(1>0,"对","错")', 备注="#REF!")

    assert problems_of(tmp_path, change) == [
        '题目!AB2 初评: 是公式 =IF(1>0,"对","错")；请复制后“选择性粘贴为数值”，或直接写内容',
        "题目!AF2 备注: 是错误值 #REF!；请直接写内容",
    ]


def test_a_missing_heading_is_named(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.cell(1, column_of(sheet, "终评")).value = "复评"

    assert problems_of(tmp_path, change) == ["题目!第1行: 第 1 行缺少表头“终评”，请补上"]


def test_a_workbook_of_other_answers_is_refused(tmp_path: Path) -> None:
    book = book_of(tmp_path, lambda sheet: fill(sheet, 2, 初评="对"))
    other = make_run(*(make_verdict(f"q{n}", text="每月6元") for n in range(1, 5)))

    with pytest.raises(BookError, match="题目和系统相同，回答不同"):
        read_review(book, other)


def test_a_workbook_of_another_system_says_which(tmp_path: Path) -> None:
    book = book_of(tmp_path, lambda sheet: None)
    other = make_run(*RUN.verdicts, system={"kind": "index", "index": {"version": "v2"}})

    with pytest.raises(BookError, match="系统是 知库 v1，这次评测是 知库 v2"):
        read_review(book, other)


def test_a_workbook_without_its_mark_is_refused(tmp_path: Path) -> None:
    path = book_of(tmp_path, lambda sheet: None)
    book = load_workbook(path)
    book.remove(book["运行信息（勿改）"])
    book.save(path)

    with pytest.raises(BookError, match="没有运行指纹"):
        read_review(path, RUN)


def test_a_workbook_fits_the_run_that_was_stored_and_read_back(tmp_path: Path) -> None:
    book = book_of(tmp_path, lambda sheet: fill(sheet, 2, 初评="对"))
    write_run(RUN, tmp_path)

    assert "q1" in read_review(book, read_run(tmp_path)).remarks


def test_edited_text_open_appeals_and_deleted_rows_are_warned_of(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 2, 问题="另一个问题")
        fill(sheet, 3, 初评="错", 申诉="不同意")
        sheet.delete_rows(5)

    review = read_review(book_of(tmp_path, change), RUN)

    assert [f"{warning.field}: {warning.problem}" for warning in review.warnings] == [
        "题目!B2 问题: 题目的文字改过了，不会被采用；要改题目请改题集后重新评测",
        "题目!AC3 申诉: 有申诉，还没有终评；现在按初评计",
        "题目 题号: 少了 1 题（q4），按机器判定计",
    ]
    assert {warning.severity for warning in review.warnings} == {Severity.WARNING}


def test_texts_that_a_workbook_changes_are_not_taken_for_edited(tmp_path: Path) -> None:
    odd = "=1+1\r\n _x0041_\x00 亲情网"
    run = make_run(make_verdict("q1", question=make_question(id="q1", question=odd)))

    assert read_review(book_of(tmp_path, lambda sheet: None, run), run).warnings == ()


@pytest.mark.parametrize("written", ["无", "没有", "-", "/"])
def test_saying_that_there_is_no_appeal_is_none(tmp_path: Path, written: str) -> None:
    path = book_of(tmp_path, lambda sheet: fill(sheet, 2, 初评="对", 申诉=written))

    assert read_review(path, RUN).remarks["q1"].appeal == ""


def test_a_number_in_a_remark_keeps_all_its_digits(tmp_path: Path) -> None:
    path = book_of(tmp_path, lambda sheet: fill(sheet, 2, 备注=13800138000))

    assert read_review(path, RUN).remarks["q1"].note == "13800138000"


def test_the_reviewed_run_counts_the_last_word_and_falls_back_to_the_machine(
    tmp_path: Path,
) -> None:
    def change(sheet: Worksheet) -> None:
        fill(sheet, 3, 初评="错", 申诉="题目含糊", 终评="对", 原因="题目")
        fill(sheet, 4, 初评="错", 申诉="不同意", 终评="错", 原因="知识")
        fill(sheet, 5, 初评="错", 原因="话术")

    figures = reviewed(RUN, read_review(book_of(tmp_path, change), RUN))

    # machine: 1 and 4 right; first: only 1; final: 1 and 2
    assert [s.plain.value for s in (figures.machine, figures.first, figures.final)] == [
        2 / 4,
        1 / 4,
        2 / 4,
    ]
    assert figures.final.plain == wilson(0.5, 4)
    # people's last word on 2, 3, 4 is right, wrong, wrong; the machine said wrong, wrong, right
    assert figures.agreement.plain.value == 1 / 3
    assert (figures.both_right, figures.both_wrong) == (0, 1)
    assert (figures.only_machine_right, figures.only_people_right) == (1, 1)
    assert (figures.appeals, figures.appeals_decided, figures.appeals_upheld) == (2, 2, 1)
    assert figures.causes == {"知识": 1, "话术": 1}
    assert figures.causes_changed == 1
    assert (figures.questions, figures.reviewed) == (4, 3)


def test_near_duplicates_count_once_in_the_reviewed_figures() -> None:
    twins = [make_question(id=f"q{n}", question=f"问{n}", group="同") for n in (1, 2)]
    run = make_run(
        *(make_verdict(q.id, question=q, right=q.id == "q1") for q in twins),
        make_verdict("q3"),
    )

    figures = reviewed(run, Review({}))

    assert (figures.final.n, figures.final.groups) == (3, 2)
    assert figures.final.plain.value == 0.75  # (1/2 + 1) / 2


def test_figures_without_any_remark_are_the_machines_and_nothing_is_compared() -> None:
    shown = reviewed(RUN, Review({})).to_json()

    assert shown["right_final"] == shown["right_machine"]
    assert shown["agreement"] is None
    assert shown["kappa"] is None
    assert shown["causes"] == {"检索": 2}


def test_kappa_is_agreement_beyond_chance() -> None:
    # both right 20, only a 5, only b 10, both wrong 15: p = 0.7, e = 0.5·0.6 + 0.5·0.4 = 0.5
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15

    assert kappa(pairs) == pytest.approx((0.7 - 0.5) / (1 - 0.5))


def test_kappa_knows_nothing_where_chance_alone_agrees() -> None:
    assert kappa([]) is None
    assert kappa([(True, True)] * 3) is None
