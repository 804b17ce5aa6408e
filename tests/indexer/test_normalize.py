from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.normalize import clean, normalize, numeral_value

# everything that the rules for numbers and units look at, so that they meet each other often
RULED = st.text(
    st.sampled_from(
        "零〇一二两三四五六七八九十百千万块钱元毛个g兆m月小时分天年岁档b/sp .059G個兩塊乾①½㎡ k"
    ),
    max_size=12,
)
HAN = st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=20)
ANY = st.text(st.characters(), max_size=30)
quick = settings(max_examples=300, deadline=None)


@quick
@given(RULED | HAN | ANY)
@example("5元钱钱")
@example("5兆b/s")
@example("İSTANBUL ﬁ ㎏")
def test_normalizing_twice_changes_nothing_more(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@quick
@given(RULED | ANY)
def test_normal_text_has_no_double_space_and_no_control_characters(text: str) -> None:
    normal = normalize(text)
    assert normal == clean(normal)
    assert normal == normal.lower()
    normal.encode()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("两块钱", "2元"),
        ("2塊錢", "2元"),
        ("五十九元", "59元"),
        ("58 块", "58元"),
        ("一二九档", "129档"),
        ("30个G", "30gb"),
        ("３０Ｇ", "30gb"),
        ("三十个g流量", "30gb流量"),
        ("千兆宽带", "1000m宽带"),
        ("五百兆", "500m"),
        ("100Mbps", "100m"),
        ("十二个月", "12个月"),
        ("5百块", "500元"),
        ("3千块钱", "3000元"),
        ("2万元", "20000元"),
        ("1.5万元", "15000元"),
        ("1.234百元", "1.234百元"),
        ("3百兆宽带和1千兆宽带", "300m宽带和1000m宽带"),
        ("1万个", "1万个"),
        ("畅享199一个月多少钱", "畅享199 1个月多少钱"),
        ("星禾X7一个月", "星禾x7 1个月"),
        ("5G一年", "5gb 1年"),
        ("充100一百五十元", "充100 150元"),
        ("我要退掉\n这个包", "我要退掉 这个包"),
        ("網路費用", "网路费用"),
        ("KTLLB10", "ktllb10"),
        ("一共多少", "一共多少"),
        ("千万不要", "千万不要"),
        ("  \t ", ""),
        ("流\ud800量\u200b包", "流 量 包"),
    ],
)
def test_one_meaning_has_one_spelling(text: str, normal: str) -> None:
    assert normalize(text) == normal


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
