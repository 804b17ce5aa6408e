from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.spoken import in_digits

_HAN = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("29块9", "29.9元"),
        ("二十九块九", "29.9元"),
        ("9块9那档", "9.9元那档"),
        ("九块九包月", "9.9元包月"),
        ("十块五一个月", "10.5元一个月"),
        ("三块五一分钟", "3.5元一分钟"),
        ("3块5毛", "3.5元"),
        ("8块五毛五", "8.55元"),
        ("3块6毛8分钱", "3.68元"),
        ("3元5角", "3.5元"),
        ("十块零五毛", "10.5元"),
        ("一毛五", "0.15元"),
        ("1毛5/分钟", "0.15元/分钟"),
        ("一毛五一分", "0.15元一分"),
        ("两毛一分钟", "0.2元一分钟"),
        ("五毛钱", "0.5元"),
        ("一毛一条", "0.1元一条"),
        ("两角钱", "0.2元"),
        ("每条5分钱", "每条0.05元"),
        ("畅享199一块五", "畅享199 1.5元"),
        ("29块9流量卡", "29.9元流量卡"),
        ("29块9包20个g", "29.9元包20个g"),
        ("一毛九打电话", "0.19元打电话"),
        ("两毛九一兆", "0.29元一兆"),
        ("三块五一小时", "3.5元一小时"),
        ("从29块9降到19块9", "从29.9元降到19.9元"),
        ("29块9-39块9", "29.9元-39.9元"),
        ("剩3块八，5块的", "剩3.8元，5块的"),
        ("三块半一个月", "3.5元一个月"),
        ("一毛半", "0.15元"),
        ("三块五分钱", "3.05元"),
        ("8块零五", "8.05元"),
        ("778元8角1分", "778.81元"),
        ("9元9包邮", "9.9元包邮"),
        ("三块五档", "3.5元档"),
        ("29块9分期", "29.9元分期"),
        ("9块9 10g", "9.9元 10g"),
        ("28块8 38块8", "28.8元 38.8元"),
        ("9块9，10个g", "9.9元，10个g"),
        ("9块9月卡", "9.9元月卡"),
        ("29块9三个月", "29.9元三个月"),
        ("一毛五本地通话", "0.15元本地通话"),
        ("29块9支付", "29.9元支付"),
    ],
)
def test_a_price_as_it_is_said_is_an_amount_in_yuan(said: str, amount: str) -> None:
    assert in_digits(said) == amount


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("3百兆", "300兆"),
        ("充5百", "充500"),
        ("1千5", "1500"),
        ("1千5百块", "1500块"),
        ("2万5千元", "25000元"),
        ("2万元", "20000元"),
        ("1.5万元", "15000元"),
        ("3百二十兆", "320兆"),
        ("我爸6十三了", "我爸63了"),
        ("3百多块", "300多块"),
        ("充1百零8块", "充108块"),
        ("1万零5百块", "10500块"),
        ("1百二十八m", "128m"),
    ],
)
def test_a_number_that_is_partly_in_digits_is_one_number(said: str, number: str) -> None:
    assert in_digits(said) == number


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("两g半", "2.5gb"),
        ("一个g半", "1.5gb"),
        ("三个半g", "3.5个g"),
        ("一个半月", "1.5个月"),
        ("两个半小时", "2.5个小时"),
    ],
)
def test_a_half_is_counted(said: str, amount: str) -> None:
    assert in_digits(said) == amount


@pytest.mark.parametrize(
    "text",
    [
        "三块五百兆",  # 3 yuan, 500 M
        "十块五个g",
        "25块5个g",
        "5元1gb",
        "12块5g套餐",
        "返五块五块地返",
        "满30块5折",
        "10块8-12点",
        "10块8路",
        "十块一起交",
        "一分钱不退",
        "1分钱不退",
        "五毛党",
        "两三块五",
        "十百块五",
        "一年半价",
        "2g半价",
        "5g半天",
        "三角形",
        "5百5个月",
        "5000万像素",
        "跑了1万个",
        "片走2万 怎么办",
        "1.234百元",
        "6-9百",
        "5,000万元",
        "3百5千元",
        "9" * 13 + "百元",
        "2025十一套餐",
        "12306百",
        "一个g半个小时就跑没了",
        "5g半导体",
        "第一个半月",
        "订一个半月包",
        "一块三角板",
        "作家三毛的书",
        "《三毛》",
        "九牛一毛",
        "每20块一档",
        "10块、20块、30块三档",
        "十块一月租",
        "充30块3、4个月没用",
        "10块5,6次",
        "30块3 个月",
        "30块五一有活动吗",
        "2块四分之一",
        "八块五六天用完",
        "零点五毛",
        "10块2、3天",
        "5元3天",
    ],
)
def test_what_may_be_something_else_is_left_as_it_is(text: str) -> None:
    assert in_digits(text) == text


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_every_price_below_ten_is_read_in_each_way_to_say_it(yuan: int, mao: int, fen: int) -> None:
    one, ten, hundred = (_HAN[str(digit)] for digit in (yuan, mao, fen))
    assert in_digits(f"{yuan}块{mao}") == in_digits(f"{one}块{ten}") == f"{yuan}.{mao}元"
    assert in_digits(f"{one}块{ten}毛{hundred}") == f"{yuan}.{mao}{fen}元"
    assert in_digits(f"{ten}毛{hundred}") == f"0.{mao}{fen}元"
