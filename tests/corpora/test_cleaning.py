"""Cleaning mends what exports broke and never touches what an editor wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpora.cleaning import cleaned
from corpora.types import KnowledgeItem
from tests.corpora.shipped import shipped_knowledge

quick = settings(max_examples=300, deadline=None)

# everything that the rules look at, so that they meet each other often
PIECES = st.sampled_from(
    [
        *"办理流量包宽带移机次月生效好慢点击",
        *"經營乾著與電ＡｂＺ０９％＃　 \n\t。，！（）()<>&;…-—“”",
        "<p>", "</p>", "<br/>", "<b>", "&nbsp;", "&amp;", "&lt;", "&#49;", "<!--", "-->",
        "<script>", "</script>", "(jīng)", "（chóng qìng）", "(APN)", "第3页 共12页", "- 3 -",
        "\u00ad", "\u200b", "\ufeff", "\u0e44", "\ue000", "⾸", "10086", "KTLLB10", "5", "1.",
        "逐层点击", "办理后次月生效，当月按原套餐计费", "。。。", "业 务 办 理",
    ]
)  # fmt: skip
MESSY = st.lists(PIECES, max_size=25).map("".join)
ANY = st.text(st.characters(), max_size=40)
CODES = st.sampled_from(["10086", "KTLLB10", "E2103", "*#06#", "3.50", "0000", "30010001", "007"])
HAN = st.text(st.sampled_from("办理流量包宽带移机生效的和在（）。，"), min_size=1, max_size=6)


@quick
@given(MESSY | ANY)
@example("&amp;amp;nbsp;")
@example("<<p>p>")
@example("逐逐层点击层点击逐逐层点击层点击")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once.text).text == once.text
    assert cleaned(once.text).changes == ()


@quick
@given(MESSY | ANY)
def test_changes_are_named_exactly_when_the_text_changed(text: str) -> None:
    result = cleaned(text)
    assert bool(result.changes) == (result.text != text)


@quick
@given(st.lists(st.tuples(HAN, CODES), min_size=1, max_size=6), st.sampled_from(["", " ", "\n"]))
def test_numbers_commands_and_codes_keep_their_value(
    pairs: list[tuple[str, str]], between: str
) -> None:
    text = between.join(f"{words}{code}{words[0]}" for words, code in pairs)
    found = re.findall(r"[0-9A-Z*#.]+", cleaned(text).text)
    # a phrase that stands twice may go once, with the code in it; none may change or appear
    assert set(found) == {code for _, code in pairs}


@quick
@given(st.lists(CODES, min_size=1, max_size=5), st.sampled_from([" ", "\n", "，", "到"]))
def test_wide_codes_become_the_same_codes(codes: list[str], between: str) -> None:
    wide = str.maketrans({n: n + 0xFEE0 for n in map(ord, "0123456789KTLBE*#.")})
    plain = between.join(codes)
    assert cleaned(plain.translate(wide)).text == plain


def _texts(item: KnowledgeItem) -> Iterator[str]:
    yield from (item.title, *item.similar_questions, *item.aliases)
    yield from (item.at_end, item.suited_to, item.identity_check, item.handling_time)
    for facet in item.facets:
        yield from (facet.official, facet.customer, *facet.steps)


def test_what_editors_wrote_passes_unchanged() -> None:
    """Without exceptions: an entry here would be a fault of the rules or of the text."""
    items = shipped_knowledge().items
    changed = {
        text: cleaned(text).text for item in items for text in _texts(item) if cleaned(text).changes
    }
    assert changed == {}


@pytest.mark.parametrize(
    ("text", "clean", "change"),
    [
        ("ＫＴＬＬＢ１０发到１００８６", "KTLLB10发到10086", "全角转半角"),
        ("＊＃０６＃", "*#06#", "全角转半角"),
        ("３０．５元／３０天，打８０％", "30.5元/30天，打80%", "全角转半角"),
        ("部⾸", "部首", "全角转半角"),
        ("逐逐层点击层点击", "逐层点击", "去掉重复文字"),
        ("宽带移机宽带移机怎么办", "宽带移机怎么办", "去掉重复文字"),
        ("发送KTLLB10到10086发送KTLLB10到10086", "发送KTLLB10到10086", "去掉重复文字"),
        ("办理后次月生效。办理后次月生效。", "办理后次月生效。", "去掉重复文字"),
        ("經營廳辦理業務", "经营厅办理业务", "繁体转简体"),
        ("看著電視，衣服乾淨", "看着电视，衣服干净", "繁体转简体"),
        ("著名景點與乾隆", "著名景点与乾隆", "繁体转简体"),
        ("經(jīng)營(yíng)", "经营", "去掉拼音注音"),
        ("重庆（chóng qìng）分公司", "重庆分公司", "去掉拼音注音"),
        ("重庆(ㄔㄨㄥˊ ㄑㄧㄥˋ)", "重庆", "去掉拼音注音"),
        ("<p>月费5元</p><p>次月<b>生效</b></p>", "月费5元\n\n次月生效", "去掉网页标签"),
        ("一<br>二<BR/>三", "一\n二\n三", "去掉网页标签"),
        ("好<script>if (a<b) {}</script><style>p{}</style><!-- 注 -->的", "好的", "去掉网页标签"),
        ("<a href=\"x?a=1>2\" title='>'>办理</a>", "办理", "去掉网页标签"),
        ("5&nbsp;元&lt;30岁&amp;&#20803;", "5 元<30岁&元", "去掉网页标签"),
        ("<o:p>月费</o:p>", "月费", "去掉网页标签"),
        ("业务说明\n第3页 共12页\n次月生效", "业务说明\n次月生效", "去掉页眉页码"),
        ("业务说明\n- 3 -\n次月生效", "业务说明\n次月生效", "去掉页眉页码"),
        (
            "业务手册\n一段。\n第1页\n业务手册\n二段。\n第2页\n业务手册\n三段。",
            "业务手册\n一段。\n二段。\n三段。",
            "去掉页眉页码",
        ),
        ("流\u00ad量\u200b包\ufeff\x07", "流量包", "去掉不可见字符"),
        ("\uf0b7月费5元", "月费5元", "去掉不可见字符"),
        ("流量包\u0e44办理", "流量包办理", "去掉夹杂的外文字符"),
        ("办理后次月生效\n，当月不变。", "办理后次月生效，当月不变。", "合并断行"),
        ("请在（云江移动APP\n首页）办理", "请在（云江移动APP首页）办理", "合并断行"),
        ("好的。。。您稍等，，谢谢", "好的。您稍等，谢谢", "合并重复标点"),
        ("月费\u00a0\u300010元  起 ", "月费 10元 起", "整理空格"),
        ("业 务 办 理", "业务办理", "整理空格"),
    ],
)
def test_each_fault_is_mended_and_named(text: str, clean: str, change: str) -> None:
    result = cleaned(text)
    assert result.text == clean
    assert change in result.changes


def test_a_paragraph_in_a_printed_column_becomes_one_line() -> None:
    printed = (
        "本业务面向全省在网且已完成实名登记的个人客户开放\n"
        "同一客户名下多个号码可以分别申请并且各自独立计费\n"
        "退订以后当月仍可继续使用到月底。\n"
        "二、资费说明"
    )
    assert cleaned(printed).text == (
        "本业务面向全省在网且已完成实名登记的个人客户开放"
        "同一客户名下多个号码可以分别申请并且各自独立计费"
        "退订以后当月仍可继续使用到月底。\n二、资费说明"
    )


@pytest.mark.parametrize(
    "text",
    [
        *["好好", "天天", "慢慢来", "谢谢谢谢", "常常", "星星", "清清楚楚", "研究研究一下"],
        *["好好商量商量", "试一试试一试", "对不起对不起", "哈哈哈哈哈哈", "不要挂机，不要挂机"],
        *["10086 10086", "1008610086", "输入0000输入0000", "满100送1满100送10", "一二三四一二三四"],
        *["点下一步\n点下一步\n点完成", "点下一步。点下一步。", "打开手机设置\n打开手机设置"],
        *["(APN)设置（KTLLB10）", "咖啡(café)", "热点(Wi-Fi)", "编号(a)"],
        *["≤ <30岁可办", "月费<29元，>10元", "&copy=2", "&notice;", "<销户>"],
        *["乾坤大厦", "编著", "瞭望", "皇后", "一干二净", "著作权"],
        *["请看第3页", "合同共12页", "2026-11-01 - 2026-12-01", "- 3 - 5 -"],
        *["ไทย 泰国漫游", "α粒子5μm", "等等……", "他说“好”", "价格~10元", "什么？！"],
        *[
            "打开APP\n点服务\n选套餐",
            "KTLLB\n10发到100\n86",
            "1.打开\n2.点开",
        ],
    ],
)
def test_what_is_no_fault_stays(text: str) -> None:
    assert cleaned(text).text == text


def test_a_cell_that_is_only_a_page_number_is_kept() -> None:
    assert cleaned("第3页 共12页").text == "第3页 共12页"


def test_a_long_text_without_faults_takes_time_in_proportion() -> None:
    long = "".join(f"第{n}条规则说明办理{n}号业务的条件和费用，" for n in range(3000))
    assert cleaned(long).text == long
