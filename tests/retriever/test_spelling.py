from __future__ import annotations

import pytest

from indexer.analyzer import Analyzer
from retriever.spelling import Speller

WORDS = ("亲情网", "流量", "携号转网", "漫游", "彩铃")


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(Analyzer(WORDS), WORDS, ("视频彩铃",))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("qinqingwang", "亲情网"),
        ("liuliang duoshaoqian", "流量多少钱"),
        ("quxiao cailing", "取消彩铃"),
        ("qqw怎么取消", "亲情网怎么取消"),
        ("刘量多少钱", "流量多少钱"),
        ("亲情往怎么退", "亲情网怎么退"),
        ("斜号转网", "携号转网"),
    ],
)
def test_sounds_and_initials_are_read_as_the_words_they_stand_for(
    speller: Speller, typed: str, read: str
) -> None:
    assert speller.reading(typed) == read


@pytest.mark.parametrize(
    "text",
    ["", "亲情网怎么取消", "wifi", "5g", "ktllb10", "xyzxyz", "10元", "。", "a"],
)
def test_what_is_written_already_stays_as_it_is(speller: Speller, text: str) -> None:
    assert speller.reading(text) == text


def test_a_code_is_never_read_as_initials(speller: Speller) -> None:
    assert speller.reading("qqw", {"qqw"}) == "qqw"


def test_a_long_run_of_letters_is_read_in_time(speller: Speller) -> None:
    assert speller.reading("q" * 500)


def test_without_words_nothing_but_question_words_is_known() -> None:
    bare = Speller(Analyzer(), (), ())
    assert bare.reading("zenmeban") == "怎么办"
    assert bare.reading("qinqingwang") == "qinqingwang"
