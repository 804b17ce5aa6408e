from __future__ import annotations

import pytest

from corpora.types import FacetKind
from indexer.normalize import normalize
from retriever.plainly import Plain, asked_plainly

NAMES = frozenset(
    "流量月包50元 50元流量包 llb50 月包 k2 密码重置 彩铃 副卡 退副卡 注销 缴费 收费 停机".split()
)


def said(question: str) -> Plain | None:
    return asked_plainly(normalize(question), NAMES)


@pytest.mark.parametrize(
    ("question", "name", "facet"),
    [
        ("LLB50多少钱", "llb50", FacetKind.PRICE),
        ("请问 llb50 怎么退订？", "llb50", FacetKind.CANCEL),
        ("LLB50一个月多少钱", "llb50", FacetKind.PRICE),
        ("50元流量包什么时候生效", "50元流量包", FacetKind.EFFECTIVE),
        ("那个流量月包50元的资费是多少呢", "流量月包50元", FacetKind.PRICE),
        ("LLB50在哪办", "llb50", FacetKind.OPEN),
        ("月包系统里怎么操作", "月包", FacetKind.OPERATION),
        ("月包跟其他的比哪个划算", "月包", FacetKind.COMPARE),
        ("月包几时开始算", "月包", FacetKind.EFFECTIVE),
        ("密码重置家人能代办吗", "密码重置", FacetKind.PROXY),
        ("要提醒客户什么，K2", "k2", FacetKind.WARNING),
        ("帮我开彩铃", "彩铃", FacetKind.OPEN),
        ("给我开通彩铃", "彩铃", FacetKind.OPEN),
        ("给我办个副卡", "副卡", FacetKind.OPEN),
        ("帮我办理副卡", "副卡", FacetKind.OPEN),
        ("我要办彩铃", "彩铃", FacetKind.OPEN),
        ("给我退了彩铃", "彩铃", FacetKind.CANCEL),
        ("我可以在哪办副卡", "副卡", FacetKind.OPEN),
        ("我能在哪查彩铃", "彩铃", FacetKind.CHECK),
        ("我可以怎么开通副卡", "副卡", FacetKind.OPEN),
        ("我能不能办副卡", "副卡", FacetKind.ELIGIBILITY),
        ("副卡怎么收费", "副卡", FacetKind.PRICE),
        ("怎么退副卡", "副卡", FacetKind.CANCEL),
        ("注销要带什么证件", "注销", FacetKind.PAPERS),
        ("副卡退订系统里怎么操作", "副卡", FacetKind.OPERATION),
        ("彩铃要收费不", "彩铃", FacetKind.PRICE),
        ("有没有彩铃的话术", "彩铃", FacetKind.SCRIPT),
        ("彩铃取消失败", "彩铃", FacetKind.FAULT),
        ("别人可以替我办副卡不", "副卡", FacetKind.PROXY),
    ],
)
def test_a_name_with_what_to_tell_of_it_is_asked_plainly(
    question: str, name: str, facet: FacetKind
) -> None:
    plain = said(question)
    assert plain is not None
    assert (plain.name, plain.facets[0]) == (name, facet)


@pytest.mark.parametrize(
    "question", ["LLB50是什么", "LLB50 是个啥业务？", "介绍一下LLB50", "请问llb50是什么意思"]
)
def test_what_something_is_its_overview_tells(question: str) -> None:
    assert said(question) == Plain("llb50", (FacetKind.OVERVIEW,))


@pytest.mark.parametrize("question", ["llb50", "密码重置", "请问 LLB50 呢？"])
def test_a_bare_name_wants_nothing_in_particular(question: str) -> None:
    plain = said(question)
    assert plain is not None
    assert plain.facets == ()


@pytest.mark.parametrize(
    "question",
    [
        "流量包多少钱",  # no name of it
        "LLB50送给朋友要多少钱",
        "LLB50和LLB100多少钱",
        "LLB50三个月多少钱",
        "LLB50在联通怎么退订",
        "MK2多少钱",  # k2 is but a part of that
        "llb500多少钱",
        "没有说什么",
        "办了彩铃还能办别的吗",
        "彩铃取消了其他业务还能用吗",
        "我取消了彩铃怎么还收费",
        "彩铃取消不了",
        "我没办彩铃怎么有费用",
        "没有彩铃怎么办",
        "不是彩铃怎么退",
        "彩铃没生效",
        "注销要缴费吗",  # two things
        "停机了怎么注销",
        "收费多少",  # says nothing of what
        "给我妈办副卡要带什么",
        "彩铃送一个月吗",
        "",
        "流量月包50元" + "我想问问" * 10 + "多少钱",
    ],
)
def test_whatever_else_is_said_is_weighed(question: str) -> None:
    assert said(question) is None


def test_the_longest_name_is_the_one_that_is_meant() -> None:
    names = {"亲情网", "亲情网升级版"}
    plain = asked_plainly(normalize("亲情网升级版多少钱"), names)
    assert plain == Plain("亲情网升级版", (FacetKind.PRICE,))


def test_what_is_done_to_a_thing_names_the_thing_and_not_a_script_that_is_called_so() -> None:
    assert said("怎么退副卡") == Plain("副卡", (FacetKind.CANCEL,))
    told = said("退副卡话术")
    assert told is not None
    assert (told.name, told.facets[0]) == ("退副卡", FacetKind.SCRIPT)


def test_what_has_happened_is_no_request_for_the_script() -> None:
    for question in ("彩铃怎么回事", "副卡怎么退回", "副卡怎么换回去"):
        plain = said(question)
        assert plain is None or FacetKind.SCRIPT not in plain.facets, question
