"""Time of searches and answers inside one process, one thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from benchmarks.timing import latency, steadiest
from corpora.types import Audience, Region, SubLibrary
from indexer.encoders.protocol import Encoder
from retriever.backends.embedded import EmbeddedSearcher
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.retriever import Retriever

DAY: Final = dt.date(2025, 11, 1)
_WARM_UP: Final = 50
FILTERS: Final = {
    # every request has a day and an audience; "none" excludes what is not valid and not for agents
    "none": Filter(DAY),
    "library": Filter(DAY, libraries=frozenset({SubLibrary.BUSINESS})),
    "small_library": Filter(DAY, libraries=frozenset({SubLibrary.CASES})),
    "as_of": Filter(dt.date(2025, 3, 1)),
    "region": Filter(DAY, region=Region("yj/yundu/h01")),
    "customer": Filter(DAY, Audience.CUSTOMER),
}


def search_latency(
    searcher: EmbeddedSearcher, encoder: Encoder, questions: Sequence[str], rounds: int
) -> dict[str, Any]:
    """``Retriever.search`` by filter: with no question's vector known, then with all known."""
    found: dict[str, Any] = {}
    for name, wanted in FILTERS.items():
        uncached, cached = [], []
        for _ in range(rounds if name == "none" else 1):
            retriever = Retriever(searcher, encoder)  # knows no vector yet
            for question in questions[-_WARM_UP:]:
                retriever.search(f"{question}？", wanted)
            asked = questions if name == "none" else questions[: max(1, len(questions) // 4)]
            uncached.append(latency(lambda q: retriever.search(q, wanted), asked))  # noqa: B023
            cached.append(latency(lambda q: retriever.search(q, wanted), asked))  # noqa: B023
        found[name] = {"uncached": steadiest(uncached), "vectors_known": steadiest(cached)}
    return found


def answer_latency(
    folder: Path, encoder: Encoder, questions: Sequence[str]
) -> tuple[dict[str, Any], dict[str, int]]:
    """``KnowledgeBase.answer`` with no vector known, and how often each outcome came.

    Generated vectors know nothing of the questions, so nothing would ever be sure enough to be answered:
    rules with the threshold 0 decide, so that answers are composed and their composing counts. What was
    learned of outcomes is not asked: on real knowledge that takes a fraction of a millisecond more.
    """
    base = KnowledgeBase(EmbeddedSearcher.open_current(folder), encoder)
    constants = base.retriever.constants
    anything = replace(constants.calibration, threshold=0.0)
    base.retriever.constants = replace(constants, calibration=anything, outcomes=None)
    wanted = FILTERS["none"]
    outcomes: dict[str, int] = {}

    def ask(question: str) -> None:
        outcome = base.answer(question, wanted).outcome.value
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    for question in questions[-_WARM_UP:]:
        base.answer(f"{question}？", wanted)
    try:
        return latency(ask, questions), outcomes
    finally:
        base.close()


def stage_times(
    searcher: EmbeddedSearcher, encoder: Encoder, questions: Sequence[str]
) -> dict[str, Any]:
    """The parts of a search on their own: understanding, encoding, words, meaning, reading texts."""
    retriever = Retriever(searcher, encoder)
    wanted = FILTERS["none"]
    queries = [retriever.understand(question) for question in questions]
    vectors = [encoder.encode_queries([query.normalized])[0] for query in queries]
    matches = [searcher.semantic(vector, wanted, 200) for vector in vectors[:200]]
    ids = [[match.passage_id for match in found] for found in matches]
    return {
        "understand": latency(retriever.understand, questions),
        "encode": latency(lambda q: encoder.encode_queries([q.normalized]), queries),
        "lexical": latency(lambda q: searcher.lexical(q.terms, wanted, 200), queries),
        "semantic": latency(lambda v: searcher.semantic(v, wanted, 200), vectors),
        "cosines_200": latency(
            lambda pair: searcher.cosines(pair[0], pair[1]), list(zip(vectors, ids, strict=False))
        ),
        "fetch_100": latency(lambda found: searcher.fetch(found[:100]), ids),
    }
