from __future__ import annotations

import pytest

from indexer.normalize import normalize
from retriever.plainly import asks_plainly

NAMES = ("流量月包50元", "50元流量包", "llb50", "月包")


@pytest.mark.parametrize(
    "question",
    [
        "LLB50多少钱",
        "请问 llb50 怎么退订？",
        "LLB50一个月多少钱",
        "50元流量包什么时候生效",
        "那个流量月包50元的资费是多少呢",
    ],
)
def test_a_name_with_what_its_item_tells_is_asked_plainly(question: str) -> None:
    assert asks_plainly(normalize(question), NAMES, has_facet=True)
    assert not asks_plainly(normalize(question), NAMES, has_facet=False)


@pytest.mark.parametrize(
    "question", ["LLB50是什么", "LLB50 是个啥业务？", "介绍一下LLB50", "月包是啥"]
)
def test_so_is_a_name_with_what_it_is(question: str) -> None:
    assert asks_plainly(normalize(question), NAMES, has_facet=False)


@pytest.mark.parametrize(
    "question",
    [
        "流量包多少钱",  # no name of it
        "LLB50送给朋友要多少钱",
        "LLB50和LLB100多少钱",
        "LLB50三个月多少钱",
        "LLB50在联通怎么退订",
        "没有说什么",
        "",
    ],
)
def test_whatever_else_is_said_is_weighed(question: str) -> None:
    assert not asks_plainly(normalize(question), NAMES, has_facet=True)


def test_a_bare_name_asks_for_nothing() -> None:
    assert not asks_plainly("llb50", NAMES, has_facet=False)
