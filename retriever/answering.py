"""Question → one of four outcomes, and what belongs to it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from retriever.answer import Answer, Outcome
from retriever.asking import (
    asked_of_series,
    is_incomplete,
    series_phrase,
    which_is_meant,
    which_of_series,
)
from retriever.coming import coming
from retriever.completing import completed, named_before
from retriever.context import CallContext
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.fit_answer import suited
from retriever.fit_customer import Reading
from retriever.handing_over import Routes
from retriever.making import Maker, maker
from retriever.messages import Messages
from retriever.outcomes import by_rules, in_order
from retriever.reading_out import Reader
from retriever.retriever import ResultPage, Retriever
from retriever.several import SURE_OF_FACET, Part, further, split
from retriever.unanswered import asked_back, handed_over, unknown
from retriever.understand import Query
from retriever.weighing import Weighed, Weigher

LOOKED_AT: Final = 20  # hits that an answer is made from


class Answerer:
    """Answers from one opened version."""

    def __init__(self, retriever: Retriever, messages: Messages) -> None:
        self._retriever = retriever
        self._messages = messages
        self.weigher = Weigher(retriever, Routes(retriever.searcher.lexicon, retriever.encoder))
        self._reader = Reader(retriever.searcher, messages)

    def answer(
        self,
        question: str,
        wanted: Filter,
        context: CallContext,
        *,
        trace_id: str,
        found: ResultPage | None = None,
    ) -> Answer:
        """The answer to a question, and to what else it asks.

        ``found`` is the page of the same question under the same filter, ``LOOKED_AT`` hits deep,
        where the caller has searched already.
        """
        answer = self._whole(question, wanted, context, trace_id, found)
        customer = context.customer
        if not customer.is_known:
            return answer
        device = self._messages.device(customer, wanted)
        return suited(answer, Reading(customer, self._messages.fit_settings, device), wanted)

    def _whole(
        self,
        question: str,
        wanted: Filter,
        context: CallContext,
        trace_id: str,
        found: ResultPage | None,
    ) -> Answer:
        started = time.perf_counter()
        main = self._one(question, wanted, context, trace_id, found, looks_ahead=True)
        # what else is asked is about the same customer, but not about what the screen shows
        others = CallContext(customer=context.customer)
        more = further(
            split(main.query), lambda part: self._part(part, main, wanted, others, trace_id), main
        )
        if not more:
            return main
        # what only may have been meant gives way to what was asked for
        said = {one.text for one in more}
        more = (*more, *(one for one in main.more if one.text not in said))
        return replace(main, more=more, took_ms=(time.perf_counter() - started) * 1000.0)

    def _part(
        self, part: Part, main: Answer, wanted: Filter, context: CallContext, trace_id: str
    ) -> Answer | None:
        """The answer to a part of a question: what ``main`` is about, as far as a facet of it surely
        says that, unless the part names an item of its own, by what it finds before a second look.
        """
        started = time.perf_counter()
        try:
            if not part.topic or main.held is None:
                return self._one(part.asked, wanted, context, trace_id)
            page = self._retriever.found(part.said, wanted, LOOKED_AT)
        except BadQuery:
            return None  # a part without words asks nothing
        if not page.hits or {"named", "code"} & set(page.hits[0].reasons):
            page = self._retriever.looked(page, wanted)
            return self._one(part.said, wanted, context, trace_id, page)
        # no second look: what it says is of the items that this part finds, not of the one that is meant
        facets = self.weigher.facets(page, main.held, wanted.audience)
        if not facets or facets[0].chance < SURE_OF_FACET:
            return None
        about = replace(page, hits=(replace(page.hits[0], held=main.held, reasons=()),))
        weighed = Weighed(tuple(facets), {}, {}, facets[0].chance, SURE_OF_FACET)
        asked = f"{main.held.item.title} {part.said}"
        made = maker(asked, trace_id, started)
        return self._reader.answer(about, wanted, context.customer, weighed, made)

    def _one(
        self,
        question: str,
        wanted: Filter,
        context: CallContext,
        trace_id: str,
        found: ResultPage | None = None,
        *,
        looks_ahead: bool = False,
    ) -> Answer:
        """The outcome that is cheapest to be wrong with, and what belongs to it.

        With ``looks_ahead``, an answer that nothing is known says what will be.
        """
        started = time.perf_counter()
        query = self._retriever.understand(question)
        # as it was asked, also where the context completes it
        made = maker(query.text, trace_id, started)
        page = found or self._retriever.search(query, wanted, LOOKED_AT)
        if is_incomplete(query, page):
            whole = completed(query, self._retriever, wanted, context)
            if whole is not None:
                page = self._retriever.search(whole, wanted, LOOKED_AT)
        which = None
        if (told := asked_of_series(page.query)) is not None:
            members = self._retriever.members(page.query, wanted)
            meant = named_before(members, self._retriever, wanted, context)
            if meant is None:
                which = which_of_series(page, members)
            else:
                said = f"{meant.item.title}{series_phrase(told)}"
                page = self._retriever.search(said, wanted, LOOKED_AT)
        weighed = self.weigher.weighed(page, wanted.audience)
        if answer := asked_back(which, page, weighed.confidence, made):
            return answer
        asked = which_is_meant(page)
        for outcome in _outcomes(weighed, can_ask=asked is not None):
            answer = None
            if outcome is Outcome.HANDOVER:
                answer = handed_over(weighed.route, page, wanted.audience, made)
            elif outcome is Outcome.CLARIFY:
                answer = asked_back(asked, page, weighed.confidence, made)
            elif outcome is Outcome.ANSWERED:
                answer = self._reader.answer(page, wanted, context.customer, weighed, made)
            else:
                break
            if answer is not None:
                return answer
        return self._unknown(page, wanted, weighed, made, looks_ahead=looks_ahead)

    def _unknown(
        self,
        page: ResultPage,
        wanted: Filter,
        weighed: Weighed,
        made: Maker,
        *,
        looks_ahead: bool,
    ) -> Answer:
        def first_on(later: Filter) -> str | None:
            return self._answered_by(page.query, later)

        note = coming(page, wanted, self._retriever.searcher, first_on) if looks_ahead else None
        return unknown(page, weighed.confidence, made, note)

    def _answered_by(self, query: Query, wanted: Filter) -> str | None:
        """The id of the item that the question names or would be answered from; None without one."""
        page = self._retriever.search(query, wanted, LOOKED_AT)
        if not page.hits:
            return None
        top = page.hits[0]
        if not {"named", "code"} & set(top.reasons):
            weighed = self.weigher.weighed(page, wanted.audience)
            can_ask = which_is_meant(page) is not None
            if _outcomes(weighed, can_ask=can_ask)[0] is not Outcome.ANSWERED:
                return None
        return top.item_id


def _outcomes(weighed: Weighed, *, can_ask: bool) -> list[Outcome]:
    """The outcomes in the order in which they are tried: none that cannot be made."""
    can_hand_over = weighed.route is not None
    if weighed.chances:
        order = in_order(
            weighed.chances, weighed.features, can_ask=can_ask, can_hand_over=can_hand_over
        )
    else:
        order = by_rules(weighed.features, weighed.confidence, weighed.threshold)
    made = {Outcome.CLARIFY: can_ask, Outcome.HANDOVER: can_hand_over}
    return [outcome for outcome in order if made.get(outcome, True)]
