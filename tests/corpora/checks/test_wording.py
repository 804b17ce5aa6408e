"""Lints on what customers are told find claims and leaks, and leave plain words alone."""

from __future__ import annotations

from decimal import Decimal

import pytest

from corpora.source import Severity
from corpora.types import KnowledgeItem, Tariff
from tests.corpora.builders import (
    found,
    make_facet,
    make_internal,
    make_item,
    problems_of,
    said,
)

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.mark.parametrize("phrase", ["这个我不知道。", "这事不归我管。", "系统就这样。"])
def test_a_phrase_that_turns_customers_away_is_an_error(phrase: str) -> None:
    found(said(phrase), field="facets[0].customer", severity=ERROR, says="不能说")


@pytest.mark.parametrize(
    "claim",
    [
        "这是最优惠的套餐。",
        "网速全国第一。",
        "保证不断网。",
        "马上就好。",
        "立即开通。",
        "最快的网速。",
    ],
)
def test_a_claim_or_promise_is_a_warning(claim: str) -> None:
    found(said(claim), field="facets[0].customer", severity=WARNING, says="绝对化")


@pytest.mark.parametrize(
    "plain",
    [
        "第一步打开APP，第一个月按天收。",
        "最低消费不变，最多订3个，最晚5日到账。",
        "最近一次办理不算，最好先查一下，最高按200元封顶。",
        "网速不保证一直不变，要交保证金的会先说明。",
    ],
)
def test_plain_words_with_the_same_characters_are_fine(plain: str) -> None:
    assert not problems_of(said(plain))


def test_disparaging_another_operator_is_a_warning() -> None:
    found(said("联通的信号差。"), field="facets[0].customer", severity=WARNING, says="运营商")
    assert not problems_of(said("谨防电信诈骗，可以转到联通。"))


def test_a_customer_wording_has_at_most_120_characters() -> None:
    found(said("好。" * 61), field="facets[0].customer", severity=ERROR, says="122字")
    assert not problems_of(said("好。" * 60))


def test_a_conclusion_has_at_most_40_characters() -> None:
    found(said("好" * 41 + "。"), field="facets[0].customer", severity=WARNING, says="41字")
    assert not problems_of(said("好" * 40 + "。再说几句。"))


def test_a_step_has_at_most_30_characters() -> None:
    item = make_item(facets=(make_facet(steps=("好" * 31,)),))
    found(item, field="facets[0].steps[0]", severity=WARNING, says="31字")


@pytest.mark.parametrize("field", ["facets[0].questions[1]", "similar_questions[3]"])
def test_a_question_has_at_most_60_characters(field: str) -> None:
    def asked(length: int) -> KnowledgeItem:
        facet = ("怎么开", "好" * length) if field.startswith("facets") else ("怎么开",)
        own = ("一", "二", "三", *(() if len(facet) > 1 else ("好" * length,)))
        return make_item(facets=(make_facet(questions=facet),), similar_questions=own)

    found(asked(61), field=field, severity=WARNING, says="61字")
    assert not problems_of(asked(60))


@pytest.mark.parametrize(
    ("offer", "lacks"),
    [
        ("现在免费用。", "截止时间和之后的价格"),
        ("首3个月0元。", "之后的价格"),
        ("现在0元，以后每次收15元。", "截止时间"),
    ],
)
def test_a_free_offer_says_its_end_and_the_price_after(offer: str, lacks: str) -> None:
    found(said(offer), field="facets[0].customer", severity=WARNING, says=lacks)


@pytest.mark.parametrize(
    "offer",
    [
        "首3个月0元，之后每月15元。",
        "2027年12月31日前免费，之后收100元。",
        "免费查询。",
        "每次收20元。",
    ],
)
def test_a_complete_offer_and_a_free_query_are_fine(offer: str) -> None:
    assert not problems_of(said(offer))


def test_a_service_without_fee_needs_no_price_after() -> None:
    free = make_item(facets=said("这项服务免费。").facets, tariff=Tariff(monthly_fee=Decimal(0)))
    assert not problems_of(free)


def test_unlimited_stands_with_threshold_and_speed() -> None:
    found(said("流量不限量。"), field="facets[0].customer", severity=WARNING, says="限速")
    assert not problems_of(said("流量不限量，用到40GB后网速降到1Mbps。"))


def test_an_internal_clause_never_reaches_a_customer() -> None:
    secret = make_internal("内部口径：值班长可授权至已用量300MB，超出报部门经理审批。")
    insider = make_item("biz-inside", facets=(make_facet(), secret))
    leak = said("超出报部门经理审批。", "月费10元。")
    found(insider, leak, field="facets[0].customer", severity=ERROR, says="biz-inside")
    assert not problems_of(insider, said("超出报部门经理审批。"))  # its own official text says so
