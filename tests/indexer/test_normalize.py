from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.normalize import clean, normalize

# everything that the rules for numbers and units look at, so that they meet each other often
RULED = st.text(
    st.sampled_from(
        "零〇一二两三四五六七八九十百千万块钱元毛角个半g兆m月小时分天年岁档的,b/sp .059G個兩塊乾①½㎡ k"
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
        ("剩四五个G，两三天用完", "剩四五个g,两三天用完"),
        ("二三档，二三年买的", "23档,23年买的"),
        ("每月二十九块九，打超一毛五一分钟", "每月29.9元,打超0.15元1分钟"),
        ("一个半月用三个半G", "1.5个月用3.5gb"),
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
