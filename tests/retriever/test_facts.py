from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.types import DataAllowance, DataKind, FacetKind, Tariff
from retriever.facts import numbers_in, traced
from tests.builders import TODAY, make_facet, make_item

FACET = make_facet(FacetKind.PRICE, "每月59元，含30GB，超出1.50元/GB。", "每月59元。")
ITEM = replace(
    make_item("plan-59", "畅享59元套餐", facets=[FACET], command="KTCX59"),
    tariff=Tariff(
        monthly_fee=Decimal("59.00"),
        voice_minutes=200,
        deposit=Decimal("1E+2"),
        over_data_cap=Decimal("0.30"),
        data=(DataAllowance(DataKind.GENERAL, Decimal("30.0")),),
    ),
    effective_to=TODAY,
)
STATED = {"59", "30", "1.5", "200", "100", "0.3", "10086", "2026", "3", "1"}

PIECES = (
    *("每月59元", "含３０GB", "200分钟", "押金100元", "赠送88元", "1.50元", "1.05", "①", "½", "5"),
    *("。", "！", "？", "\n", "，", " ", ".", "、", "٣天", "八十元"),
)
customer_texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(customer_texts | st.text(max_size=60))
def test_no_number_that_nothing_states_survives(text: str) -> None:
    shown, facts = traced(ITEM, FACET, text)
    assert set(numbers_in(shown)) <= STATED
    assert {fact.value for fact in facts} == set(numbers_in(shown))
    assert all(fact.item_id == "plan-59" and fact.field for fact in facts)


@given(customer_texts)
def test_only_whole_sentences_go_and_the_others_stay_as_they_are(text: str) -> None:
    shown, _ = traced(ITEM, FACET, text)
    rest = iter(text)
    assert all(sign in rest for sign in shown)
    if shown.strip("。！？\n "):
        assert traced(ITEM, FACET, shown)[0] == shown


def test_a_sentence_with_an_untraced_number_is_left_out() -> None:
    text = "每月59元。首月赠送88元！含30GB，放心用。"
    shown, facts = traced(ITEM, FACET, text)
    assert shown == "每月59元。含30GB，放心用。"
    assert {(f.value, f.field) for f in facts} == {
        ("59", "facets.price.official"),
        ("30", "facets.price.official"),
    }


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("200分钟", "tariff.voice_minutes"),
        ("押金100元", "tariff.deposit"),
        ("封顶0.3元", "tariff.over_data_cap"),
        ("发到10086", "actions.open.sms.target"),
        ("到2026年", "effective_to"),
    ],
)
def test_a_number_names_the_field_that_states_it(text: str, field: str) -> None:
    _, (fact,) = traced(ITEM, FACET, text)
    assert fact.field == field


def test_a_stop_after_blanks_alone_does_not_stand_first() -> None:
    assert traced(ITEM, FACET, " 。每月59元。 ！含30GB")[0] == "每月59元。含30GB"


def test_a_text_of_which_nothing_is_traced_is_empty() -> None:
    assert traced(ITEM, FACET, "赠送88元") == ("", ())
    assert traced(ITEM, FACET, "") == ("", ())


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("月费１０．００元", ["10"]),
        ("0.50", ["0.5"]),
        ("100", ["100"]),
        ("没有数", []),
        ("①②", ["12"]),
    ],
)
def test_numbers_are_read_in_any_width_without_idle_zeros(text: str, numbers: list[str]) -> None:
    assert numbers_in(text) == numbers
