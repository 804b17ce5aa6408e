"""The shipped knowledge as one heap, split again. Figures: ``python -m benchmarks.propose_split``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.propose_split import ROWS, Remembering, cross_validated, outside, outside_rows
from corpora.knowledge import Knowledge
from corpora.types import SubLibrary
from indexer.encoders.catalog import BGE, open_encoder
from indexer.propose import Proposer
from tests.corpora.shipped import shipped_knowledge

pytestmark = pytest.mark.slow

WHOLE = "whole item, library removed"
SMALL = "small row: title + first text"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shipped_knowledge()


@pytest.fixture(scope="module")
def encoder(models: Path) -> Remembering:
    return Remembering(open_encoder(BGE, models))


def test_the_outside_set_has_twenty_rows_of_each_library_and_none_of_our_titles(
    knowledge: Knowledge,
) -> None:
    rows = outside_rows()
    for library in SubLibrary:
        assert sum(right is library for _, right in rows) == 20
    assert not {text.title for text, _ in rows} & {item.title for item in knowledge.items}


def test_a_heap_of_items_is_split_rightly_and_what_is_applied_is_right(
    knowledge: Knowledge, encoder: Remembering
) -> None:
    rows = {name: ROWS[name] for name in (WHOLE, SMALL)}
    figures = cross_validated(knowledge.items, encoder, knowledge.lexicon.words, rows=rows, count=4)
    whole = figures[WHOLE]
    assert whole.accuracy >= 0.93
    assert whole.coverage >= 0.75
    assert whole.accuracy_applied >= 0.98
    small = figures[SMALL]
    assert small.accuracy >= 0.80
    assert small.accuracy_applied >= 0.93


def test_rows_of_somebody_else_are_split_rightly(
    knowledge: Knowledge, encoder: Remembering
) -> None:
    proposer = Proposer.from_items(knowledge.items, encoder, knowledge.lexicon.words)
    figures = outside(proposer)
    assert figures.accuracy >= 0.75
    assert figures.accuracy_applied >= 0.93
