"""What a draft is held to: numbers with what they count, codes, words for amounts, warnings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.rewriting import (
    Reason,
    Rewritten,
    judged,
    not_to_rewrite,
    original_words,
    request_of,
)
from tests.plugs.conftest import DAY

WARNING = "日包开通后不能退，当天自动失效。"
WORDS = "一次收5元，给1GB流量，当天24点到期，用完降到128Kbps，不续订。发KTLLB5到10086就能开通。"
SITUATION = "客户在出差，还剩300M流量，想要便宜的，说别家只要3块"


def view(text: str = WORDS, *warnings: str, **other: Any) -> dict[str, Any]:
    """As much of an answer object as rewriting looks at."""
    tips = [{"text": one, "must_say": True} for one in warnings]
    facts = [{"value": value} for value in ("5", "1", "24", "128", "10086")]
    return {
        "query": "日包怎么开",
        "outcome": "answered",
        "text": text,
        "agent_text": "坐席须核对余额",
        "tips": [*tips, {"text": "可以看看月包。", "must_say": False}],
        "facts": facts,
        **other,
    }


def of(draft: str, *warnings: str, situation: str = SITUATION, text: str = WORDS) -> Rewritten:
    return judged(view(text, *warnings), situation, draft)


@pytest.mark.parametrize(
    "draft",
    [
        WORDS,
        "您出差的话，花5块钱就有1个G，今天24点前有效，到点不续订。发KTLLB5到10086。",
        "您还剩300兆，不够就发ktllb5到10086，５元１ＧＢ，不续订。",
        "五元给1G，当天用，到期不续订。",
        "一次性5.00元，只管一天，不续订。",
        "您说的3元那种我们没有，日包是5元。",
        "要是万一不够用，千万别着急，一起办也不贵，十分方便，5元。",
    ],
)
def test_what_has_a_source_is_used(draft: str) -> None:
    assert of(draft) == Rewritten(draft, Reason.REWRITTEN, draft)


@pytest.mark.parametrize(
    ("draft", "offending"),
    [
        ("不续订，只要4元。", "4元"),
        ("不续订，只要四块钱。", "4元"),
        ("不续订，只要５．５元。", "5.5元"),
        ("不续订，送您5GB。", "5gb"),
        ("不续订，有1元的。", "1元"),
        ("不续订，有效期三十天。", "30天"),
        ("不续订，用到12月31日。", "12月"),
        ("不续订，打八折。", "8折"),
        ("不续订，便宜百分之二十。", "20%"),
        ("不续订，两三百分钟。", "2"),
        ("不续订，一百二十分钟。", "120分钟"),
        ("不续订，1,200元封顶。", "1200元"),
        ("不续订，打10088。", "10088"),
        ("不续订，发KTLLB6到10086。", "ktllb6"),
        ("不续订，发KTLLA5到10086。", "ktlla5"),
        ("不续订，今天免费。", "免费"),
        ("不续订，不收您的钱，白送。", "免费"),
        ("不续订，半价给您。", "半"),
        ("不续订，流量翻倍。", "倍"),
        ("不续订，现在有优惠。", "打折"),
        ("不续订，流量不限量。", "不限"),
        ("不续订，5元管一个月。", "1个月"),
        ("不续订，还剩300分钟。", "300分钟"),
        ("不续订，有5 GB。", "5gb"),
        ("不续订，只要.4元。", "4元"),
        ("不续订，5美元。", "5美元"),
        ("不续订，5TB。", "5tb"),
        ("不续订，伍元陆角。", "大写"),
        ("不续订，一毛钱。", "0.1元"),
    ],
)
def test_what_no_source_states_discards_a_draft_and_is_named(draft: str, offending: str) -> None:
    found = of(draft)

    assert (found.text, found.reason, found.draft) == (WORDS, Reason.UNTRACED, draft)
    assert offending in found.offending
    assert offending in found.why
    assert not found.rewritten


def test_a_charge_of_every_month_may_be_called_one_of_a_month() -> None:
    assert of("一个月5元，不续订。", text="每月5元，不续订。").rewritten
    assert not of("两个月5元，不续订。", text="每月5元，不续订。").rewritten


def test_free_may_be_said_in_other_words_where_the_answer_says_it() -> None:
    assert of("不收费的。", text="免费开通，不收月费。").rewritten
    assert not of("不收费的。", text="收10元，不退。").rewritten


@pytest.mark.parametrize(
    "draft", [f"{WARNING}5元，不续订。", "日包 开通后不能退,当天自动失效；5元，不续订。"]
)
def test_a_warning_may_be_quoted_with_other_punctuation(draft: str) -> None:
    assert of(draft, WARNING).text == draft


@pytest.mark.parametrize("draft", ["5元，不续订。", "日包开通后能退，当天自动失效。5元，不续订。"])
def test_a_draft_that_loses_a_warning_is_discarded(draft: str) -> None:
    found = of(draft, WARNING)

    assert found == Rewritten(f"{WARNING}\n{WORDS}", Reason.WARNING_LOST, draft, (WARNING,))


def test_a_draft_that_says_no_no_where_the_answer_does_is_discarded() -> None:
    assert of("5元，到期续订。").reason is Reason.NEGATION_LOST
    # the warning is quoted: it does not speak for the rest
    assert of(f"{WARNING}5元，到期续订。", WARNING).reason is Reason.NEGATION_LOST


def test_an_empty_draft_and_a_very_long_one_are_discarded() -> None:
    assert of(" \n").reason is Reason.NOTHING_SAID
    assert of("不续订。" * 200).reason is Reason.TOO_LONG


def test_only_what_was_answered_in_words_for_customers_is_rewritten() -> None:
    for outcome in ("clarify", "handover", "unknown"):
        kept = not_to_rewrite(view(outcome=outcome), SITUATION)
        assert kept == Rewritten(WORDS, Reason.NOT_ANSWERED)
    assert not_to_rewrite(view("", WARNING), SITUATION) == Rewritten(WARNING, Reason.NO_WORDS)
    assert not_to_rewrite(view(), " ") == Rewritten(WORDS, Reason.NO_SITUATION)
    assert not_to_rewrite(view(), SITUATION) is None
    with pytest.raises(BadQuery, match="500"):
        not_to_rewrite(view(), "长" * 501)


def test_wording_for_staff_is_not_what_a_model_is_given() -> None:
    asked = request_of(view(WORDS, WARNING), SITUATION)

    assert json.loads(asked) == {
        "问题": "日包怎么开",
        "必须告知": [WARNING],
        "答复": WORDS,
        "客户情况": SITUATION,
    }


def test_every_answer_passes_as_its_own_draft(base: KnowledgeBase) -> None:
    for question in ("日包多少钱", "日包怎么开", "20元3GB流量月包怎么取消", "宽带移机"):
        answer = base.answer(question, Filter(DAY)).to_json()
        assert answer["answered"]
        words = original_words(answer)
        assert judged(answer, "客户在出差", words) == Rewritten(words, Reason.REWRITTEN, words)


def test_every_reason_has_a_label() -> None:
    assert all(reason.label for reason in Reason)
