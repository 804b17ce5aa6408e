"""Facts in texts: the same number in another spelling counts, a part of a number never does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.facts import says, spelled


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("月费一百二十九块", "129元"),
        ("每月 129.00 元", "129元"),
        ("合计1,059元", "1059元"),
        ("含３０个Ｇ流量", "30GB"),
        ("发送TDLLB10到10086", "tdllb10"),
        ("2026年12月1日起生效", "2026-12-01"),
        ("2026-12-01起生效", "2026年12月1日"),
        ("2026年12月1日起生效", "12月1日"),
        ("流量可以结转到次月", "结转 到次月"),
        ("違約金按月計算", "违约金"),
        ("59元", "59"),
    ],
)
def test_a_fact_is_found_in_another_spelling(text: str, fact: str) -> None:
    assert says(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("月费129元", "29元"),
        ("月费129元", "12"),
        ("月费1.5元", "5元"),
        ("月费59.5元", "59"),
        ("发送KTLLB100到10086", "KTLLB10"),
        ("发送TDLLB10到10086", "LLB10"),
        ("支持VoLTE", "LTE"),
        ("没有数字", "0"),
        ("月费59元", ""),
        ("", "59元"),
    ],
)
def test_a_part_of_a_number_or_word_is_not_the_fact(text: str, fact: str) -> None:
    assert not says(text, fact)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_the_spelling_of_facts_is_stable_for_any_text(text: str) -> None:
    assert " " not in spelled(text)
    assert says(text, "59元") in (True, False)


@settings(deadline=None)
@given(st.integers(0, 99_999), st.sampled_from(["元", "GB", "分钟", "天"]))
def test_a_fact_is_said_by_any_sentence_around_it(number: int, unit: str) -> None:
    assert says(f"您好，共{number}{unit}。", f"{number}{unit}")
    assert not says(f"您好，共1{number}{unit}。", f"{number}{unit}")
