"""What a model is taught with: questions, each beside the facets of what a search found for it, and of what is right.

Labelled questions come from FAQ sets; the questions that editors wrote under facets are asked as if
nobody had written them. Lessons are tokens, as ``FacetReader`` reads a question and a facet.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from corpora.types import Facet, FacetKind, KnowledgeItem
from corpora.versions import ItemVersion
from eval.faqset import FaqSet, Question
from eval.finding import known_questions, seeing_less
from eval.run import Progress, tasks_of
from indexer.encoders.protocol import TokenStates
from indexer.normalize import normalize
from indexer.readings import QUESTION_TOKENS, facet_tokens
from retriever.answer import Outcome
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.retriever import ResultPage, Retriever
from retriever.taught import LOOKED_AT


@dataclass(frozen=True, slots=True)
class Offered:
    """A facet that a lesson offers: which one (item version and place in it), its tokens, the place of
    its item in what was found (behind it, if it was not); whether the item is right, and whether the facet is the one to give.
    """

    facet: str
    tokens: tuple[int, ...]
    place: int
    item_right: bool
    facet_right: bool


@dataclass(frozen=True, slots=True)
class FacetLesson:
    """A question's tokens, and the facets that its asker may read, of what was found and of what is right;
    where no item is right, nothing answers it.
    """

    id: str
    asked: tuple[int, ...]
    offered: tuple[Offered, ...]

    @property
    def answered(self) -> bool:
        """Whether one of the facets belongs to a right item."""
        return any(one.item_right for one in self.offered)

    @property
    def told(self) -> bool:
        """Whether one of the facets is the one to give."""
        return any(one.facet_right for one in self.offered)


@dataclass(frozen=True, slots=True)
class _Right:
    """What a question is about: one of the items, and of it the facet of a kind or the one that lists
    the ``known`` question.
    """

    items: Collection[str]
    kind: FacetKind | None = None
    known: str = ""

    def facet(self, facet: Facet) -> bool:
        return self.known in facet.questions if self.known else facet.kind is self.kind


@contextmanager
def looking_once(base: KnowledgeBase) -> Iterator[None]:
    """The base without a second look: no model learns from what the one before it put first."""
    second = base.retriever.second_look
    base.retriever.second_look = None
    try:
        yield
    finally:
        base.retriever.second_look = second


class LessonMaker:
    """Makes lessons of what one base finds, in the tokens of one model."""

    def __init__(self, base: KnowledgeBase, model: TokenStates) -> None:
        self._base = base
        self._model = model
        self._tokens: dict[tuple[str, int], tuple[int, ...]] = {}

    def of_set(
        self, faq_set: FaqSet, day: dt.date, progress: Progress | None = None
    ) -> list[FacetLesson]:
        """What the questions of a set teach, whatever their split.

        Left out: questions that have to be asked back, as none of several items is right; those whose
        right item does not hold or whose right facet the asker may not read, as nothing that is offered
        would be right; those that find nothing.
        """
        tasks = tasks_of(faq_set, self._base.regions, day)
        lessons: list[FacetLesson] = []
        with looking_once(self._base):
            for done, task in enumerate(tasks, 1):
                question = task.question
                if question.expect.outcome is not Outcome.CLARIFY:
                    page = _page(self._base.retriever, question.question, task.asked.wanted)
                    lessons += self._taught_by(question, page, task.asked.wanted)
                if progress:
                    progress(done, len(tasks))
        return lessons

    def of_known(
        self, day: dt.date, at_most: int, seed: int, progress: Progress | None = None
    ) -> list[FacetLesson]:
        """What questions under facets teach, of which ``seed`` draws some: searched without the passages
        that say the same, beside facets that do not list them.
        """
        known = known_questions(self._base, day)
        drawn = random.Random(seed).sample(sorted(known), min(at_most, len(known)))
        retriever, hiding = seeing_less(self._base)
        retriever.second_look = None
        wanted = Filter(day)
        lessons: list[FacetLesson] = []
        for done, text in enumerate(drawn, 1):
            hiding.hidden = frozenset(known[text])
            page = _page(retriever, text, wanted)
            right = _Right({name.partition("@")[0] for name in known[text]}, known=text)
            if page is not None and page.hits:
                lesson = self._lesson(f"known:{text}", page, wanted, right)
                # without the facet that lists it, which only others may read, all of the item would be right
                lessons += [lesson] if lesson.told else []
            if progress:
                progress(done, len(drawn))
        return lessons

    def _taught_by(
        self, question: Question, page: ResultPage | None, wanted: Filter
    ) -> list[FacetLesson]:
        """One lesson, or none."""
        if page is None or not page.hits:
            return []
        expect = question.expect
        lesson = self._lesson(question.id, page, wanted, _Right(expect.items, expect.facet))
        if expect.outcome is Outcome.ANSWERED:
            teaches = lesson.told if expect.facet else lesson.answered
        else:
            teaches = bool(lesson.offered)
        return [lesson] if teaches else []

    def _lesson(self, name: str, page: ResultPage, wanted: Filter, right: _Right) -> FacetLesson:
        offered: list[Offered] = []
        # a right item that was not found is offered behind the others, or the hardest questions would teach
        # nothing; where a member of its family was found, that one stood for it
        first = [hit.held for hit in page.hits]
        families = {held.item.family for held in first}
        others = self._base.held(sorted({*right.items}), wanted)
        missing = [held for held in others if held.item.family not in families]
        for place, held in enumerate([*first, *missing]):
            item_right = held.item.id in right.items
            for number, facet in enumerate(held.item.facets):
                if wanted.audience.may_read(facet.audience):
                    tokens = self._read(held, number, right.known)
                    answers = item_right and right.facet(facet)
                    key = f"{held.key}/{number}"
                    offered.append(Offered(key, tokens, place, item_right, answers))
        query = page.query
        read = query.reading if query.reading != query.normalized else ""
        text = f"{query.normalized} {read}" if read else query.normalized
        asked = tuple(self._model.ids(text)[:QUESTION_TOKENS])
        return FacetLesson(name, asked, tuple(offered))

    def _read(self, held: ItemVersion, number: int, known: str) -> tuple[int, ...]:
        """A facet's tokens; kept, as one is offered by many lessons."""
        facet = held.item.facets[number]
        if known in facet.questions:
            return self._split(held.item, facet, normalize(known))
        tokens = self._tokens.get((held.key, number))
        if tokens is None:
            tokens = self._tokens[held.key, number] = self._split(held.item, facet)
        return tokens

    def _split(self, item: KnowledgeItem, facet: Facet, without: str = "") -> tuple[int, ...]:
        return tuple(facet_tokens(self._model, item, facet, without))


def _page(retriever: Retriever, text: str, wanted: Filter) -> ResultPage | None:
    """What is found; nothing for a question that the product refuses."""
    try:
        return retriever.search(text, wanted, LOOKED_AT)
    except BadQuery:
        return None
