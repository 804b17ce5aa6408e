from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.numerals import apart, number_of, numeral_value, says_about


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("零", 0),
        ("两", 2),
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("九十九", 99),
        ("百", 100),
        ("一百零二", 102),
        ("一百〇二", 102),
        ("一百二", 120),
        ("一百二十", 120),
        ("两百", 200),
        ("两千五", 2500),
        ("一千零五十", 1050),
        ("一千零十", 1010),
        ("一千零五", 1005),
        ("一万", 10000),
        ("一万二", 12000),
        ("三万五千六百七十八", 35678),
        ("一二九", 129),
        ("一三八", 138),
        ("五〇", 50),
        ("十万", None),
        ("百百", None),
        ("一二百", None),
        ("十十", None),
        ("五" * 5000, None),
    ],
)
def test_a_numeral_has_the_value_that_people_mean(numeral: str, value: int | None) -> None:
    assert numeral_value(numeral) == value


@given(st.integers(1, 99_999))
def test_every_number_that_is_written_out_is_read_back(number: int) -> None:
    assert numeral_value(_written(number)) == number


def _written(number: int) -> str:
    """The full written form, with 零 for a gap: 10203 → 一万零二百零三."""
    out, gap = "", False
    for scale, sign in ((10000, "万"), (1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            out += ("零" if gap and out else "") + "零一二三四五六七八九"[digit] + sign
        gap = not digit
    return out


@pytest.mark.parametrize("about", ["一两", "两三", "三五", "四五", "八九", "百八十"])
def test_about_how_many_is_no_number(about: str) -> None:
    assert number_of(about) is None


@pytest.mark.parametrize(
    ("said", "value"),
    [("29", 29), ("007", 7), ("二十九", 29), ("五九", 59), ("9" * 13, None), ("x", None)],
)
def test_a_number_is_read_in_digits_and_in_signs(said: str, value: int | None) -> None:
    assert number_of(said) == value


def test_a_number_keeps_away_from_a_digit_or_letter_before_it() -> None:
    assert [apart(before, "5") for before in ("9", "x", "享", " ", "")] == [
        " 5",
        " 5",
        "5",
        "5",
        "5",
    ]


@pytest.mark.parametrize(
    ("numeral", "counted", "about"),
    [
        ("四五", "个g", True),
        ("二三", "天", True),
        ("二三", "年", False),  # 2023
        ("两三", "年", True),
        ("七八", "档", False),  # a plan of 78
        ("一两", "档", True),
        ("五九", "元", False),
    ],
)
def test_two_digits_in_a_row_say_about_how_many(numeral: str, counted: str, about: bool) -> None:
    assert says_about(numeral, counted) is about
