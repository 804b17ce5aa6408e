from __future__ import annotations

import pytest

from indexer.analyzer import Analyzer
from retriever.spelling import Speller

WORDS = ("亲情网", "流量", "携号转网", "漫游", "彩铃", "副卡", "套餐", "断网")
LINES = (
    *(
        "亲情网怎么取消",
        "亲情网怎么退",
        "流量多少钱",
        "流量包怎么退订",
        "彩铃怎么取消",
        "携号转网要几天",
    ),
    *("替家里老人办套餐要带什么证件", "给我妈办卡要带身份证吗", "客户要改安装时间在哪里改工单"),
    *("宽带断网了怎么报修", "套餐里的流量用完了怎么办", "副卡1个月多少元", "50gb的包10元能结转吗"),
    *("存500送500返的话费能交宽带吗", "app怎么登录", "我想把号码转到别人名下", "剩下的话费能退吗"),
)


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(Analyzer(WORDS), WORDS, ("视频彩铃",), LINES)


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
        ("gei wo ma ban taocan yao dai shenfenzheng ma", "给我妈办套餐要带身份证吗"),
        ("kehu 要 gai 安装 shijian 在 nali 改", "客户要改安装时间在哪里改"),
        ("50gb的bao 10kuai能jiezhuan吗", "50gb的包 10元能结转吗"),
        ("套餐里的刘量用完了", "套餐里的流量用完了"),
        ("付卡1个月多少钱", "副卡1个月多少钱"),
        ("断往了怎么抱修", "断网了怎么报修"),
        ("这个月3个计用完了", "这个月3gb用完了"),
    ],
)
def test_sounds_and_initials_are_read_as_the_words_they_stand_for(
    speller: Speller, typed: str, read: str
) -> None:
    assert speller.reading(typed) == read


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "亲情网怎么取消",
            "wifi",
            "5g",
            "ktllb10",
            "xyzxyz",
            "10元",
            "。",
            "a",
            "app里怎么弄",
        ),
        *("俺的副卡咋退", "本人拟办理副卡", "天气预报", "有3个机器坏了", "不散伙"),
    ],
)
def test_what_is_written_already_stays_as_it_is(speller: Speller, text: str) -> None:
    assert speller.reading(text) == text


def test_a_code_is_never_read_as_initials(speller: Speller) -> None:
    assert speller.reading("qqw", {"qqw"}) == "qqw"


@pytest.mark.parametrize("text", ["q" * 500, "是" * 500, "刘量" * 250, "shi " * 125])
def test_the_longest_question_is_read_in_time(speller: Speller, text: str) -> None:
    assert speller.reading(text)


def test_without_words_the_common_language_is_known() -> None:
    bare = Speller(Analyzer(), (), ())
    assert bare.reading("zenmeban") == "怎么办"
    assert bare.reading("怎么办") == "怎么办"
