"""The ladder on a FAQ set: the steps of ranking, then those of facets and of outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ir_measures import RR, Success

from benchmarks.rungs import Climber, rungs_for
from benchmarks.side_by_side import Say, Way, ask, steps
from corpora.types import FacetKind
from corpora.versions import ItemVersion
from eval.asking import Task
from eval.faqset import FaqSet
from eval.groups import group_of
from eval.measures import per_query
from eval.run import DEPTH, tasks_of
from indexer.encoders.protocol import Encoder
from retriever.answer import Outcome
from retriever.answering import LOOKED_AT
from retriever.backends.protocol import Searcher
from retriever.constants import DEFAULT_FACETS, Constants
from retriever.errors import BadQuery
from retriever.knowledge_base import KnowledgeBase
from retriever.outcomes import COSTS
from retriever.retriever import ResultPage

_MEASURES: Final = (Success @ 1, Success @ 3, RR @ 10)
_SHOWN: Final = {"Success@1": "Hit@1", "Success@3": "Hit@3"}


@dataclass(frozen=True, slots=True)
class Opened:
    """An opened version; many readers with constants of their own look at the one searcher."""

    searcher: Searcher
    encoder: Encoder
    fitted: Path | None = None
    readings: Path | None = None

    def base(self, *, look: bool = True, **changed: Any) -> KnowledgeBase:
        """A knowledge base that has kept nothing yet, with or without a second look and with some
        constants changed.
        """
        made = KnowledgeBase(
            self.searcher, self.encoder, fitted=self.fitted, readings=self.readings
        )
        if not look:
            made.retriever.second_look = None
        made.retriever.constants = replace(made.retriever.constants, **changed)
        return made

    @property
    def constants(self) -> Constants:
        """Those in use."""
        return self.base().retriever.constants

    @property
    def looks(self) -> bool:
        """Whether a second look is taken."""
        return self.base().retriever.second_look is not None


@dataclass(frozen=True, slots=True)
class _Known:
    """A question with the item that is right and what was found."""

    task: Task
    page: ResultPage
    held: ItemVersion


def ranking_ladder(faq_set: FaqSet, opened: Opened, say: Say) -> dict[str, Any]:
    """Hit@1, Hit@3 and RR@10 of the answerable questions, step by step."""
    tasks = [t for t in _tasks(faq_set, opened) if t.question.expect.items]

    def way(climber: Climber) -> Way[Task, list[str]]:
        def call(task: Task) -> list[str]:
            try:
                return climber.found(task.asked.text, task.asked.wanted, DEPTH)
            except BadQuery:
                return []

        return Way(climber.rung.name, call)

    rungs = rungs_for(
        opened.searcher,
        adapted=opened.constants.adapter is not None,
        looks=opened.looks,
    )
    ways = [
        way(Climber(rung, opened.searcher, opened.encoder, opened.fitted, opened.readings))
        for rung in rungs
    ]
    ask(ways, tasks, say)
    judged = {t.question.id: dict.fromkeys(t.question.expect.items, 1) for t in tasks}
    values = []
    for one in ways:
        ranked = dict(zip(judged, one.gave, strict=True))
        measured = per_query(judged, ranked, _MEASURES)
        values.append({_SHOWN.get(name, name): of for name, of in measured.items()})
    return _table(faq_set.name, tasks, steps(ways, values, _groups(tasks)))


def facet_ladder(faq_set: FaqSet, opened: Opened, say: Say) -> dict[str, Any]:
    """How often the right facet comes first, given the right item: by default weights, by fitted ones,
    with the second look besides.

    The time is that of weighing the facets of one item. Items that have no facet of the kind that
    is right, and questions that do not find the right item among the first ones, are left out.
    """
    finder = opened.base()
    known = list(_known(_tasks(faq_set, opened), finder))

    def way(name: str, base: KnowledgeBase, *, look: bool = False) -> Way[_Known, FacetKind | None]:
        def call(one: _Known) -> FacetKind | None:
            audience = one.task.asked.wanted.audience
            page = one.page if look else replace(one.page, look=None)
            matches = base.weigher.facets(page, one.held, audience)
            return matches[0].facet.kind if matches else None

        return Way(name, call)

    ways = [
        way("default weights", opened.base(facets=DEFAULT_FACETS)),
        way("fitted weights", opened.base()),
    ]
    if opened.looks:
        ways.append(way("+ second look", opened.base(), look=True))
    ask(ways, known, say)
    values = [
        {
            "right facet": {
                one.task.question.id: float(kind is one.task.question.expect.facet)
                for one, kind in zip(known, own.gave, strict=True)
            }
        }
        for own in ways
    ]
    tasks = [one.task for one in known]
    return _table(faq_set.name, tasks, steps(ways, values, _groups(tasks)))


def outcome_ladder(faq_set: FaqSet, opened: Opened, say: Say) -> dict[str, Any]:
    """How often the outcome is right: by rules, by what was learned, after a second look, by its last
    word (learned of dev, where it flatters). The time is that of an answer.

    ``worth`` is 1 less what the outcome costs where another is right (``retriever.outcomes.COSTS``):
    what was learned decides by cost, not by how often it is right. Without a learned model the
    ladder has one step.
    """
    tasks = _tasks(faq_set, opened)

    def way(name: str, base: KnowledgeBase) -> Way[Task, Outcome | None]:
        def call(task: Task) -> Outcome | None:
            try:
                return base.answer(task.asked.text, task.asked.wanted).outcome
            except BadQuery:
                return None

        return Way(name, call)

    constants = opened.constants
    ways = [way("by rules", opened.base(look=False, outcomes=None))]
    if constants.outcomes is not None:
        ways.append(way("learned", opened.base(look=False)))
        if opened.looks:
            ways.append(way("+ second look", opened.base(reconsidered=None)))
        if opened.looks and constants.reconsidered is not None:
            ways.append(way("+ its last word", opened.base()))
    ask(ways, tasks, say)
    values = [_of_outcomes(tasks, own.gave) for own in ways]
    return _table(faq_set.name, tasks, steps(ways, values, _groups(tasks)))


def _of_outcomes(
    tasks: Sequence[Task], gave: Sequence[Outcome | None]
) -> dict[str, dict[str, float]]:
    right, worth = {}, {}
    for task, outcome in zip(tasks, gave, strict=True):
        expected, key = task.question.expect.outcome, task.question.id
        right[key] = float(outcome is expected)
        # what was refused did not mislead either: as dear as "not known"
        costs = COSTS[outcome or Outcome.UNKNOWN]
        worth[key] = 1.0 if outcome is expected else 1.0 - costs.get(expected, 0.0)
    return {"right outcome": right, "worth": worth}


def _known(tasks: Sequence[Task], base: KnowledgeBase) -> Iterator[_Known]:
    for task in tasks:
        expect, wanted = task.question.expect, task.asked.wanted
        if expect.facet is None or not expect.items:
            continue
        try:
            page = base.search(task.asked.text, wanted, LOOKED_AT)
        except BadQuery:
            continue
        held = next((hit.held for hit in page.hits if hit.item_id in expect.items), None)
        if held is not None:
            matches = base.weigher.facets(page, held, wanted.audience)
            if any(match.facet.kind is expect.facet for match in matches):
                yield _Known(task, page, held)


def _tasks(faq_set: FaqSet, opened: Opened) -> list[Task]:
    return tasks_of(faq_set, opened.searcher.regions, faq_set.as_of)


def _groups(tasks: Sequence[Task]) -> Mapping[str, str]:
    return {task.question.id: group_of(task.question) for task in tasks}


def _table(name: str, tasks: Sequence[Task], found: list[dict[str, Any]]) -> dict[str, Any]:
    groups = len(set(_groups(tasks).values()))
    return {"set": name, "questions": len(tasks), "groups": groups, "steps": found}
