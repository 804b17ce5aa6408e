"""What the types and checks say of fields, in the words of the tables."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = (
    ("缺少这个必填字段", "没有填，请填写"),
    ("至少要有一个口径（facets）", "没有口径，请填“简介”等列，或在“口径”表里加一行"),
    ("请填写customer或改audience", "请填客户口径，或把受众改为坐席"),
    ("请删去customer或改audience", "请清空客户口径，或把受众改为客户"),
    ("请填写official", "请填官方口径"),
    ("缺少target，请填写", "没有填目标，请填写"),
    ("weight应", "权重应"),
    ("地方版本须写明适用地区region", "填了所属条目的，要同时填地区"),
    ("，并加引号", "，单元格设为文本"),
    ("（kind: faq）", ""),
    ("price_book.yaml", ""),
    ("请补上codes", "请补上BOSS编码"),
    ("请改正kind或target", "请改正关联类型或关联条目"),
    ("请改用see_also", "请改用“参见”"),
    ("请在那边补上sibling", "请在那边补上“同类产品”关联"),
    ("或写成variant_of、sibling", "或填所属条目、关联为同类产品"),
    ("不加引号", ""),
)  # fmt: skip
_TAIL: Final = re.compile(r"[，；]$")


def in_table_words(problem: str) -> str:
    """The same sentence with the headings of the tables instead of the names of fields.

    >>> in_table_words("weight应不小于1")
    '权重应不小于1'
    """
    for field, heading in _WORDS:
        problem = problem.replace(field, heading)
    return _TAIL.sub("", problem)
