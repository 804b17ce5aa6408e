"""What a new version changes is told field by field, in the words of the tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.differences import field_changes, shortened
from corpora.types import Audience, Code, FacetKind, KnowledgeItem, SaleStatus, Tariff
from tests.builders import make_facet, make_item

ITEM = make_item(facets=[make_facet(official="官方。", customer="客户。")])
AGENT = make_facet(FacetKind.RULES, "坐席看。", audience=Audience.AGENT)


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (replace(ITEM, title="新"), ("标题", "流量月包10元档", "新")),
        (replace(ITEM, sale_status=SaleStatus.WITHDRAWN), ("销售状态", "在售", "已下线")),
        (replace(ITEM, must_say=True), ("必须提醒", "否", "是")),
        (replace(ITEM, codes=(Code("boss", "007"),)), ("编码", "（空）", "boss:007")),
        (replace(ITEM, tariff=Tariff(voice_minutes=50)), ("资费.语音分钟", "（空）", "50")),
        (replace(ITEM, facets=(*ITEM.facets, AGENT)), ("口径[使用规则·坐席]", "", "坐席看。")),
        (
            replace(ITEM, facets=(replace(ITEM.facets[0], steps=("甲", "乙")),)),
            ("口径[简介].步骤", "（空）", "甲、乙"),
        ),
        (
            replace(ITEM, facets=(replace(ITEM.facets[0], questions=("怎么用", "用多久")),)),
            ("口径[简介].问法", "（空）", "怎么用、用多久"),
        ),
    ],
)
def test_a_change_names_its_field_before_and_after(
    new: KnowledgeItem, told: tuple[str, str, str]
) -> None:
    (change,) = field_changes(ITEM, new)
    assert (change.field, change.old, change.new) == told


def test_equal_items_have_no_changes_and_another_order_of_facets_is_one() -> None:
    both = replace(ITEM, facets=(*ITEM.facets, AGENT))
    assert list(field_changes(both, both)) == []
    (change,) = field_changes(both, replace(both, facets=both.facets[::-1]))
    assert change.field == "口径次序"


@given(st.text(max_size=200), st.text(max_size=200))
def test_shortened_texts_still_differ_where_the_texts_do(old: str, new: str) -> None:
    before, after = shortened(old, new)
    assert (before == after) == (old == new)
    assert max(len(before), len(after)) <= 42
