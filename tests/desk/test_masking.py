from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.desk.masking import CARD, LANDLINE, MOBILE, NUMBER, PAPER, is_personal, masked_text

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
mobiles = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
days = st.dates(dt.date(1930, 1, 1), dt.date(2020, 12, 31))
papers = st.builds(
    lambda area, born, order, check: f"{area}{born:%Y%m%d}{order:03d}{check}",
    st.integers(110000, 659999),
    days,
    st.integers(0, 999),
    st.sampled_from("0123456789X"),
)
old_papers = st.builds(
    lambda area, born, order: f"{area}{born:%y%m%d}{order:03d}",
    st.integers(110000, 659999),
    days,
    st.integers(0, 999),
)
cards = st.from_regex(r"\A[3-9][0-9]{15,18}\Z")
separators = st.sampled_from([" ", "-", "－", "\u3000", " - "[1:], "\u2011", "\u200b"])
words = st.text(st.characters(categories=["Lo"], max_codepoint=0x9FFF), max_size=12)


def grouped(digits: str, sizes: tuple[int, ...], between: str) -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(digits[at : at + size])
        at += size
    return between.join([*parts, digits[at:]] if at < len(digits) else parts)


@given(words, mobiles, words, st.booleans())
def test_a_mobile_number_is_masked_wherever_it_stands(
    before: str, number: str, after: str, wide: bool
) -> None:
    written = number.translate(FULL_WIDTH) if wide else number
    assert masked_text(f"{before}{written}{after}") == f"{before}{MOBILE}{after}"


@given(mobiles, st.sampled_from([(3, 4, 4), (3, 8), (7, 4), (4, 4, 3), (1,) * 11]), separators)
def test_a_mobile_number_in_groups_is_masked_whole(
    number: str, sizes: tuple[int, ...], between: str
) -> None:
    assert masked_text(f"号码{grouped(number, sizes, between)}。") == f"号码{MOBILE}。"


@given(mobiles, st.sampled_from(["86", "+86", "0086", "+86 ", "+86-", "86 "]))
def test_a_country_code_goes_with_its_number(number: str, code: str) -> None:
    masked = masked_text(code + number)
    assert masked.endswith(MOBILE)
    assert masked.removesuffix(MOBILE).strip(" -") in ("", "+", "+86", "86")


@given(papers, st.booleans())
def test_an_identity_number_is_masked(number: str, wide: bool) -> None:
    written = number.translate(FULL_WIDTH) if wide else number
    assert masked_text(f"证件{written}，") == f"证件{PAPER}，"
    assert masked_text(number.lower()) == PAPER


@given(papers, st.sampled_from([(6, 8, 4), (6, 4, 4, 4), (6, 12)]), separators)
def test_an_identity_number_in_groups_is_masked(
    number: str, sizes: tuple[int, ...], between: str
) -> None:
    masked = masked_text(grouped(number, sizes, between))
    assert not any(char.isdigit() for char in masked), masked


@given(old_papers)
def test_an_old_identity_number_is_masked(number: str) -> None:
    assert masked_text(number) == PAPER
    assert not is_personal(masked_text(grouped(number, (6, 6, 3), " ")))
    assert masked_text(grouped(number, (6, 6, 3), " ")) == PAPER


@given(cards)
def test_a_card_number_is_masked(number: str) -> None:
    assert masked_text(number) in (CARD, PAPER)  # eighteen digits may be either
    in_fours = grouped(number, (4, 4, 4, 4), " ")
    assert masked_text(f"卡{in_fours}的钱") in (f"卡{CARD}的钱", f"卡{PAPER}的钱")
    assert masked_text(grouped(number, (4, 4, 4, 4), "-")) in (CARD, PAPER)


@given(st.from_regex(r"\A[0-9]{1,10}\Z"), words, words)
def test_a_product_code_is_left_alone(code: str, before: str, after: str) -> None:
    text = f"{before}{code}{after}"
    assert masked_text(text) == text


@given(st.lists(st.integers(1, 999).map(str), min_size=1, max_size=8))
def test_prices_side_by_side_are_left_alone(prices: list[str]) -> None:
    for between in ("元、", "/", "，", "元 "):
        text = between.join(prices) + "元"
        assert masked_text(text) == text


@given(days, days, st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y %m %d"]))
def test_dates_are_left_alone(start: dt.date, end: dt.date, form: str) -> None:
    text = f"{start.strftime(form)} {end.strftime(form)}"
    assert masked_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "139 199 299 59",
        "30010002 30010003 30010004",
        "10086 30010002 1234567890",
        "订单SL20261126-0001",
        "拨10086或4008100186",
        "E3051 CPBG 0000",
        "每月59.90元，含30GB，24个月共1437.60元",
        "iPhone 13x 和 13 Pro",
    ],
)
def test_what_is_nobodys_number_is_left_alone(text: str) -> None:
    assert masked_text(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("028-85123456", LANDLINE),
        ("02885123456", LANDLINE),
        ("1234567890 13800001234", f"1234567890 {MOBILE}"),
        ("13800001234 59 129", f"{MOBILE} 59 129"),
        ("20260301 13800001234", f"20260301 {MOBILE}"),
        ("13800001234x", MOBILE),
        ("13800001234wx同号", f"{MOBILE}wx同号"),
        ("138 0000 1234a", f"{MOBILE}a"),
        ("13800001234Xa", f"{MOBILE}Xa"),
        ("110101199001011234k", f"{PAPER}k"),
        ("1380000123413900001234", NUMBER),
        ("13800001234，13900001234", f"{MOBILE}，{MOBILE}"),
        ("١٣٨٠٠٠٠١٢٣٤", MOBILE),
    ],
)
def test_numbers_beside_others_are_told_apart(text: str, masked: str) -> None:
    assert masked_text(text) == masked


@given(st.text(st.sampled_from("0123456789０１３Xx -－\u3000元套餐"), max_size=40))
def test_masking_twice_masks_nothing_more_and_leaves_no_long_row_of_digits(text: str) -> None:
    masked = masked_text(text)
    assert masked_text(masked) == masked
    longest = max((len(run) for run in _rows(masked)), default=0)
    assert longest < 15
    assert not any(
        len(run) == 11 and run[0] == "1" and run[1] in "3456789" for run in _rows(masked)
    )


def _rows(text: str) -> list[str]:
    plain = "".join(str(int(char)) if char.isdigit() else " " for char in text)
    return plain.split()


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    masked_text(text)
