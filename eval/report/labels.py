"""The Chinese names of everything that a report shows; what is unknown stays as it is."""

from __future__ import annotations

import re
from typing import Final

from eval.book import words
from eval.fatal import Fatal
from eval.stages import Stage
from eval.verdict import ERROR, RANKED

_MEASURES: Final = {
    "right": "全部要求达到",
    "outcome": "结局正确",
    "item": "条目正确",
    "facet": "方面正确",
    "facts": "关键事实齐全",
    "not_forbidden": "没有禁说事实",
    "must_say": "必说提醒齐全",
    "preview": "推送预览正确",
    "clarify": "反问选项正确",
    "route": "转办去向正确",
    "Hit@1": "Hit@1（首条命中）",
    "Hit@3": "Hit@3（前三条命中）",
    "Hit@5": "Hit@5（前五条命中）",
    "R@1": "R@1（首条召回）",
    "R@3": "R@3（前三条召回）",
    "R@5": "R@5（前五条召回）",
    "R@10": "R@10（前十条召回）",
    "MRR": "MRR（首个正确条目的倒数名次）",
    "nDCG@10": "nDCG@10（前十条排序质量）",
    "false_answer": "误答率",
    "false_answers": "误答率",
    "false_abstention": "误弃率",
    "auroc": "AUROC",
    "started_at": "评测时间",
    "system": "系统",
    "digest": "题集指纹",
    "fatal": "致命错误",
    "questions": "题数",
    "search_p95": "检索 p95（毫秒）",
    "reviewed": "人工看过的题",
    "right_machine": "机器判定：全部要求达到",
    "right_first": "初评：达到要求",
    "right_final": "终评：达到要求",
    "agreement": "人机一致",
    "kappa": "人机一致系数 κ（去掉碰巧一致）",
    "both_right": "人机都判对",
    "both_wrong": "人机都判错",
    "only_machine_right": "机器判对、人工判错",
    "only_people_right": "机器判错、人工判对",
    "appeals": "申诉",
    "appeals_decided": "申诉已终评",
    "appeals_upheld": "申诉后改判",
    "causes": "原因（终评判错的题）",
    "causes_changed": "人工改过的原因",
}
_SLICES: Final = {
    "library": "子库",
    "style": "问法",
    "kind": "题型",
    "tag": "标签",
    "split": "划分",
    "outcome": "应有结局",
    "business_line": "业务线",
    "department": "部门",
    "city": "地市",
    "channel": "渠道",
}
_KEYS: Final = {
    "library": words.LIBRARIES,
    "style": words.STYLES,
    "kind": words.KINDS,
    "split": words.SPLITS,
    "outcome": words.OUTCOMES,
    "channel": words.CHANNELS,
}
_TAGS: Final = {"polarity": "办与不办", "sibling": "同系列易混"}
_NOT_NAMED: Final = "未标注"
_NOWHERE: Final = "未指定地市"
_GIVEN: Final = {ERROR: "被拒绝", RANKED: "只排序"}
_SWAPPED: Final = re.compile(r"^应为 (\w+)，实为 (\w+)$")
_FACETS: Final = re.compile(r"^方面应为 (\w+)，实为 (\w+)$")


def measure_label(name: str) -> str:
    """The name of a measure, or of another column of figures."""
    return _MEASURES.get(name, name)


def slice_label(slice_: str) -> str:
    """The name of a slice: ``by_library`` and ``library`` are both 子库."""
    return _SLICES.get(slice_.removeprefix("by_"), slice_)


def key_label(slice_: str, key: str) -> str:
    """The name of one part of a slice.

    >>> key_label("by_library", "business"), key_label("city", "all"), key_label("style", "")
    ('业务知识库', '未指定地市', '未标注')
    """
    slice_ = slice_.removeprefix("by_")
    if slice_ == "city" and key == "all":
        return _NOWHERE
    if key in ("", "none"):
        return _NOT_NAMED
    if slice_ == "tag":
        return _TAGS.get(key, key)
    return _KEYS[slice_].label(key) if slice_ in _KEYS else key


def outcome_label(outcome: str) -> str:
    """What became of a question, or should have."""
    return _GIVEN.get(outcome) or words.OUTCOMES.label(outcome)


def facet_label(facet: str) -> str:
    """The side of an item that a text answers."""
    return words.FACETS.label(facet)


def audience_label(audience: str) -> str:
    """Who reads."""
    return words.AUDIENCES.label(audience)


def stage_label(stage: str) -> str:
    """Where a question was lost."""
    return Stage(stage).label if stage in {member.value for member in Stage} else stage


def fatal_label(kind: str) -> str:
    """A kind of fatal error."""
    return Fatal(kind).label if kind in {member.value for member in Fatal} else kind


def why_label(why: str) -> str:
    """What a check found, with the words of data in Chinese.

    >>> why_label("应为 answered，实为 clarify"), why_label("没有说 10GB")
    ('应为“回答”，实为“反问”', '没有说 10GB')
    """
    if found := _SWAPPED.match(why):
        return f"应为“{outcome_label(found[1])}”，实为“{outcome_label(found[2])}”"
    if found := _FACETS.match(why):
        return f"方面应为“{facet_label(found[1])}”，实为“{facet_label(found[2])}”"
    return why
