"""The shipped knowledge answers when it is called by name: a set that it makes of itself."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from contextlib import closing

import pytest

from corpora.types import Audience, Region
from eval.called import called_questions
from indexer.location import open_place
from retriever.answer import Outcome
from retriever.filters import Filter
from retriever.opening import open_knowledge_base
from tests.conftest import Shipped

pytestmark = pytest.mark.slow

DAY = dt.date(2026, 11, 25)  # of the question sets
_EVERY = 3  # a third of the questions says enough: 1,137


def test_items_that_are_called_are_found_and_tell_what_was_asked(shipped: Shipped) -> None:
    # ADR 0021; all questions: 98.3 % find the item first, 96.2 % are answered, 83.9 % from the facet
    url = shipped.environment["ZHIKU_INDEX_URL"]
    with closing(open_place(url)) as place:
        asked = called_questions(place.held_versions(), DAY).questions[::_EVERY]
    base = open_knowledge_base(url, models=shipped.models)
    got: Counter[str] = Counter()
    for question in asked:
        region = question.filters.region
        wanted = Filter(DAY, Audience.AGENT, region=Region(region) if region else None)
        page, answer, _ = base.search_and_answer(question.question, wanted)
        got["first"] += any(hit.item_id in question.expect.items for hit in page.hits[:1])
        own = answer.held is not None and answer.held.item.id in question.expect.items
        got["answered"] += answer.outcome is Outcome.ANSWERED and own
        got["facet"] += own and answer.facet is question.expect.facet
    base.close()
    shares = {name: count / len(asked) for name, count in got.items()}
    assert len(asked) > 1000
    assert shares["first"] >= 0.97, shares
    assert shares["answered"] >= 0.92, shares
    assert shares["facet"] >= 0.79, shares
