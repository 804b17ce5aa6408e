"""What fitting looks at: of each question its vector, its features, and what would have been right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eval.faqset import FaqSet, Question
from eval.groups import group_of
from eval.run import Progress, tasks_of
from retriever.answer import Outcome
from retriever.answering import LOOKED_AT
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.reconsidering import looked_features


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What is seen of one question, and what would be right.

    ``text`` is the question as it was searched with, ``group`` that of the questions that ask the same.
    ``values`` are the features of its outcome; those that are learned from the vector (dim,) or the
    wording are to be learned anew. ``place`` is that of the first expected item, 0 where none was
    found. ``facets`` are the features of the facets of the first expected item among those found, by
    kind, the likeliest of each kind first; ``facet`` the expected kind, "" where none is expected or
    the item has none. ``looked`` is what outcomes are read from anew, where a second look was taken.
    """

    vector: NDArray[np.float32]
    text: str
    group: str
    values: Mapping[str, float]
    outcome: Outcome
    place: int
    facets: tuple[tuple[str, Mapping[str, float]], ...] = ()
    facet: str = ""
    weight: float = 1.0
    looked: Mapping[str, float] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether the first item answers the question."""
        return self.outcome is Outcome.ANSWERED and self.place == 1

    @property
    def answerable(self) -> bool:
        """Whether any item answers the question."""
        return self.outcome is Outcome.ANSWERED


def samples(
    faq_set: FaqSet, base: KnowledgeBase, day: dt.date, progress: Progress | None = None
) -> list[Sample]:
    """One sample a question that can be asked; those that the product refuses are left out."""
    found: list[Sample] = []
    tasks = tasks_of(faq_set, base.regions, day)
    for done, task in enumerate(tasks, 1):
        try:
            sample = _sample(base, task.question, task.asked.wanted)
        except BadQuery:
            sample = None
        if sample is not None:
            found.append(sample)
        if progress:
            progress(done, len(tasks))
    return found


def _sample(base: KnowledgeBase, question: Question, wanted: Filter) -> Sample | None:
    expect = question.expect
    page = base.search(question.question, wanted, LOOKED_AT)
    if page.vector is None:
        return None
    weighed = base.weigher.weighed(page, wanted.audience)
    places = [n for n, hit in enumerate(page.hits, 1) if hit.item_id in expect.items]
    facets: tuple[tuple[str, Mapping[str, float]], ...] = ()
    kind = expect.facet.value if expect.facet else ""
    if places and kind:
        held = page.hits[places[0] - 1].held
        matches = base.weigher.facets(page, held, wanted.audience)
        facets = tuple((match.facet.kind.value, match.features) for match in matches)
    return Sample(
        vector=page.vector,
        text=page.query.normalized,
        group=group_of(question),
        values=weighed.features,
        outcome=expect.outcome,
        place=places[0] if places else 0,
        facets=facets,
        facet=kind if kind in dict(facets) else "",
        looked=looked_features(page, page.look, weighed.chances, weighed.confidence)
        if page.look and weighed.chances
        else {},
    )
