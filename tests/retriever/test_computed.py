from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.types import DataAllowance, DataKind, KnowledgeItem, Tariff
from indexer.normalize import normalize
from retriever.asked_usage import read_usage
from retriever.charge import Calculation
from retriever.computed import Computed, computed
from retriever.facts import numbers_in
from tests.builders import make_item
from tests.corpora.shipped import shipped_knowledge
from tests.retriever.tariffs import PLAN_59, PLAN_79

TODAY = dt.date(2026, 11, 10)


def product(item_id: str, title: str, tariff: Tariff | None) -> KnowledgeItem:
    return replace(make_item(item_id, title), tariff=tariff)


P59 = product("plan-59", "畅享59元档", PLAN_59)
P79 = product("plan-79", "畅享79元档", PLAN_79)
CONTRACT = product(
    "contract",
    "合约购机24个月",
    Tariff(monthly_fee=Decimal(99), contract_months=24, penalty_rate=Decimal("0.3")),
)
MEMBER = product("member", "会员首3月0元", Tariff(free_months=3, price_after=Decimal(15)))
DEPOSIT = product(
    "deposit",
    "存240送240",
    Tariff(deposit=Decimal(240), gift=Decimal(240), return_monthly=Decimal(20), return_months=12),
)
ROAMING = product(
    "roaming",
    "港澳台漫游日包",
    Tariff(
        daily_fee=Decimal(20), validity_days=1, data=(DataAllowance(DataKind.GENERAL, Decimal(1)),)
    ),
)


def told(item: KnowledgeItem, question: str) -> str:
    found = computed(item, question, as_of=TODAY)
    assert found is not None, question
    return found.text


@pytest.mark.parametrize(
    ("question", "conclusion", "formula"),
    [
        (
            "我是59的套餐，用了12个G，这个月要付多少钱",
            "这个月一共69元",
            "59 + (12 − 10) × 5 = 69元",
        ),
        ("用了十二个Ｇ打了三百分钟话费多少", "这个月一共99元", "+ (300 − 100) × 0.15 = 99元"),
        ("打了5个小时电话多少钱", "这个月一共89元", "59 + (300 − 100) × 0.15 = 89元"),
        ("每月用12G左右要交多少钱", "这个月一共69元", "59 + (12 − 10) × 5 = 69元"),
        ("流量超了2个G扣多少", "超出部分收10元", "2 × 5 = 10元"),
        ("用了12G超了2G，要多收多少", "超出部分收10元", "(12 − 10) × 5 = 10元"),
        ("25号开的卡，首月收多少钱", "首月收13.32元：10月25日", "59 × 7 ÷ 31 ≈ 13.32元"),
        ("25号开卡首月多少钱", "首月收11.8元：11月25日", "59 × 6 ÷ 30 = 11.8元"),
        ("二十号开的户，五十九的，这个月是收二十块左右还是五十九", "首月收22.84元", "59 × 12 ÷ 31"),
        ("9月5号办的首月扣多少", "首月收51.13元：9月5日", "59 × 26 ÷ 30 ≈ 51.13元"),
        ("用了12G，一个月一共多少钱", "这个月一共69元", "59 + (12 − 10) × 5 = 69元"),
        ("用两年一共要多少钱", "一共1416元", "59 × 24 = 1416元"),
    ],
)
def test_a_plan_answers_with_the_amount_first_and_its_formula(
    question: str, conclusion: str, formula: str
) -> None:
    text = told(P59, question)
    assert text.startswith(conclusion)
    assert formula in text


@pytest.mark.parametrize(
    ("item", "question", "said"),
    [
        (CONTRACT, "合约还剩5个月，违约金多少钱", "违约金148.5元"),
        (CONTRACT, "签了24个月的手机约，用了10个月不想用了要赔多少", "99 × 14 × 30% = 415.8元"),
        (CONTRACT, "两年的合约才用了一年半，现在解约赔多少", "99 × 6 × 30% = 178.2元"),
        (CONTRACT, "合约一个月九十九，还有半年，百分之三十的违约金多少", "99 × 6 × 30%"),
        (CONTRACT, "合约就剩一个月了，违约金多少", "99 × 1 × 30% = 29.7元"),
        (CONTRACT, "12个月后提前退要交多少违约金", "99 × 12 × 30% = 356.4元"),
        (CONTRACT, "用了24个月不用了赔多少", "24个月的合约已经满了，没有违约金"),
        (MEMBER, "头三个月不要钱的那个会员，第四个月扣多少", "第4个月收15元"),
        (MEMBER, "会员用12个月一共多少钱", "0 × 3 + 15 × 9 = 135元"),
        (MEMBER, "三个月以后每个月扣多少钱", "第4个月收15元"),
        (MEMBER, "优惠到期后多少钱", "优惠3个月，之后每月15元"),
        (DEPOSIT, "存进去240，每个月返多少，返几个月", "每月返20元，返12个月"),
        (DEPOSIT, "返了5个月，返多少钱了", "20 × 5 = 100元"),
        (ROAMING, "去香港玩3天要多少钱", "20 × 3 = 60元"),
    ],
)
def test_offers_contracts_and_day_packs_are_computed(
    item: KnowledgeItem, question: str, said: str
) -> None:
    assert said in told(item, question)


@pytest.mark.parametrize(
    "question",
    [
        *("59元套餐有多少流量", "59套餐多少钱", "超出流量一个G多少钱", "流量用超了一个G扣多少"),
        *("用了12个G还剩多少流量", "我用了12G扣了多少", "没用到12G要多少钱", "能用12G，多少钱"),
        *("用完10GB以后再用多少钱", "用了十几个G多少钱", "用了四五个G要多少钱", "怎么取消"),
        *(
            "用了12G，怎么退",
            "违约金怎么算",
            "79的套餐用了12G多少钱",
            "用了12G，收我80块，怎么算的",
        ),
        *(
            "发了3条短信多少钱",
            "去香港玩3天要多少钱",
            "36号开的首月收多少",
            "新卡第一个月扣多少",
            "用了1000000个G多少钱",
        ),
        *("合约还剩5个月，违约金多少钱", "存240返多少", ""),
    ],
)
def test_what_is_not_clearly_an_amount_of_this_product_is_not_computed(question: str) -> None:
    assert computed(P59, question, as_of=TODAY) is None


def test_a_first_month_by_day_needs_the_day_of_asking() -> None:
    assert computed(P59, "25号开的首月收多少钱") is None


def test_an_item_without_a_tariff_computes_nothing() -> None:
    assert computed(product("a", "过户", None), "用了12G多少钱", as_of=TODAY) is None


def test_two_products_are_compared_when_both_are_given() -> None:
    question = "我每月用15GB，59和79哪个划算"
    assert computed(P59, question, as_of=TODAY) is None
    found = computed(P59, question, as_of=TODAY, other=P79)
    assert found is not None
    assert found.text.startswith("畅享59元档：84元；畅享79元档：79元。畅享79元档少付5元；")


def test_every_fact_says_whether_the_tariff_or_the_question_gave_it() -> None:
    found = computed(P59, "用了12G要多少钱", as_of=TODAY)
    assert found is not None
    facts = {fact.value: fact.to_json() for fact in found.facts}
    assert facts["69"] == {
        "value": "69",
        "formula": "59 + (12 − 10) × 5 = 69元",
        "from": [
            *("tariff.monthly_fee", "question", "tariff.data.general", "tariff.over_data_per_gb"),
        ],
    }
    assert facts["12"] == {"value": "12", "formula": "", "from": ["question"]}
    assert facts["2"]["formula"] == "12 − 10 = 2"
    joined = computed(P59, "25号开的首月收多少钱", as_of=TODAY)
    assert joined is not None
    assert {fact.value: fact.sources for fact in joined.facts}["10"] == ("question", "as_of")


def test_a_sentence_with_an_untraced_number_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="without a source"):
        Computed(Calculation.MONTH, "一共6元。", ())


PIECES = (
    *(
        "用了",
        "打了",
        "超了",
        "还剩",
        "25号开的",
        "合约",
        "违约金",
        "返",
        "第4个月",
        "一共",
        "首月",
    ),
    *("12gb", "300分钟", "5个月", "3条", "半年", "2年", "59元", "多少钱", "多少", "哪个划算", "0"),
    *("扣多少", "赔多少", "个月后", "优惠到期", "，", "99999999999", "30%", "1年半", "去", "7天"),
)


@given(
    st.sampled_from((P59, CONTRACT, MEMBER, DEPOSIT, ROAMING)),
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join) | st.text(max_size=40),
)
def test_any_question_is_computed_with_every_number_traced_or_not_at_all(
    item: KnowledgeItem, question: str
) -> None:
    found = computed(item, question, as_of=TODAY, other=P79)
    if found is not None:
        facts = {fact.value: fact for fact in found.facts}
        assert set(numbers_in(found.text)) <= set(facts)
        assert all(fact.sources or fact.value == "0" for fact in found.facts)


def test_a_reading_is_the_same_typed_or_normalised() -> None:
    typed = "用了十二个Ｇ要多少钱"
    assert read_usage(normalize(normalize(typed))) == read_usage(normalize(typed))
    assert read_usage(normalize(typed)) is not None


@pytest.fixture(scope="module")
def shipped_items() -> dict[str, KnowledgeItem]:
    return {item.id: item for item in shipped_knowledge().items}


@pytest.mark.parametrize(
    ("item_id", "question", "said"),
    [
        ("biz-qqt-59", "全球通59用了12GB要付多少钱", "这个月一共69元"),
        ("biz-rwx-99", "任我享99用了60G要多少钱", "流量用到40GB后限速到1Mbps，不另收流量费"),
        ("biz-qwg-39", "全屋光签了两年，三十九的，用了10个月想退，得赔多少钱", "39 × 14 × 30%"),
        ("biz-kd-500", "500兆60块，还剩5个月，收我90块违约金怎么算的", "60 × 5 × 30% = 90元"),
        ("mkt-qjxj20", "139减20那个，两年总共要交多少钱", "119 × 12 + 139 × 12 = 3096元"),
        ("mkt-c240", "存240每个月返多少", "20 × 12 = 240元"),
    ],
)
def test_the_shipped_knowledge_answers_real_questions(
    shipped_items: dict[str, KnowledgeItem], item_id: str, question: str, said: str
) -> None:
    assert said in told(shipped_items[item_id], question)
