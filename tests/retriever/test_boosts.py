from __future__ import annotations

from dataclasses import replace

import pytest

from corpora.types import FacetKind, KnowledgeItem, SubLibrary
from retriever.boosts import (
    AMOUNT_AGREES,
    AMOUNT_DIFFERS,
    BUSINESS,
    EXACT_CODE,
    HAS_FACET,
    NUMBERS_MISSING,
    agrees,
    boosts,
    names_by_code,
    names_of,
    same_unit,
)
from retriever.understand import Query
from tests.builders import make_facet, make_item

BLANK = Query("", "", (), (), "", (), (), "")
PACK = make_item("pack", "流量月包10元档", SubLibrary.TIPS, aliases=("老月包",))


def test_nothing_asked_corrects_nothing() -> None:
    assert boosts(BLANK, names_of(PACK), frozenset()) == []


def test_a_code_outweighs_everything_else() -> None:
    gains = dict(boosts(BLANK, names_of(PACK), frozenset({"pack"})))
    assert gains == {"code": EXACT_CODE}


@pytest.mark.parametrize("text", ["老月包怎么退", "流量月包10元档"])
def test_an_item_is_named_by_title_or_alias(text: str) -> None:
    query = replace(BLANK, normalized=text)
    assert "named" in dict(boosts(query, names_of(PACK), frozenset()))


def test_an_item_is_named_in_the_reading_too() -> None:
    query = replace(BLANK, normalized="lyb", reading="老月包")
    assert "named" in dict(boosts(query, names_of(PACK), frozenset()))


def test_an_item_that_is_called_comes_before_those_whose_names_only_hold_that() -> None:
    plus = make_item("plus", "老月包升级版", SubLibrary.TIPS, aliases=("老月包升级",))
    query = replace(BLANK, normalized="老月包多少钱", called="老月包")
    called = frozenset({PACK.family})
    assert {"named", "wholly_named"} <= dict(
        boosts(query, names_of(PACK), frozenset(), called)
    ).keys()
    assert "wholly_named" not in dict(boosts(query, names_of(plus), frozenset(), called))


SENTENCE = "过敏性哮喘10元怎么治"
SAYS_ITS_TITLE = make_item(
    "text", SENTENCE, SubLibrary.TIPS, facets=[make_facet(official=SENTENCE)]
)


@pytest.mark.parametrize(
    ("item", "named"),
    [
        (SAYS_ITS_TITLE, False),
        (replace(SAYS_ITS_TITLE, aliases=("哮喘",)), True),
        (replace(SAYS_ITS_TITLE, title="过敏性哮喘"), True),
        (make_item("more", SENTENCE, facets=[make_facet(official=f"{SENTENCE}？先查。")]), True),
    ],
)
def test_a_sentence_that_says_nothing_but_its_title_is_not_called_by_it(
    item: KnowledgeItem, named: bool
) -> None:
    query = replace(BLANK, normalized=f"请问{SENTENCE}，能去根吗", amounts=("10元",))
    gains = dict(boosts(query, names_of(item), frozenset()))
    assert ("named" in gains) is named
    # an amount in it tells it from others all the same
    assert ("amount" in gains) is ("10元" in item.title)
    assert SENTENCE in names_of(item).text


@pytest.mark.parametrize(
    ("amounts", "gain"),
    [
        (("10元",), ("amount", AMOUNT_AGREES)),
        (("20元",), ("other_amount", AMOUNT_DIFFERS)),
        (("20",), ("other_amount", AMOUNT_DIFFERS)),
        (("20gb",), None),
    ],
)
def test_siblings_are_told_apart_by_their_amount(
    amounts: tuple[str, ...], gain: tuple[str, float] | None
) -> None:
    found = boosts(replace(BLANK, amounts=amounts), names_of(PACK), frozenset())
    assert found == ([gain] if gain else [])


def test_numbers_that_the_item_never_states_count_by_their_share() -> None:
    query = replace(BLANK, numbers=frozenset({"10", "77"}))
    gains = dict(boosts(query, names_of(PACK), frozenset()))
    assert gains["numbers_missing"] == pytest.approx(NUMBERS_MISSING / 2)


@pytest.mark.parametrize(
    ("asked", "own", "same"),
    [("10元", "10元", True), ("10", "10gb", True), ("10元", "10gb", False), ("10档", "10元", True)],
)
def test_amounts_agree_unless_number_or_unit_differs(asked: str, own: str, same: bool) -> None:
    assert agrees(asked, own) is same


def test_a_bare_number_of_two_places_is_a_price() -> None:
    assert same_unit("99", "59元")
    assert not same_unit("9", "59元")
    assert not same_unit("99", "59gb")


@pytest.mark.parametrize(
    ("code", "names"),
    [("LLB010", True), ("WIFI", False), ("CPBG", True), ("KT", True), ("OTHER", False)],
)
def test_a_word_names_an_item_only_as_a_screen_or_a_command(code: str, names: bool) -> None:
    item = make_item(codes=("LLB010", "WIFI"), screens=("cpbg",), command="KT")
    assert names_by_code(item, code) is names


def test_an_item_that_can_answer_what_is_asked_gains() -> None:
    asked = replace(BLANK, facets=(FacetKind.PRICE, FacetKind.OPEN))
    able = make_item("x", "套餐", facets=[make_facet(FacetKind.OPEN)])
    assert boosts(asked, names_of(able), frozenset()) == [
        ("business", BUSINESS),
        ("facet", HAS_FACET),
    ]
    assert boosts(asked, names_of(PACK), frozenset()) == []


def test_all_that_an_item_says_is_known_in_one_spelling() -> None:
    item = make_item("x", "套餐", facets=[make_facet(official="含３０個Ｇ", customer="有30GB")])
    names = names_of(item)
    assert names.numbers == {"30"}
    assert "30gb" in names.text
