"""Whoever names a series of the shipped products, and no number, is asked which (ADR 0026)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from corpora.types import Audience
from retriever.answer import Answer, Outcome
from retriever.context import CallContext
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base
from retriever.series import series_of
from tests.conftest import Shipped

pytestmark = pytest.mark.slow

WANTED = Filter(dt.date(2026, 11, 25), Audience.AGENT)
ASKED = ("{}多少钱", "{}", "{}有哪些", "介绍一下{}")


@pytest.fixture(scope="module")
def base(shipped: Shipped) -> Iterator[KnowledgeBase]:
    opened = open_knowledge_base(shipped.environment["ZHIKU_INDEX_URL"], models=shipped.models)
    yield opened
    opened.close()


def answer(base: KnowledgeBase, question: str) -> Answer:
    return base.answer(question, WANTED, CallContext(), trace_id="t")


def test_a_series_is_asked_back_about_with_its_own_products(base: KnowledgeBase) -> None:
    names: dict[str, set[str]] = {}
    for line in base.retriever.searcher.suggestions():
        if line.kind in ("title", "alias"):
            names.setdefault(line.normalized, set()).add(line.item_id)
    asked = right = 0
    for called, ids in series_of(names).items():
        held = base.retriever.searcher.items(list(ids), WANTED)
        if len({one.item.family for one in held}) < 2:
            continue  # what is over, and what is another city's
        for form in ASKED:
            found = answer(base, form.format(called))
            options = found.clarify.options if found.clarify else ()
            right += len(options) > 1 and all(option.item_id in ids for option in options)
            asked += 1
    assert asked > 350
    assert right >= 0.96 * asked, (right, asked)


@pytest.mark.parametrize(
    ("question", "offered"),
    [
        ("全球通套餐多少钱", "全球通畅享套餐59元档"),
        ("学生卡", "动感地带29元档"),
        ("动感地带怎么办", "动感地带19元档"),
    ],
)
def test_what_customers_say_first_is_asked_back(
    base: KnowledgeBase, question: str, offered: str
) -> None:
    found = answer(base, question)
    assert found.clarify
    assert offered in {option.label for option in found.clarify.options}


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("宽带怎么退", Outcome.ANSWERED),
        ("流量包怎么退", Outcome.ANSWERED),
        ("19块9的套餐", Outcome.UNKNOWN),
        ("全球通畅享59套餐流量超了两个半G要多少钱", Outcome.ANSWERED),
    ],
)
def test_what_is_told_of_all_and_what_names_a_number_is_not(
    base: KnowledgeBase, question: str, outcome: Outcome
) -> None:
    assert answer(base, question).outcome is outcome
