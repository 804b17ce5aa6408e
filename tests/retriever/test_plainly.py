from __future__ import annotations

import pytest

from corpora.types import FacetKind
from indexer.normalize import normalize
from retriever.plainly import Plain, asked_plainly

NAMES = ("流量月包50元", "50元流量包", "llb50", "月包", "k2", "密码重置")


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
