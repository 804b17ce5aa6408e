from __future__ import annotations

import pytest

from corpora.types import FacetKind
from indexer.normalize import normalize
from retriever.intents import amounts_of, subject_of, wanted_facets

ASKED = [
    ("流量包怎么退订", FacetKind.CANCEL),
    ("亲情网咋取消", FacetKind.CANCEL),
    ("彩铃不想要了", FacetKind.CANCEL),
    ("把来电提醒关掉", FacetKind.CANCEL),
    ("宽带拆机", FacetKind.CANCEL),
    ("副卡怎么注销", FacetKind.CANCEL),
    ("quxiao cailing", FacetKind.CANCEL),
    ("流量月包怎么开通", FacetKind.OPEN),
    ("我想办个副卡", FacetKind.OPEN),
    ("咋办亲情网", FacetKind.OPEN),
    ("怎么申请国际漫游", FacetKind.OPEN),
    ("装宽带", FacetKind.OPEN),
    ("在哪报名这个活动", FacetKind.OPEN),
    ("59元套餐多少钱", FacetKind.PRICE),
    ("宽带月租", FacetKind.PRICE),
    ("日本漫游怎么收费", FacetKind.PRICE),
    ("副卡贵不贵", FacetKind.PRICE),
    ("补卡要钱吗", FacetKind.PRICE),
    ("违约金", FacetKind.PRICE),
    ("新套餐什么时候生效", FacetKind.EFFECTIVE),
    ("流量包几号到期", FacetKind.EFFECTIVE),
    ("有效期多长时间", FacetKind.EFFECTIVE),
    ("套餐次月变吗", FacetKind.EFFECTIVE),
    ("携号转网有什么条件", FacetKind.ELIGIBILITY),
    ("老年套餐几岁能用", FacetKind.ELIGIBILITY),
    ("哪些人有资格", FacetKind.ELIGIBILITY),
    ("话费怎么查", FacetKind.CHECK),
    ("查一下积分", FacetKind.CHECK),
    ("在哪看剩余流量", FacetKind.CHECK),
    ("补卡带什么证件", FacetKind.PAPERS),
    ("过户要哪些材料", FacetKind.PAPERS),
    ("过户要不要身份证", FacetKind.PAPERS),
    ("能代办吗", FacetKind.PROXY),
    ("过户必须本人来吗", FacetKind.PROXY),
    ("替老人办", FacetKind.PROXY),
    ("套餐变更", FacetKind.CHANGE),
    ("换套餐", FacetKind.CHANGE),
    ("想降档", FacetKind.CHANGE),
    ("光猫亮红灯", FacetKind.FAULT),
    ("手机没信号", FacetKind.FAULT),
    ("宽带上不了网", FacetKind.FAULT),
    ("读卡失败报错", FacetKind.FAULT),
    ("电视盒子打不开", FacetKind.FAULT),
    ("网速慢", FacetKind.FAULT),
    ("补卡在哪个菜单", FacetKind.OPERATION),
    ("手机怎么设置漫游", FacetKind.OPERATION),
    ("补卡界面操作步骤", FacetKind.OPERATION),
    ("手机电池多大", FacetKind.PARAMETERS),
    ("像素多少", FacetKind.PARAMETERS),
    ("这款手机支持5G吗", FacetKind.PARAMETERS),
    ("这个套餐有什么卖点", FacetKind.SELLING_POINTS),
    ("两个套餐有什么区别", FacetKind.COMPARE),
    ("哪个划算", FacetKind.COMPARE),
    ("流量能结转吗", FacetKind.RULES),
    ("用完会限速吗", FacetKind.RULES),
    ("流量先扣哪个", FacetKind.RULES),
    ("降档要提醒客户什么", FacetKind.CHANGE),
    ("要提醒客户什么", FacetKind.WARNING),
    ("开单要注意什么", FacetKind.WARNING),
    ("客户要走怎么挽留", FacetKind.SCRIPT),
    ("客户嫌贵怎么劝", FacetKind.SCRIPT),
    ("有没有类似的案例", FacetKind.SITUATION),
    ("客户投诉怎么处理", FacetKind.HANDLING),
    ("这件事有什么教训", FacetKind.LESSON),
]


@pytest.mark.parametrize(("question", "facet"), ASKED)
def test_a_question_asks_for_its_facet_first(question: str, facet: FacetKind) -> None:
    assert wanted_facets(normalize(question))[:1] == (facet,)


def test_two_things_asked_come_in_the_order_of_the_question() -> None:
    assert wanted_facets(normalize("取消要钱吗，什么时候生效")) == (
        FacetKind.CANCEL,
        FacetKind.PRICE,
        FacetKind.EFFECTIVE,
    )


@pytest.mark.parametrize("question", ["", "亲情网", "10元流量包", "5g", "。"])
def test_a_bare_name_asks_for_nothing_in_particular(question: str) -> None:
    assert wanted_facets(normalize(question)) == ()


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("亲情网咋取消", "亲情网"),
        ("来电提醒咋取消", "来电提醒"),
        ("那个怎么办理", ""),
        ("彩铃怎么退订", "彩铃"),
        ("亲情网咋退掉", "亲情网"),
        ("想开通副卡", "副卡"),
        ("宽带怎么收费", "宽带"),
        ("怎么查询话费", "话费"),
        ("59元的套餐多少钱", "套餐"),
        ("", ""),
    ],
)
def test_the_subject_is_what_is_left_without_action_amount_and_fillers(
    question: str, subject: str
) -> None:
    assert subject_of(normalize(question)) == subject


@pytest.mark.parametrize(
    ("question", "amounts"),
    [
        ("59元套餐", ("59元",)),
        ("五十九块的套餐含30个G", ("59元", "30gb")),
        ("两块钱两块钱", ("2元",)),
        ("流量包", ()),
        ("1.5元每月", ("1.5元",)),
    ],
)
def test_amounts_are_read_with_their_unit(question: str, amounts: tuple[str, ...]) -> None:
    assert amounts_of(normalize(question)) == amounts
