"""questions.xlsx as people open it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from corpora.types import FacetKind
from eval.book.questions import write_questions_book
from eval.faqset import Expectation
from eval.verdict import RANKED
from retriever.answer import Outcome
from tests.eval.book.runs import column_of, make_run, make_verdict
from tests.eval.builders import make_question

FULL = make_question(
    Expectation(Outcome.ANSWERED, ("biz-family",), FacetKind.CANCEL, ("QXQQW", "副卡、物联卡")),
    id="007",
    question="亲情网怎么取消",
    style="colloquial",
    kind="how_to",
    library="business",
    tags=("polarity", "新"),
    business_line="增值业务",
    department="市场部",
    channel="hotline",
    weight=320.0,
)


def written(path: Path, *verdicts: Any, **more: Any) -> Workbook:
    write_questions_book(make_run(*verdicts), path / "questions.xlsx", **more)
    return load_workbook(path / "questions.xlsx")


def row_of(book: Workbook, row: int = 2) -> dict[str, Any]:
    sheet = book["题目"]
    return {str(head.value): cell.value for head, cell in zip(sheet[1], sheet[row], strict=True)}


def test_a_question_is_a_row_in_chinese_with_what_came_of_it(tmp_path: Path) -> None:
    verdict = make_verdict(
        "007",
        right=False,
        question=FULL,
        city="云都",
        fatal=("price",),
        confidence=0.4267,
    )

    book = written(tmp_path, verdict)

    assert row_of(book) == {
        "题号": "007",
        "问题": "亲情网怎么取消",
        "子库": "业务知识库",
        "问法": "口语",
        "类型": "怎么办理",
        "标签": "polarity、新",
        "业务线": "增值业务",
        "部门": "市场部",
        "渠道": "热线",
        "地市": "云都",
        "月咨询量": 320,
        "应有结局": "回答",
        "应答条目": "biz-family",
        "应答方面": "如何取消",
        "关键事实": "QXQQW、副卡\\、物联卡",
        "实际结局": "回答",
        "实际条目": "biz-pack",
        "实际方面": "资费",
        "实际回答": "每月5元",
        "置信度": 0.427,
        "检索前几名": "biz-family、biz-pack",
        "机器判定": "错",
        "致命错误": "资费或数量说错",
        "丢失环节": "检索到但排在后面",
        "建议原因": "检索",
        "责任部门": "市场部",
        "说明": "条目应为 biz-family，实为 biz-pack",
        "初评": None,
        "申诉": None,
        "终评": None,
        "原因": None,
        "备注": None,
    }


def test_the_sheets_are_questions_overview_mending_help_and_a_hidden_mark(tmp_path: Path) -> None:
    book = written(tmp_path, make_verdict("q1"))

    assert book.sheetnames == ["题目", "概况", "整改", "说明", "运行信息（勿改）"]
    assert book["运行信息（勿改）"].sheet_state == "hidden"


@pytest.mark.parametrize("opening", ["=", "+", "-", "@", "\t"])
def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path, opening: str) -> None:
    text = f'{opening}HYPERLINK("http://example.com","点我")'
    book = written(tmp_path, make_verdict("q1", text=text))
    cell = book["题目"].cell(2, column_of(book["题目"], "实际回答"))

    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.quotePrefix  # editing the cell does not make a formula of it either


def test_characters_that_a_workbook_cannot_hold_are_replaced(tmp_path: Path) -> None:
    book = written(tmp_path, make_verdict("q1", text="5元\x00每\x0b月\uffff"))

    assert row_of(book)["实际回答"] == "5元\ufffd每\ufffd月\ufffd"


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path) -> None:
    book = written(tmp_path, make_verdict("q1", text="长" * 40_000))

    assert len(row_of(book)["实际回答"]) == 32_767
    assert row_of(book)["实际回答"].endswith("（太长，后面的没有写进来）")


def test_people_choose_right_wrong_and_cause_from_lists(tmp_path: Path) -> None:
    sheet = written(tmp_path, make_verdict("q1"), make_verdict("q2"))["题目"]
    offered = {str(entry.sqref): entry.formula1 for entry in sheet.data_validations.dataValidation}

    assert offered == {
        "AB2:AB3": '"对,错"',
        "AD2:AD3": '"对,错"',
        "AE2:AE3": '"知识,检索,话术,标注,题目"',
    }
    assert [sheet[f"{name}1"].value for name in ("AB", "AD", "AE")] == ["初评", "终评", "原因"]


def test_headings_and_questions_stay_in_view_and_can_be_filtered(tmp_path: Path) -> None:
    sheet = written(tmp_path, make_verdict("q1"), make_verdict("q2"))["题目"]

    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:AF3"
    assert sheet["S2"].alignment.wrap_text


def test_failures_are_tinted_and_fatal_ones_more(tmp_path: Path) -> None:
    sheet = written(
        tmp_path,
        make_verdict("q1"),
        make_verdict("q2", right=False),
        make_verdict("q3", right=False, fatal=("date",)),
    )["题目"]
    grounds = [sheet.cell(row, 2).fill.fgColor.rgb for row in (2, 3, 4)]

    assert len(set(grounds)) == 3
    assert sheet["A2"].fill.fill_type is None


def test_a_mere_ranking_of_a_question_that_nothing_answers_is_not_judged(tmp_path: Path) -> None:
    question = make_question(Expectation(Outcome.UNKNOWN))
    book = written(tmp_path, make_verdict("q1", question=question, outcome=RANKED, checks={}))

    row = row_of(book)
    assert (row["机器判定"], row["实际结局"], row["置信度"]) == ("不判", "只排序", None)


def test_the_mending_list_is_written_as_it_is_given(tmp_path: Path) -> None:
    rows = [{"条目": "biz-a", "失败题数": 3}, {"条目": "biz-b", "期限": "2026-12-01"}]
    sheet = written(tmp_path, make_verdict("q1"), mending=rows)["整改"]

    assert list(sheet.values) == [
        ("条目", "失败题数", "期限"),
        ("biz-a", 3, None),
        ("biz-b", None, "2026-12-01"),
    ]


def test_without_anything_to_mend_the_sheet_says_so(tmp_path: Path) -> None:
    assert written(tmp_path, make_verdict("q1"))["整改"]["A1"].value == "没有需要整改的条目"


def test_the_overview_tells_the_main_figure_with_its_interval(tmp_path: Path) -> None:
    book = written(tmp_path, *(make_verdict(f"q{n}", right=n > 0) for n in range(4)))
    rows = {row[0]: row[1:] for row in book["概况"].values}

    assert rows["全部要求达到"][:2] == (4, 0.75)
    low, high = rows["全部要求达到"][2:4]
    assert 0.0 < low < 0.75 < high < 1.0
    assert rows["MRR"][:2] == (4, "1.000")


def test_every_column_is_explained(tmp_path: Path) -> None:
    book = written(tmp_path, make_verdict("q1"))
    explained = {row[0]: row[1] for row in book["说明"].values}

    assert all(explained.get(cell.value) for cell in book["题目"][1])


def test_nothing_but_the_workbook_is_left_and_what_was_there_is_replaced(tmp_path: Path) -> None:
    written(tmp_path, make_verdict("q1"))
    book = written(tmp_path, make_verdict("q2"))

    assert [entry.name for entry in tmp_path.iterdir()] == ["questions.xlsx"]
    assert row_of(book)["题号"] == "q2"
