"""FAQ sets in workbooks: filled in, read with every mistake by its cell, and there and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from corpora.types import Audience, FacetKind, SubLibrary
from eval.book.faqset_book import (
    faqset_to_book,
    read_faqset_book,
    write_faqset,
    write_faqset_template,
)
from eval.book.faqset_columns import HEADINGS
from eval.book.texts import unkeepable
from eval.errors import BookError
from eval.faqset import Expectation, FaqSet, Kind, Question, QuestionFilter, Split, Style, load
from eval.lint import load_sound
from retriever.answer import Outcome
from tests.eval.book.runs import column_of, edit
from tests.eval.book.runs import fill as fill_cells

SAMPLE = Path(__file__).resolve().parents[3] / "corpora" / "faq" / "sample.jsonl"
DAY = dt.date(2026, 11, 1)
QUESTION = {
    "题号": "q1",
    "问题": "亲情网怎么取消",
    "问法": "口语",
    "类型": "怎么办理",
    "子库": "业务知识库",
    "期望": "回答",
    "条目": "biz-family",
}


def filled(
    path: Path, *rows: dict[str, Any], then: Callable[[Worksheet], None] | None = None
) -> Path:
    """The template with its examples replaced by these rows."""
    book = path / "set.xlsx"
    write_faqset_template(book)

    def head(sheet: Worksheet) -> None:
        sheet["B2"] = "我的题集"

    def change(sheet: Worksheet) -> None:
        for row in sheet["A2:Y3"]:
            for cell in row:
                cell.value = None
        for number, row in enumerate(rows, 2):
            fill_cells(sheet, number, **row)
        if then:
            then(sheet)

    edit(book, head, "题集")
    return edit(book, change)


def problems_of(path: Path, *rows: dict[str, Any], **more: Any) -> list[str]:
    book = filled(path, *rows, **more)
    with pytest.raises(BookError) as caught:
        read_faqset_book(book)
    assert all(problem.file == str(book) for problem in caught.value.problems)
    return [f"{problem.field}: {problem.problem}" for problem in caught.value.problems]


def test_a_filled_in_row_is_a_question(tmp_path: Path) -> None:
    row = {
        **QUESTION,
        "标签": "套餐；新",
        "组": "g1",
        "划分": "测试",
        "月咨询量": 320,
        "业务线": "增值业务",
        "部门": "市场部",
        "渠道": "热线",
        "条目": "biz-family、biz-fuka，biz-pack",
        "方面": "如何取消",
        "关键事实": "QXQQW\n副卡\\、物联卡",
        "禁说事实": "次日",
        "必说提醒": "tip-a;tip-b",
        "模板": "tpl-a",
        "限定子库": "业务知识库、营销信息库",
        "地区": "yj/yundu",
        "身份": "客户",
        "按日期": dt.date(2026, 12, 1),
    }

    faq_set = read_faqset_book(filled(tmp_path, row))

    assert faq_set.name == "我的题集"
    assert faq_set.as_of == DAY
    assert faq_set.questions == (
        Question(
            id="q1",
            question="亲情网怎么取消",
            expect=Expectation(
                Outcome.ANSWERED,
                items=("biz-family", "biz-fuka", "biz-pack"),
                facet=FacetKind.CANCEL,
                must_contain=("QXQQW", "副卡、物联卡"),
                must_not_contain=("次日",),
                must_say=("tip-a", "tip-b"),
                templates=("tpl-a",),
            ),
            style="colloquial",
            kind="how_to",
            library="business",
            tags=("套餐", "新"),
            group="g1",
            split="test",
            weight=320.0,
            business_line="增值业务",
            department="市场部",
            channel="hotline",
            filters=QuestionFilter(
                (SubLibrary.BUSINESS, SubLibrary.MARKETING),
                "yj/yundu",
                Audience.CUSTOMER,
                dt.date(2026, 12, 1),
            ),
        ),
    )
    assert faq_set.questions[0].line == 2


@pytest.mark.parametrize(
    ("row", "expect"),
    [
        (
            {"期望": "反问", "反问选项": "亲情网、视频彩铃"},
            Expectation(Outcome.CLARIFY, clarify=("亲情网", "视频彩铃")),
        ),
        ({"期望": "转办", "转办去向": "投诉"}, Expectation(Outcome.HANDOVER, handover="投诉")),
        ({"期望": "不回答"}, Expectation(Outcome.UNKNOWN)),
        ({"期望": "unknown"}, Expectation(Outcome.UNKNOWN)),
    ],
)
def test_each_expectation_has_its_own_columns(
    tmp_path: Path, row: dict[str, Any], expect: Expectation
) -> None:
    book = filled(tmp_path, {**QUESTION, "条目": None, **row})

    assert read_faqset_book(book).questions[0].expect == expect


@pytest.mark.parametrize(
    "written", [dt.date(2026, 12, 1), "2026-12-01", "2026/12/1", "2026年12月1日", "２０２６.12.1"]
)
def test_a_date_may_be_a_date_or_a_text(tmp_path: Path, written: object) -> None:
    book = filled(tmp_path, {**QUESTION, "按日期": written})

    assert read_faqset_book(book).questions[0].filters.as_of == dt.date(2026, 12, 1)


def test_codes_keep_their_leading_zeros(tmp_path: Path) -> None:
    book = filled(tmp_path, {**QUESTION, "题号": "007", "条目": "0012"})

    (question,) = read_faqset_book(book).questions
    assert (question.id, question.expect.items) == ("007", ("0012",))


def test_whole_numbers_are_taken_as_their_digits_where_nothing_can_be_lost(tmp_path: Path) -> None:
    book = filled(
        tmp_path, {**QUESTION, "题号": 12, "问题": 10086, "关键事实": 5.0, "月咨询量": "1,200"}
    )

    (question,) = read_faqset_book(book).questions
    assert (question.id, question.question) == ("12", "10086")
    assert question.expect.must_contain == ("5",)
    assert question.weight == 1200.0


def test_numbers_that_a_spreadsheet_may_have_changed_are_named(tmp_path: Path) -> None:
    def shown_with_zeros(sheet: Worksheet) -> None:
        sheet.cell(2, 1).number_format = "000"

    row = {
        **QUESTION,
        "题号": 7,
        "条目": 12,
        "关键事实": 19.9,
        "禁说事实": dt.date(2026, 1, 2),
        "标签": 1234567890123456,
        "组": True,
    }
    assert problems_of(tmp_path, row, then=shown_with_zeros) == [
        "题目!A2 题号: 应是文字，现在是数字 7；把单元格格式设为“文本”后重新写一遍",
        "题目!F2 标签: 应是文字，现在是数字 1234567890123456；把单元格格式设为“文本”后重新写一遍",
        "题目!G2 组: 应是文字，现在是逻辑值 True；把单元格格式设为“文本”后重新写一遍",
        "题目!N2 条目: 编码应是文字，现在是数字 12，前面的 0 可能已丢；把单元格格式设为“文本”后重新写一遍",
        "题目!P2 关键事实: 应是文字，现在是数字 19.9；把单元格格式设为“文本”后重新写一遍",
        "题目!Q2 禁说事实: 应是文字，现在是日期或时间 2026-01-02 00:00:00；把单元格格式设为“文本”后重新写一遍",
    ]


def test_every_mistake_of_every_row_is_named_by_its_cell(tmp_path: Path) -> None:
    assert problems_of(
        tmp_path,
        {**QUESTION, "问法": "口吾", "子库": "业务知识", "按日期": "下个月", "月咨询量": "很多"},
        {**QUESTION, "问题": None, "期望": None},
        {**QUESTION, "题号": "q3", "问题": "转给谁", "期望": "转办", "转办去向": "投诉"},
        {**QUESTION, "题号": "q4", "问题": "=A1"},
    ) == [
        "题目!C2 问法: 没有“口吾”；可用：书面、口语、省略、错别字、拼音、编码、数字、多个意图、方言、语音转写、工单简写、屏幕报错",
        "题目!E2 子库: 没有“业务知识”，是不是想写业务知识库；可用：业务知识库、营销信息库、提示信息库、终端知识库、技术知识库、案例信息库",
        "题目!I2 月咨询量: 应是大于 0 的数，现在是 '很多'",
        "题目!Y2 按日期: '下个月' 不是日期，写成 2026-11-01 这样",
        "题目!A3 题号: 'q1' 与第 2 行重复",
        "题目!B3 问题: 是空的，请填写，或删去这一行",
        "题目!M3 期望: 是空的；选一个：回答、反问、转办、不回答",
        "题目!N4 条目: 期望是“转办”，这里不能写；改期望，或清空条目",
        "题目!B5 问题: 是公式 =A1；请复制后“选择性粘贴为数值”，或直接写内容",
    ]


def test_rules_of_whole_questions_are_told_in_the_words_of_the_sheet(tmp_path: Path) -> None:
    assert problems_of(
        tmp_path,
        {**QUESTION, "条目": None},
        {**QUESTION, "题号": "q2", "问题": "再问", "关键事实": "5元", "禁说事实": "5元"},
        {**QUESTION, "题号": "q2", "问题": "又问"},
    ) == [
        "题目!N2 条目: 是空的；写出能回答的条目，没有就把期望改为“不回答”",
        "题目!Q3 禁说事实: 5元 同时要求出现和不出现",
        "题目!A4 题号: 'q2' 与第 3 行重复",
    ]


def test_headings_are_checked_with_what_they_could_mean(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.cell(1, column_of(sheet, "关键事实")).value = "关键实事"
        sheet.cell(1, column_of(sheet, "期望")).value = None
        sheet.cell(1, 30).value = "题号"

    assert problems_of(tmp_path, QUESTION, then=change) == [
        "题目!AD1 表头: “题号”与 A1 重复，只留一列",
        "题目!P1 表头: 不认识“关键实事”，是不是想写关键事实；改成已有的表头，或删去这一列",
        "题目!第1行: 第 1 行缺少表头“期望”，请补上",
    ]


def test_an_unfilled_template_says_what_to_fill_in(tmp_path: Path) -> None:
    write_faqset_template(tmp_path / "t.xlsx")

    with pytest.raises(BookError) as caught:
        read_faqset_book(tmp_path / "t.xlsx")

    assert [problem.field for problem in caught.value.problems] == [
        "题目!A2 题号",
        "题集!B2 题集名",
        "题目!A3 题号",
    ]
    assert "还是模板里的例题" in str(caught.value)


def test_the_header_of_a_set_is_checked(tmp_path: Path) -> None:
    book = filled(tmp_path, QUESTION)

    def change(sheet: Worksheet) -> None:
        sheet["B2"] = None
        sheet["B3"] = 46327
        sheet["B3"].number_format = "0"
        sheet["A4"] = None

    edit(book, change, "题集")

    with pytest.raises(BookError) as caught:
        read_faqset_book(book)
    assert [f"{p.field}: {p.problem}" for p in caught.value.problems] == [
        "题集!B2 题集名: 是空的，请填写",
        "题集!B3 日期: 46327 不是日期（像是日期的序号，把单元格设成日期格式），写成 2026-11-01 这样",
    ]


def test_a_set_without_questions_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == ["题目!第2行: 没有题目；从第 2 行起一行写一题"]


def test_a_missing_sheet_names_those_that_are_there(tmp_path: Path) -> None:
    book = filled(tmp_path, QUESTION)
    opened = load_workbook(book)
    opened["题目"].title = "题目2"
    opened.save(book)

    with pytest.raises(
        BookError, match="没有工作表“题目”，是不是想写题目2；现有：题集、题目2、说明"
    ):
        read_faqset_book(book)


def test_empty_rows_and_moved_columns_do_not_matter(tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.insert_rows(2, 3)
        sheet.insert_cols(1)

    (question,) = read_faqset_book(filled(tmp_path, QUESTION, then=change)).questions
    assert (question.id, question.line) == ("q1", 5)


def test_closed_vocabularies_are_offered_in_chinese_below_the_examples_too(tmp_path: Path) -> None:
    write_faqset_template(tmp_path / "t.xlsx")
    sheet = load_workbook(tmp_path / "t.xlsx")["题目"]
    offered = {
        sheet.cell(1, next(iter(entry.sqref.ranges)).min_col).value: entry.formula1
        for entry in sheet.data_validations.dataValidation
    }

    assert offered["期望"] == '"回答,反问,转办,不回答"'
    assert set(offered) == {"问法", "类型", "子库", "划分", "渠道", "期望", "方面", "身份"}
    assert all(
        next(iter(entry.sqref.ranges)).max_row > 1000
        for entry in sheet.data_validations.dataValidation
    )
    assert sheet.column_dimensions["A"].number_format == "@"  # 007 stays 007


def test_every_column_is_explained(tmp_path: Path) -> None:
    write_faqset_template(tmp_path / "t.xlsx")
    explained = {
        str(row[0]).removesuffix(" *") for row in load_workbook(tmp_path / "t.xlsx")["说明"].values
    }

    assert set(HEADINGS) <= explained


def test_the_shipped_set_comes_back_equal_from_a_workbook_and_from_a_file(tmp_path: Path) -> None:
    shipped = load_sound(SAMPLE)

    faqset_to_book(shipped, tmp_path / "set.xlsx")
    back = read_faqset_book(tmp_path / "set.xlsx")
    write_faqset(back, tmp_path / "set.jsonl")

    assert back == shipped
    assert load_sound(tmp_path / "set.jsonl") == shipped


def test_what_is_written_replaces_what_was_there_and_leaves_nothing_beside_it(
    tmp_path: Path,
) -> None:
    faq_set = read_faqset_book(filled(tmp_path / "books", QUESTION))
    write_faqset(faq_set, tmp_path / "new" / "set.jsonl")
    write_faqset(faq_set, tmp_path / "new" / "set.jsonl")

    assert [entry.name for entry in (tmp_path / "new").iterdir()] == ["set.jsonl"]


def test_what_a_spreadsheet_would_change_is_refused_with_line_and_column(tmp_path: Path) -> None:
    questions = (
        Question("q1", "甲\r乙", Expectation(Outcome.UNKNOWN), line=2),
        Question("q2", "x" * 40_000, Expectation(Outcome.HANDOVER, handover="_x0041_"), line=3),
    )

    with pytest.raises(BookError) as caught:
        faqset_to_book(FaqSet("s", DAY, "zh", questions, file="set.jsonl"), tmp_path / "set.xlsx")

    assert [(p.line, p.field) for p in caught.value.problems] == [
        (2, "问题"),
        (3, "问题"),
        (3, "转办去向"),
    ]
    assert not (tmp_path / "set.xlsx").exists()


TEXT = (
    st.text(
        st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("=+-@、；;，,\\\n "),
        min_size=1,
    )
    .map(str.strip)
    .filter(lambda text: bool(text) and not unkeepable(text))
)
MAYBE = st.just("") | TEXT
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
EXPECTATIONS = st.one_of(
    st.builds(
        Expectation,
        st.just(Outcome.ANSWERED),
        items=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
        facet=st.none() | st.sampled_from(FacetKind),
        must_contain=TEXTS,
        must_say=TEXTS,
        templates=TEXTS,
    ),
    st.builds(
        Expectation,
        st.just(Outcome.CLARIFY),
        clarify=TEXTS,
        facet=st.none() | st.sampled_from(FacetKind),
    ),
    st.builds(Expectation, st.just(Outcome.HANDOVER), handover=TEXT),
    st.just(Expectation(Outcome.UNKNOWN)),
)
QUESTIONS = st.builds(
    Question,
    id=TEXT,
    question=TEXT,
    expect=EXPECTATIONS,
    style=st.sampled_from(Style).map(str),
    kind=st.sampled_from(Kind).map(str),
    library=st.sampled_from(SubLibrary).map(str),
    tags=TEXTS,
    split=st.sampled_from(Split).map(str),
    weight=st.floats(0.001, 1e9),
    business_line=MAYBE,
    department=MAYBE,
    channel=st.sampled_from(["", "hall", "hotline", "app", "sms", "boss"]),
    filters=st.builds(
        QuestionFilter,
        libraries=st.lists(st.sampled_from(SubLibrary), unique=True, max_size=2).map(tuple),
        region=MAYBE,
        audience=st.sampled_from(Audience),
        as_of=st.none() | st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
    ),
)
SETS = st.builds(
    FaqSet,
    name=TEXT,
    as_of=st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
    language=st.just("zh"),
    # one text each: two questions that read alike must not stand in different splits
    questions=st.lists(QUESTIONS, min_size=1, max_size=1).map(tuple),
)


@settings(max_examples=30, deadline=None)
@given(SETS)
def test_any_set_comes_back_equal_from_a_workbook_and_from_a_file(faq_set: FaqSet) -> None:
    with TemporaryDirectory() as place:
        book, file = Path(place) / "set.xlsx", Path(place) / "set.jsonl"
        faqset_to_book(faq_set, book)
        back = read_faqset_book(book)
        write_faqset(back, file)

        assert back == faq_set
        assert load(file) == faq_set
