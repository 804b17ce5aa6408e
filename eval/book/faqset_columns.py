"""The sheets and columns of a FAQ-set workbook, and a question as a row of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from corpora.types import Audience
from eval.book import words
from eval.book.texts import joined
from eval.book.writing import Column, Form, Value
from eval.faqset import Question
from retriever.answer import Outcome

SET_SHEET: Final = "题集"
SHEET: Final = "题目"
HELP_SHEET: Final = "说明"
SET_NAME: Final = "题集名"
SET_DATE: Final = "日期"
SET_LANGUAGE: Final = "语言"
SET_VERSION: Final = "版本"
SET_NOTE: Final = "说明"

COLUMNS: Final = (
    Column("题号", 12, "每题一个，不能重复；可以用数字", Form.TEXT, needed=True),
    Column("问题", 44, "问的原话，要像真的有人这样问", Form.TEXT, needed=True),
    Column("问法", 11, "怎么问的", Form.TEXT, words.STYLES.choices),
    Column("类型", 11, "问的是什么", Form.TEXT, words.KINDS.choices),
    Column(
        "子库", 13, "题目所属的子库；没有知识能回答的题不填", Form.TEXT, words.LIBRARIES.choices
    ),
    Column("标签", 14, "自己定的词，用来分组看结果；可以多个", Form.TEXT),
    Column("组", 11, "同一个意思换几种问法时写同一个组名，统计时只算一次", Form.TEXT),
    Column(
        "划分", 8, "训练、调优还是测试；同一组的题要在同一个划分", Form.TEXT, words.SPLITS.choices
    ),
    Column("月咨询量", 10, "一个月被问多少次；空着按 1", Form.COUNT),
    Column("业务线", 12, "题目所属的业务线", Form.TEXT),
    Column("部门", 12, "出题的部门", Form.TEXT),
    Column("渠道", 10, "在哪个触点问的", Form.TEXT, words.CHANNELS.choices),
    Column(
        "期望",
        9,
        "回答、反问、转办还是不回答，只选一个",
        Form.TEXT,
        words.OUTCOMES.choices,
        needed=True,
    ),
    Column("条目", 22, "期望是“回答”：能回答的条目编号，其中一个回答了就算对", Form.TEXT),
    Column("方面", 11, "期望是“回答”或“反问”：由哪个方面回答", Form.TEXT, words.FACETS.choices),
    Column("关键事实", 24, "期望是“回答”：回答里都要有的事实，如 10GB", Form.TEXT),
    Column("禁说事实", 18, "期望是“回答”：回答里不能有的事实", Form.TEXT),
    Column("必说提醒", 18, "期望是“回答”：都要说到的提醒条目编号", Form.TEXT),
    Column("模板", 18, "期望是“回答”：推送模板编号，给出其中一个就算对", Form.TEXT),
    Column("反问选项", 20, "期望是“反问”：选项里要有的条目编号或词，有一个就算对", Form.TEXT),
    Column("转办去向", 14, "期望是“转办”：转到哪里", Form.TEXT),
    Column("限定子库", 14, "只在这些子库里问；空着不限", Form.TEXT),
    Column("地区", 13, "在哪里问的，如 yj/yundu 或地区名；空着不限", Form.TEXT),
    Column("身份", 10, "谁在问；空着按坐席", Form.TEXT, words.AUDIENCES.choices),
    Column("按日期", 12, "按哪一天的知识；空着按题集的日期", Form.DATE),
    Column("需求", 30, "谁、想知道什么：出题时先写它，标注的人按它找知识", Form.TEXT),
    Column("备注", 24, "标注时拿不准的地方", Form.TEXT),
)
HEADINGS: Final = tuple(column.heading for column in COLUMNS)
NEEDED: Final = tuple(column.heading for column in COLUMNS if column.needed)

BELONG_TO: Final = {
    Outcome.ANSWERED: ("条目", "方面", "关键事实", "禁说事实", "必说提醒", "模板"),
    Outcome.CLARIFY: ("反问选项", "方面"),
    Outcome.HANDOVER: ("转办去向",),
    Outcome.UNKNOWN: (),
}
"""Which columns say more about an expectation; in the others of these nothing may stand."""

FIELD_OF: Final = {
    "id": "题号",
    "question": "问题",
    "style": "问法",
    "kind": "类型",
    "library": "子库",
    "tags": "标签",
    "group": "组",
    "split": "划分",
    "weight": "月咨询量",
    "business_line": "业务线",
    "department": "部门",
    "channel": "渠道",
    "expect": "期望",
    "expect.items": "条目",
    "expect.facet": "方面",
    "expect.must_contain": "关键事实",
    "expect.must_not_contain": "禁说事实",
    "expect.must_say": "必说提醒",
    "expect.templates": "模板",
    "expect.clarify": "反问选项",
    "expect.handover": "转办去向",
    "filters.library": "限定子库",
    "filters.region": "地区",
    "filters.audience": "身份",
    "filters.as_of": "按日期",
    "need": "需求",
    "note": "备注",
}
"""Field of a FAQ-set line → the column that holds it."""


def row_of(question: Question) -> list[Value]:
    """The question in the order of the columns."""
    expect, own = question.expect, question.filters
    return [
        question.id,
        question.question,
        words.STYLES.label(question.style),
        words.KINDS.label(question.kind),
        words.LIBRARIES.label(question.library),
        joined(question.tags),
        question.group,
        words.SPLITS.label(question.split),
        _volume(question.weight),
        question.business_line,
        question.department,
        words.CHANNELS.label(question.channel),
        words.OUTCOMES.label(expect.outcome),
        joined(expect.items),
        words.FACETS.label(expect.facet or ""),
        joined(expect.must_contain),
        joined(expect.must_not_contain),
        joined(expect.must_say),
        joined(expect.templates),
        joined(expect.clarify),
        expect.handover,
        joined(words.LIBRARIES.label(library) for library in own.libraries),
        own.region,
        "" if own.audience is Audience.AGENT else words.AUDIENCES.label(own.audience),
        own.as_of,
        question.need,
        question.note,
    ]


def _volume(weight: float) -> Value:
    """A number keeps 15 digits in a spreadsheet; one that has more is written as text."""
    return weight if float(f"{weight:.15g}") == weight else format(Decimal(repr(weight)), "f")


def help_rows() -> Sequence[tuple[str, ...]]:
    """The rows of sheet 说明."""
    return [
        ("怎么填写",),
        ("1", "先在“题集”表里写题集名和日期：回答按这一天有效的知识判定。"),
        ("2", "在“题目”表里一行写一题；两行例题请改成自己的题或删去。表头不要改，列的顺序可以换。"),
        (
            "3",
            "一格里写几项时用 、 或 ； 或换行分开；一项里本来就有顿号时在它前面加 \\，如 副卡\\、物联卡。",
        ),
        ("4", "编码要写成文字（单元格格式设为“文本”），否则表格会丢掉前面的 0。"),
        ("5", "填好保存为 .xlsx，用 zhiku eval import 读成题集；有错会逐格列出，什么也不写。"),
        ("各列的意思（* 必填）",),
        *(
            (f"{column.heading}{' *' if column.needed else ''}", column.about + _choices(column))
            for column in COLUMNS
        ),
    ]


def _choices(column: Column) -> str:
    return f"。可选：{'、'.join(column.choices)}" if column.choices else ""
