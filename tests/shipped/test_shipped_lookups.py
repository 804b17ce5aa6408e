"""What clerks are offered before they type is answered."""

from __future__ import annotations

import datetime as dt

import pytest

from corpora.store import Store
from corpora.types import Region
from retriever.answer import Outcome
from retriever.filters import Filter
from retriever.opening import open_knowledge_base
from tests.conftest import Shipped

pytestmark = pytest.mark.slow


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
