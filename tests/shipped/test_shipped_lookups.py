"""What clerks are offered before they type is answered, and so are the plainest questions."""

from __future__ import annotations

import datetime as dt
import re
import zlib

import pytest

from corpora.store import Store
from corpora.types import Audience, FacetKind, KnowledgeItem, Region, SubLibrary
from eval.plain import WAYS, is_learned_from
from indexer.normalize import normalize
from retriever.answer import Outcome
from retriever.filters import Filter
from retriever.opening import open_knowledge_base
from retriever.wording import masked
from tests.conftest import Shipped

pytestmark = pytest.mark.slow

_CODE = re.compile("[A-Z]{2,}[A-Z0-9]*")
DAY = dt.date(2026, 11, 25)  # of the question sets
PLAINLY = {
    FacetKind.OPEN: ("如何开通", "，请问如何办理？"),
    FacetKind.PRICE: ("要几块钱", "的资费是多少呢"),
    FacetKind.CANCEL: ("如何取消", "如何退订，谢谢"),
    FacetKind.CHECK: ("如何查询", "，请问在哪看"),
    FacetKind.EFFECTIVE: ("几时生效", "办理后何时生效"),
    FacetKind.ELIGIBILITY: ("谁可以办", "，我能不能办"),
}
"""Ways to ask that ``eval.plain`` does not teach."""


def _as_wording_reads(item: KnowledgeItem) -> set[str]:
    """The names of an item as the reader of wording sees them, all amounts alike."""
    return {masked(normalize(name)) for name in (item.title, *item.aliases[:1])}


def test_every_shipped_look_up_is_answered(shipped: Shipped) -> None:
    # what is learned has seen them: this is about what clerks are promised, not about what it can do
    settings = shipped.environment
    with Store.open(settings["ZHIKU_STORE_URL"], create=False) as store:
        entries = store.lookups().entries
    assert len(entries) >= 20
    base = open_knowledge_base(settings["ZHIKU_INDEX_URL"], models=shipped.models)
    outcomes = {
        one.query: base.answer(
            one.query,
            Filter(
                dt.date.today(),
                libraries=frozenset(one.libraries),
                region=Region(one.regions[0]) if one.regions else None,
            ),
        ).outcome
        for one in entries
    }
    base.close()
    assert {query for query, found in outcomes.items() if found is not Outcome.ANSWERED} == set()


def test_the_ways_to_ask_are_none_that_were_taught() -> None:
    taught = [way for ways in WAYS.values() for way in ways]
    assert not [way for ways in PLAINLY.values() for way in ways if any(t in way for t in taught)]


def test_items_that_are_called_by_name_answer_what_they_tell(shipped: Shipped) -> None:
    # the plainest questions there are, of which question sets hold few (ADR 0019, 0020), about items
    # whose names taught nothing, nor the same with another amount: 97.1 % get their own item, none
    # is left without an answer
    base = open_knowledge_base(shipped.environment["ZHIKU_INDEX_URL"], models=shipped.models)
    wanted = Filter(DAY, Audience.AGENT)
    asked: dict[str, str] = {}
    items = base.items(wanted)
    taught = {name for item in items if is_learned_from(item) for name in _as_wording_reads(item)}
    for item in items:
        if item.sub_library is not SubLibrary.BUSINESS or is_learned_from(item):
            continue
        kinds = [facet.kind for facet in item.facets if facet.customer and facet.kind in PLAINLY]
        for name in [item.title, *item.aliases[:1]] if kinds else ():
            if masked(normalize(name)) in taught:
                continue
            kind = kinds[zlib.crc32(item.id.encode()) % len(kinds)]
            for way in PLAINLY[kind]:
                asked.setdefault(name + way, item.id)
    answers = {question: base.answer(question, wanted) for question in asked}
    base.close()
    assert len(answers) > 250
    own = [q for q, a in answers.items() if a.held is not None and a.held.item.id == asked[q]]
    silent = [q for q, a in answers.items() if a.outcome is not Outcome.ANSWERED]
    assert len(own) >= 0.955 * len(answers), sorted(set(answers) - set(own))
    assert len(silent) <= 0.01 * len(answers), silent


def test_codes_answer_what_their_items_tell(shipped: Shipped) -> None:
    base = open_knowledge_base(shipped.environment["ZHIKU_INDEX_URL"], models=shipped.models)
    wanted = Filter(DAY, Audience.AGENT)
    ways = {FacetKind.PRICE: "多少钱", FacetKind.CANCEL: "怎么取消", FacetKind.OVERVIEW: "是什么"}
    asked = {
        name + ways[facet.kind]: item.id
        for item in base.items(wanted)
        if item.sub_library is SubLibrary.BUSINESS
        for name in item.aliases
        if _CODE.fullmatch(name)
        for facet in item.facets
        if facet.customer and facet.kind in ways
    }
    answers = {question: base.answer(question, wanted) for question in asked}
    base.close()
    assert len(asked) > 60
    own = [q for q, a in answers.items() if a.held is not None and a.held.item.id == asked[q]]
    assert len(own) >= 0.93 * len(asked), sorted(set(asked) - set(own))
