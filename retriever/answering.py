"""Question → one of four outcomes, and what belongs to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from corpora.types import Audience, Facet
from retriever.answer import Answer, Handover, Outcome
from retriever.asking import Asked, is_incomplete, which_is_meant
from retriever.circumstances import family_everywhere, notes_of
from retriever.compose import (
    actions_of,
    chosen_facets,
    related_of,
    templates_of,
    tips_of,
    words_of,
)
from retriever.computed import computed
from retriever.conflicts import conflicts_of, rivals
from retriever.context import CallContext
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.follow import named_by
from retriever.handing_over import Routes
from retriever.outcomes import by_cost, by_rules
from retriever.push import PushError, PushMessage, PushPreview, PushSettings, preview
from retriever.retriever import ResultPage, Retriever
from retriever.several import Part, further, split
from retriever.types import Hit
from retriever.understand import MAX_CHARACTERS, Query
from retriever.weighing import Weighed, Weigher

LOOKED_AT: Final = 20  # hits that an answer is made from
_NEAREST: Final = 3
_SURE_OF_FACET: Final = 0.6
"""From this chance on a facet answers a part of a question: of 71 parts read, 38 of 48 rightly."""
_UNSURE: Final = "知识库里没有把握的答案"
_HALF_ASKED: Final = "语义检索暂时不可用，只按字词查找，没有把握的答案；请稍后再问一次"
_UNKNOWN_TEXT: Final = "这个问题暂时没有查到准确的说法，我记录下来，请业务部门确认后再答复您。"


class Answerer:
    """Answers from one opened version."""

    def __init__(
        self, retriever: Retriever, settings: PushSettings, load_image: Callable[[str], bytes]
    ) -> None:
        self._retriever = retriever
        self._routes = Routes(retriever.searcher.lexicon, retriever.encoder)
        self.weigher = Weigher(retriever, self._routes)
        self._settings = settings
        self._load_image = load_image

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
        started = time.perf_counter()
        main = self._one(question, wanted, context, trace_id, found)
        more = further(
            split(main.query), lambda part: self._part(part, main, wanted, trace_id), main
        )
        if not more:
            return main
        return replace(main, more=more, took_ms=(time.perf_counter() - started) * 1000.0)

    def _part(self, part: Part, main: Answer, wanted: Filter, trace_id: str) -> Answer | None:
        """The answer to a part of a question: what ``main`` is about, as far as a facet of it surely
        says that, unless the part names an item of its own.
        """
        started = time.perf_counter()
        try:
            if not part.topic or main.held is None:
                return self._one(part.asked, wanted, CallContext(), trace_id)
            page = self._retriever.search(part.said, wanted, LOOKED_AT)
        except BadQuery:
            return None  # a part without words asks nothing
        if not page.hits or {"named", "code"} & set(page.hits[0].reasons):
            return self._one(part.said, wanted, CallContext(), trace_id, page)
        facets = self.weigher.facets(page, main.held, wanted.audience)
        if not facets or facets[0].chance < _SURE_OF_FACET:
            return None
        about = replace(page, hits=(replace(page.hits[0], held=main.held, reasons=()),))
        weighed = Weighed(tuple(facets), {}, {}, facets[0].chance)
        asked = f"{main.held.item.title} {part.said}"
        made = _maker(asked, trace_id, started)
        return self._composed(about, wanted, CallContext(), weighed, made)

    def _one(
        self,
        question: str,
        wanted: Filter,
        context: CallContext,
        trace_id: str,
        found: ResultPage | None = None,
    ) -> Answer:
        """The outcome that is cheapest to be wrong with, and what belongs to it."""
        started = time.perf_counter()
        query = self._retriever.understand(question)
        # as it was asked, also where the context completes it
        made = _maker(query.text, trace_id, started)
        page = found or self._retriever.search(query, wanted, LOOKED_AT)
        if is_incomplete(query, page):
            page = self._completed(query, page, wanted, context)
        weighed = self.weigher.weighed(page, wanted.audience)
        asked = which_is_meant(page)
        for outcome in self._outcomes(weighed, can_ask=asked is not None):
            if outcome is Outcome.HANDOVER:
                answer = self._handed_over(page, wanted.audience, made)
            elif outcome is Outcome.CLARIFY:
                answer = _asked_back(asked, page, weighed.confidence, made)
            elif outcome is Outcome.ANSWERED:
                answer = self._composed(page, wanted, context, weighed, made)
            else:
                answer = _unknown(page, weighed.confidence, made)
            if answer is not None:
                return answer
        return _unknown(page, weighed.confidence, made)

    def _outcomes(self, weighed: Weighed, *, can_ask: bool) -> list[Outcome]:
        """The outcomes in the order in which they are tried; where nothing can be asked back, its
        chance counts for none of the others.
        """
        if weighed.chances:
            chances = dict(weighed.chances)
            if not can_ask:
                chances.pop(Outcome.CLARIFY.value, None)
            order = by_cost(chances)
            if weighed.features["route"] and order[0] is not Outcome.ANSWERED:
                # an operator's own pattern says where it goes: better there than nowhere
                order.sort(key=lambda outcome: outcome is not Outcome.HANDOVER)
            return order
        threshold = self._retriever.constants.calibration.threshold
        return by_rules(weighed.features, weighed.confidence, threshold)

    def _completed(
        self, query: Query, page: ResultPage, wanted: Filter, context: CallContext
    ) -> ResultPage:
        """What is found for an incomplete question with the subject that the screen or the dialogue
        supplies, if any.
        """
        subject = ""
        if context.boss_code:
            held = named_by(context.boss_code, self._retriever.searcher, wanted)
            subject = held.item.title if held else ""
        for line in reversed(context.dialog):
            if subject:
                break
            try:
                earlier = self._retriever.understand(line[:MAX_CHARACTERS])
            except BadQuery:
                continue  # a line of the dialogue without words says nothing
            subject = earlier.subject if len(earlier.subject) > 1 else ""
        # the question itself is never cut off, however long the line before it was
        subject = subject[: max(0, MAX_CHARACTERS - len(query.text) - 1)]
        if not subject:
            return page
        completed = self._retriever.understand(f"{subject} {query.text}")
        return self._retriever.search(completed, wanted, LOOKED_AT)

    def _handed_over(
        self, page: ResultPage, audience: Audience, made: Callable[..., Answer]
    ) -> Answer | None:
        normalized = page.query.normalized
        route = self._routes.route_of(normalized)
        if route is None:
            near = self._routes.nearest(page.vector)
            if near is None or not self._routes.fits(near.route, normalized):
                return None
            route = near.route
        # what to check and to record is for staff
        for_staff = audience is not Audience.CUSTOMER
        return made(
            Outcome.HANDOVER,
            f"{route.label}：要看客户自己的记录或由人处理，知识库不能回答",
            route.say,
            confidence=1.0,
            handover=Handover(
                route.id,
                route.route,
                route.check if for_staff else (),
                route.record if for_staff else (),
            ),
            degraded=page.degraded,
        )

    def _composed(
        self,
        page: ResultPage,
        wanted: Filter,
        context: CallContext,
        weighed: Weighed,
        made: Callable[..., Answer],
    ) -> Answer | None:
        if not page.hits:
            return None
        top = page.hits[0]
        searcher = self._retriever.searcher
        held = top.held
        chosen = chosen_facets(weighed.facets)
        text, citations, facts = (
            words_of(held.item, chosen.spoken) if chosen.spoken else ("", (), ())
        )
        answering = chosen.answering
        if answering is None or (chosen.for_agent is None and not text):
            return made(
                Outcome.UNKNOWN,
                "最接近的知识没有可以告诉客户的口径，请打开条目查看",
                "",
                confidence=weighed.confidence,
                nearest=page.hits[:_NEAREST],
                degraded=page.degraded,
            )
        amount = computed(held.item, page.query.text, as_of=wanted.as_of)
        if amount is not None and text:
            # what was asked for first; the citation moves with the words that it cites
            shift = len(amount.text) + 1
            text = f"{amount.text}\n{text}"
            citations = tuple(
                replace(c, span=(c.span[0] + shift, c.span[1] + shift)) for c in citations
            )
        return made(
            Outcome.ANSWERED,
            _why(top),
            text,
            confidence=weighed.confidence,
            held=held,
            facet=answering.kind,
            agent_text=_for_agent(chosen.for_agent),
            citations=citations,
            facts=(*(amount.facts if amount is not None and text else ()), *facts),
            tips=tips_of(held.item, searcher, wanted),
            actions=actions_of(held.item, answering.kind, wanted.audience),
            push=self._previews(top, wanted),
            related=related_of(held.item, searcher, wanted),
            conflicts=conflicts_of(held.item, rivals(page.hits, searcher, wanted), wanted.audience),
            notes=notes_of(
                held,
                wanted,
                named=page.query.regions,
                brand=context.customer.brand,
                members=family_everywhere(held, searcher, wanted),
                regions=searcher.regions,
            ),
            nearest=(),
            degraded=page.degraded,
        )

    def _previews(self, top: Hit, wanted: Filter) -> tuple[PushMessage | PushPreview, ...]:
        item = top.held.item
        previews: list[PushMessage | PushPreview] = []
        for template in templates_of(item, self._retriever.searcher.templates, wanted.as_of):
            try:
                previews.append(
                    preview(
                        template,
                        item,
                        item_version=str(top.held.version),
                        settings=self._settings,
                        load_image=self._load_image,
                    )
                )
            except PushError:
                # a template that cannot be previewed must not cost the clerk the answer; the
                # corpus check is where its author learns of it
                continue
        return tuple(previews)


def _maker(asked: str, trace_id: str, started: float) -> Callable[..., Answer]:
    """Makes answers to a question that was asked at ``started`` (seconds of ``perf_counter``)."""

    def made(outcome: Outcome, reason: str, text: str, **parts: object) -> Answer:
        return Answer(
            query=asked,
            outcome=outcome,
            reason=reason,
            text=text,
            trace_id=trace_id,
            took_ms=(time.perf_counter() - started) * 1000.0,
            **{"confidence": 0.0, **parts},  # type: ignore[arg-type]
        )

    return made


def _asked_back(
    asked: Asked | None, page: ResultPage, sure: float, made: Callable[..., Answer]
) -> Answer | None:
    if asked is None:
        return None
    return made(
        Outcome.CLARIFY,
        asked.reason,
        asked.clarification.question,
        clarify=asked.clarification,
        confidence=sure,
        nearest=page.hits[:_NEAREST],
        degraded=page.degraded,
    )


def _unknown(page: ResultPage, sure: float, made: Callable[..., Answer]) -> Answer:
    # what was only half looked for is never said to be missing
    missing = _UNSURE if page.hits else "在可查范围内没有相关知识"
    return made(
        Outcome.UNKNOWN,
        _HALF_ASKED if page.degraded else missing,
        _UNKNOWN_TEXT,
        confidence=sure,
        nearest=page.hits[:_NEAREST],
        degraded=page.degraded,
    )


def _for_agent(facet: Facet | None) -> str:
    return "\n".join([facet.official, *facet.steps]) if facet else ""


def _why(top: Hit) -> str:
    if "code" in top.reasons:
        return "问题里的编码或指令对应这一条"
    return "问题和这一条最接近"
