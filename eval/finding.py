"""What an adapter learns from: what searches found for the questions of a set, and for those that
editors wrote under facets, asked as if they were not known.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import numpy as np

from corpora.types import Audience
from eval.faqset import FaqSet
from eval.run import Progress, tasks_of
from eval.turning import Found
from indexer.encoders.protocol import Vectors
from indexer.passages import passages_of
from retriever.backends.protocol import Searcher, Sought
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.retriever import ResultPage, Retriever
from retriever.sides import rests_on
from retriever.types import Match

_LOOKED_AT: Final = 16  # items of a question: below these hardly one that is right
_KNOWN_AT_MOST: Final = 6000  # the gain of three times as many is within chance
_PAGES_AT_ONCE: Final = 256  # vectors of that many pages fit any memory
_SEED: Final = 20261126

_Page: TypeAlias = tuple[ResultPage, Collection[str]]
"""What a question found, and the items that are right."""
VectorsOf = Callable[[Sequence[str]], Vectors]
"""Vectors (n, dim) of passages."""


def found_by_set(
    faq_set: FaqSet,
    base: KnowledgeBase,
    day: dt.date,
    vectors_of: VectorsOf,
    progress: Progress | None = None,
) -> dict[str, Found]:
    """What the answerable questions of a set find, by id; those that find nothing are left out."""
    pages: dict[str, _Page] = {}
    tasks = [task for task in tasks_of(faq_set, base.regions, day) if task.question.expect.items]
    for done, task in enumerate(tasks, 1):
        try:
            page = base.search(task.asked.text, task.asked.wanted, _LOOKED_AT)
        except BadQuery:
            continue
        finally:
            if progress:
                progress(done, len(tasks))
        pages[task.question.id] = page, task.question.expect.items
    return _found(pages, base.retriever.searcher, vectors_of)


def found_by_known(
    base: KnowledgeBase,
    day: dt.date,
    vectors_of: VectorsOf,
    progress: Progress | None = None,
) -> list[Found]:
    """What questions find that editors wrote under facets, without the passages that say the same."""
    asked = known_questions(base, day)
    if len(asked) > _KNOWN_AT_MOST:
        drawn = random.Random(_SEED).sample(sorted(asked), _KNOWN_AT_MOST)
        asked = {question: asked[question] for question in sorted(drawn)}
    retriever, hiding = seeing_less(base)
    pages: dict[str, _Page] = {}
    for done, (question, own) in enumerate(asked.items(), 1):
        hiding.hidden = frozenset(own)
        try:
            page = retriever.search(question, Filter(day), _LOOKED_AT)
        except BadQuery:
            continue
        finally:
            if progress:
                progress(done, len(asked))
        pages[question] = page, {passage_id.partition("@")[0] for passage_id in own}
    return list(_found(pages, base.retriever.searcher, vectors_of).values())


def seeing_less(base: KnowledgeBase) -> tuple[Retriever, Hiding]:
    """A retriever over the same index with the same constants, and what hides passages from it."""
    hiding = Hiding(base.retriever.searcher)
    retriever = Retriever(cast(Searcher, hiding), base.retriever.encoder)
    retriever.constants = base.retriever.constants
    retriever.second_look = base.retriever.second_look
    return retriever, hiding


def known_questions(base: KnowledgeBase, day: dt.date) -> dict[str, set[str]]:
    """The questions under facets, each with the passages that say it: several items can have one."""
    everything = Filter(day, Audience.INTERNAL)
    ids = sorted({line.item_id for line in base.retriever.searcher.suggestions()})
    known: dict[str, set[str]] = {}
    for held in base.held(ids, everything):
        under_facets = {question for facet in held.item.facets for question in facet.questions}
        for passage in passages_of(held):
            if passage.text in under_facets:
                known.setdefault(passage.text, set()).add(passage.passage_id)
    return known


def _found(
    pages: Mapping[str, _Page], searcher: Searcher, vectors_of: VectorsOf
) -> dict[str, Found]:
    """Pages with the vectors of the passages that their scores rest on."""
    found: dict[str, Found] = {}
    names = [name for name, (page, _) in pages.items() if page.vector is not None and page.hits]
    for start in range(0, len(names), _PAGES_AT_ONCE):
        part = names[start : start + _PAGES_AT_ONCE]
        rests = {name: [rests_on(hit) for hit in pages[name][0].hits] for name in part}
        ids = list(
            dict.fromkeys(one for of_page in rests.values() for of_hit in of_page for one in of_hit)
        )
        rows = {passage_id: row for row, passage_id in enumerate(ids)}
        texts = [
            f"{one.context} {one.text}" if one.context else one.text for one in searcher.fetch(ids)
        ]
        vectors = vectors_of(texts)
        for name in part:
            page, right = pages[name]
            sides = np.zeros((len(page.hits), vectors.shape[1]), dtype=np.float32)
            for place, of_hit in enumerate(rests[name]):
                for passage_id, share in of_hit.items():
                    sides[place] += np.float32(share) * vectors[rows[passage_id]]
            found[name] = Found(
                np.asarray(page.vector, dtype=np.float32),
                sides,
                np.array([hit.score for hit in page.hits], dtype=np.float32),
                np.array([hit.item_id in right for hit in page.hits], dtype=np.bool_),
            )
    return found


class Hiding:
    """A searcher that does not find the passages that are ``hidden``."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self.hidden: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._searcher, name)

    def lexical(self, terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        """By words, without what is hidden."""
        return self._left(self._searcher.lexical(terms, wanted, k))

    def both(
        self, terms: Sequence[str], sought: Sought, wanted: Filter, k: int
    ) -> tuple[list[Match], list[Match]]:
        """By words and by meaning, without what is hidden."""
        by_words, by_meaning = self._searcher.both(terms, sought, wanted, k)
        return self._left(by_words), self._left(by_meaning)

    def _left(self, matches: list[Match]) -> list[Match]:
        return [match for match in matches if match.passage_id not in self.hidden]
