"""The columns of sheet 题目: what is shown of a question, and what people fill in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from eval import labels
from eval.book import words
from eval.book.texts import joined
from eval.book.writing import Column, Form, Value
from eval.stages import Cause
from eval.verdict import ERROR, RANKED, Verdict

SHEET: Final = "题目"
ID: Final = "题号"
QUESTION: Final = "问题"
FIRST: Final = "初评"
APPEAL: Final = "申诉"
FINAL: Final = "终评"
CAUSE: Final = "原因"
NOTE: Final = "备注"

_MARKS: Final = (words.RIGHT, words.WRONG)
_RANKED: Final = 5  # of what was found: more would make every row as high as the list
_NOT_JUDGED: Final = "不判"


def _judged(verdict: Verdict) -> str:
    if not verdict.judged:
        return _NOT_JUDGED
    return words.RIGHT if verdict.right else words.WRONG


def _expected(verdict: Verdict) -> str:
    expect = verdict.question.expect
    return expect.handover or joined(expect.items or expect.clarify)


# heading, width, what it means, how it is shown, and where it comes from
SHOWN: Final[tuple[tuple[Column, Callable[[Verdict], Value]], ...]] = (
    (
        Column(ID, 11, "题集里的编号；读回时靠它对上题目，请不要改", Form.TEXT),
        lambda v: v.question.id,
    ),
    (Column(QUESTION, 40, "问的原话；要改题目请改题集"), lambda v: v.question.question),
    (
        Column("子库", 12, "题目所属的子库"),
        lambda v: words.LIBRARIES.label(v.question.library),
    ),
    (Column("问法", 10, "怎么问的"), lambda v: words.STYLES.label(v.question.style)),
    (Column("类型", 10, "问的是什么"), lambda v: words.KINDS.label(v.question.kind)),
    (Column("标签", 12, "题集里的标签"), lambda v: joined(v.question.tags)),
    (Column("业务线", 10, "题目所属的业务线"), lambda v: v.question.business_line),
    (Column("部门", 10, "出题的部门"), lambda v: v.question.department),
    (
        Column("渠道", 9, "在哪个触点问的"),
        lambda v: words.CHANNELS.label(v.question.channel),
    ),
    (Column("地市", 9, "在哪个地市问的；空的是全省"), lambda v: v.city),
    (
        Column("月咨询量", 10, "一个月被问多少次；加权的数字用它", Form.COUNT),
        lambda v: v.question.weight,
    ),
    (
        Column("应有结局", 9, "回答、反问、转办还是不回答"),
        lambda v: words.OUTCOMES.label(v.question.expect.outcome),
    ),
    (
        Column("应答条目", 18, "能回答的条目，其中一个就行；转办时是去向，反问时是选项"),
        _expected,
    ),
    (
        Column("应答方面", 10, "应由条目的哪个方面回答"),
        lambda v: words.FACETS.label(v.question.expect.facet or ""),
    ),
    (
        Column("关键事实", 20, "回答里必须有的事实"),
        lambda v: joined(v.question.expect.must_contain),
    ),
    (
        Column("实际结局", 9, "系统做了什么"),
        lambda v: labels.outcome_label(v.outcome),
    ),
    (Column("实际条目", 18, "回答用的条目"), lambda v: v.item_id),
    (Column("实际方面", 10, "回答用的方面"), lambda v: words.FACETS.label(v.facet)),
    (Column("实际回答", 50, "系统说的原话"), lambda v: v.text),
    (
        Column("置信度", 8, "系统对回答的把握，0 到 1", Form.SCORE),
        lambda v: None if v.outcome in (ERROR, RANKED) else round(v.confidence, 3),
    ),
    (
        Column("检索前几名", 34, "检索到的前 5 个条目，最好的在前"),
        lambda v: "、".join(v.ranked[:_RANKED]),
    ),
    (
        Column("机器判定", 9, "全部要求都达到是“对”；只排序而无从判断的是“不判”"),
        _judged,
    ),
    (
        Column("致命错误", 16, "不论其他如何都不能上线的错误"),
        lambda v: "、".join(labels.fatal_label(kind) for kind in v.fatal),
    ),
    (
        Column("丢失环节", 14, "在哪一步出的错"),
        lambda v: labels.stage_label(v.stage) if v.stage else "",
    ),
    (Column("建议原因", 9, "机器推测的原因，供参考"), lambda v: v.cause),
    (Column("责任部门", 12, "条目的责任部门；没有时是出题部门"), lambda v: v.owner),
    (Column("说明", 30, "哪里不对"), lambda v: "\n".join(v.why)),
)
TO_FILL_IN: Final = (
    Column(FIRST, 7, "质检第一次看的结论，选“对”或“错”", Form.TEXT, _MARKS, fill_in=True),
    Column(APPEAL, 24, "责任部门不同意初评时写理由；不申诉就空着", fill_in=True),
    Column(FINAL, 7, "申诉之后的结论，选“对”或“错”；要先有初评", Form.TEXT, _MARKS, fill_in=True),
    Column(CAUSE, 9, "人认定的出错原因", Form.TEXT, tuple(Cause), fill_in=True),
    Column(NOTE, 24, "想说的都可以写", fill_in=True),
)
