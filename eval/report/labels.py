"""The words of the report that other tables have no use for, beside those that all share."""

from __future__ import annotations

import re
from typing import Final

from corpora.types import Audience
from eval import labels
from eval.labels import (
    facet_label,
    fatal_label,
    key_label,
    outcome_label,
    slice_label,
    stage_label,
)

__all__ = [
    "audience_label",
    "facet_label",
    "fatal_label",
    "key_label",
    "measure_label",
    "outcome_label",
    "slice_label",
    "stage_label",
    "why_label",
]

# a reader of the page may not know the field's own names, and there is room to explain them
_MEASURES: Final = {
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
    "false_abstention": "误弃率",
    "search_p95": "检索 p95（毫秒）",
    "questions": "题数",
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
    "causes": "终评判错的原因",
    "causes_changed": "人工改过的原因",
}
_AUDIENCES: Final = {
    Audience.CUSTOMER: "客户",
    Audience.AGENT: "坐席",
    Audience.INTERNAL: "内部人员",
}
_SWAPPED: Final = re.compile(r"^应为 (\w+)，实为 (\w+)$")
_FACETS: Final = re.compile(r"^方面应为 (\w+)，实为 (\w+)$")


def measure_label(name: str) -> str:
    """A measure with what it means, or another figure of a report.

    >>> measure_label("Hit@1"), measure_label("right")
    ('Hit@1（首条命中）', '全部要求达到')
    """
    return _MEASURES.get(name) or labels.measure_label(name)


def audience_label(audience: Audience) -> str:
    """Who reads."""
    return _AUDIENCES[audience]


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
