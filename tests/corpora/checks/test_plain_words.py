"""Customer language: terms, places to be sent to, silence, and what cannot be read aloud."""

from __future__ import annotations

import datetime as dt

import pytest

from corpora.checks import check
from corpora.jargon import jargon, readings, wording_for
from corpora.knowledge import Knowledge
from corpora.lexicon import ApprovalState, GlossaryTerm, Lexicon, LocalWording
from corpora.source import Problem, Severity
from corpora.types import Region
from tests.corpora.builders import REGIONS, found, said

APPROVED, DRAFT = ApprovalState.APPROVED, ApprovalState.DRAFT
WANGHAI = Region("yj/wanghai")


def term(name: str = "结转", plain: str = "没用完的留到下月用", **fields: object) -> GlossaryTerm:
    given = {"state": APPROVED, "approved_by": "市场经营部"} | fields
    return GlossaryTerm(name, plain, **given)  # type: ignore[arg-type]


def glossary_problems(*terms: GlossaryTerm, text: str = "") -> list[Problem]:
    items = (said(text),) if text else ()
    knowledge = Knowledge(items, lexicon=Lexicon(glossary=terms), regions=REGIONS)
    return [p for p in check(knowledge, {}) if "price_book" not in p.field]


def test_an_expert_term_in_customer_words_is_named_with_the_plain_ones() -> None:
    (problem,) = glossary_problems(term(), text="月末流量结转。")
    assert (problem.field, problem.severity) == ("facets[0].customer", Severity.WARNING)
    assert "没用完的留到下月用" in problem.problem


def test_a_term_that_is_explained_known_or_not_approved_is_no_jargon() -> None:
    assert not glossary_problems(term(), text="流量结转，就是没用完的留到下月用。")
    assert not glossary_problems(term(known=True), text="月末流量结转。")
    assert not glossary_problems(term(state=DRAFT), text="月末流量结转。")
    assert not glossary_problems(term(except_in=("结转移",)), text="办结转移手续。")


def test_a_city_says_it_in_its_own_words_once_they_are_approved() -> None:
    local = LocalWording("yj/wanghai", "留着下个月接着用", APPROVED)
    assert wording_for(term(local=(local,)), WANGHAI) == "留着下个月接着用"
    assert wording_for(term(local=(local,)), Region("yj/wanghai/h01")) == "留着下个月接着用"
    assert wording_for(term(local=(local,))) == "没用完的留到下月用"
    draft = LocalWording("yj/wanghai", "留着下个月接着用")
    assert wording_for(term(local=(draft,)), WANGHAI) == "没用完的留到下月用"
    assert not wording_for(term(state=DRAFT))


def test_a_term_inside_a_longer_one_is_the_longer_one() -> None:
    glossary = readings([term("流量", "上网用的量"), term("套外流量", "套餐以外的流量")])
    assert [one.term for one in jargon("套外流量另收", glossary).terms] == ["套外流量"]


def test_the_score_counts_unexplained_terms_a_hundred_characters() -> None:
    glossary = readings([term()])
    assert jargon("结转" + "字" * 48, glossary).score == pytest.approx(2.0)
    assert jargon("字" * 50, glossary).score == 0
    assert jargon("", glossary).score == 0
    assert jargon("一二三四。五六！", glossary).sentence == pytest.approx(3.0)


def test_letters_are_whole_words() -> None:
    glossary = readings([term("SP", "内容公司")])
    assert not jargon("SPHY15", glossary).terms
    assert jargon("SP收费", glossary).terms


def test_a_glossary_that_nobody_vouches_for_is_named() -> None:
    assert "审定部门" in glossary_problems(term(approved_by=""))[0].problem
    assert "两次" in glossary_problems(term(), term())[0].problem
    circular = glossary_problems(term(), term("套外", "不能结转的部分"))
    assert "结转" in circular[0].problem
    lost = glossary_problems(term(local=(LocalWording("yj/nowhere", "留着", APPROVED),)))
    assert lost[0].field == "local[0].region"


def test_dates_of_approval_are_dates() -> None:
    assert term(approved_on=dt.date(2026, 6, 30)).approved_on == dt.date(2026, 6, 30)


@pytest.mark.parametrize(
    "text", ["这个业务请自行前往营业厅。", "补卡必须本人到营业厅。", "您只能去自助机缴费。"]
)
def test_customers_are_not_sent_away(text: str) -> None:
    found(said(text), field="facets[0].customer", severity=Severity.WARNING, says="支走")


def test_a_hall_may_be_offered() -> None:
    from tests.corpora.builders import problems_of

    assert not problems_of(said("我这里能办，方便的话也可以到营业厅办。"))


@pytest.mark.parametrize("text", ["不回复视为同意开通。", "未回复默认续订。", "到期自动转为收费。"])
def test_silence_never_orders(text: str) -> None:
    found(said(text), field="facets[0].customer", severity=Severity.ERROR, says="不回复")


@pytest.mark.parametrize(
    "text", ["请看https://example.cn/a。", "设置→网络→关闭。", "卡号898600123456789012。"]
)
def test_what_customers_hear_can_be_read_aloud(text: str) -> None:
    found(said(text), field="facets[0].customer", severity=Severity.WARNING, says="念不出来")
