"""What clerks are offered before they type is answered, and so are the plainest questions."""

from __future__ import annotations

import datetime as dt
import zlib

import pytest

from corpora.store import Store
from corpora.types import Audience, FacetKind, Region, SubLibrary
from retriever.answer import Outcome
from retriever.filters import Filter
from retriever.opening import open_knowledge_base
from tests.conftest import Shipped

pytestmark = pytest.mark.slow

DAY = dt.date(2026, 11, 25)  # of the question sets
PLAINLY = {
    FacetKind.OPEN: "怎么开通",
    FacetKind.PRICE: "多少钱",
    FacetKind.CANCEL: "怎么取消",
    FacetKind.CHECK: "怎么查",
    FacetKind.EFFECTIVE: "什么时候生效",
    FacetKind.ELIGIBILITY: "什么条件",
}


def test_every_shipped_look_up_is_answered(shipped: Shipped) -> None:
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


def test_items_that_are_called_by_name_answer_what_they_tell(shipped: Shipped) -> None:
    # the plainest questions there are, of which question sets hold few (ADR 0019): 96.6 % get their own
    # item and 1.8 % no answer
    base = open_knowledge_base(shipped.environment["ZHIKU_INDEX_URL"], models=shipped.models)
    wanted = Filter(DAY, Audience.AGENT)
    asked: dict[str, str] = {}
    items = [i for i in base.items(wanted) if i.sub_library is SubLibrary.BUSINESS]
    for item in items:
        kinds = [facet.kind for facet in item.facets if facet.customer and facet.kind in PLAINLY]
        for name in [item.title, *item.aliases[:1]] if kinds else ():
            kind = kinds[zlib.crc32(item.id.encode()) % len(kinds)]
            asked.setdefault(name + PLAINLY[kind], item.id)
    answers = {question: base.answer(question, wanted) for question in asked}
    base.close()
    assert len(answers) > 300
    own = [q for q, a in answers.items() if a.held is not None and a.held.item.id == asked[q]]
    silent = [q for q, a in answers.items() if a.outcome is not Outcome.ANSWERED]
    assert len(own) >= 0.955 * len(answers), sorted(set(answers) - set(own))
    assert len(silent) <= 0.025 * len(answers), silent
