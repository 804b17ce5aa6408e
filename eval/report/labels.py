"""The words of the report that other tables have no use for, beside those that all share."""

from __future__ import annotations

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
}
_AUDIENCES: Final = {
    Audience.CUSTOMER: "客户",
    Audience.AGENT: "坐席",
    Audience.INTERNAL: "内部人员",
}


def measure_label(name: str) -> str:
    """A measure with what it means, or another figure of a report.

    >>> measure_label("Hit@1"), measure_label("right")
    ('Hit@1（首条命中）', '全部要求达到')
    """
    return _MEASURES.get(name) or labels.measure_label(name)


def audience_label(audience: Audience) -> str:
    """Who reads."""
    return _AUDIENCES[audience]
