"""The answer that reads out what the first item says, with everything that belongs beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from corpora.types import Facet
from corpora.versions import ItemVersion
from retriever.answer import Answer, Outcome
from retriever.backends.protocol import Searcher
from retriever.besides import said_besides
from retriever.circumstances import family_everywhere, notes_of
from retriever.compose import (
    ChosenFacets,
    actions_of,
    chosen_facets,
    related_of,
    tips_of,
    words_of,
)
from retriever.computed import computed
from retriever.conflicts import conflicts_of, rivals
from retriever.context import Customer
from retriever.filters import Filter
from retriever.making import Maker
from retriever.messages import Messages
from retriever.retriever import ResultPage
from retriever.types import Hit
from retriever.unanswered import NEAREST
from retriever.weighing import Weighed

_MAYBE_MEANT: Final = "也可能问的是同一条目的这一面"


class Reader:
    """Reads out of one opened version."""

    def __init__(self, searcher: Searcher, messages: Messages) -> None:
        self._searcher = searcher
        self._messages = messages

    def answer(
        self, page: ResultPage, wanted: Filter, customer: Customer, weighed: Weighed, made: Maker
    ) -> Answer | None:
        """What the first item says, with the messages that suit the customer; None where nothing was
        found, and "not known" where the reader may be told nothing of it.
        """
        if not page.hits:
            return None
        top = page.hits[0]
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
                nearest=page.hits[:NEAREST],
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
        searcher = self._searcher
        previews, fitted = self._messages.previews(held, wanted, customer)
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
            push=previews,
            related=related_of(held.item, searcher, wanted),
            conflicts=conflicts_of(held.item, rivals(page.hits, searcher, wanted), wanted.audience),
            notes=notes_of(
                held,
                wanted,
                named=page.query.regions,
                brand=customer.brand,
                members=family_everywhere(held, searcher, wanted),
                regions=searcher.regions,
            ),
            nearest=(),
            degraded=page.degraded,
            more=_besides(held, weighed, chosen, made),
            fit=fitted,
        )


def _besides(
    held: ItemVersion, weighed: Weighed, chosen: ChosenFacets, made: Maker
) -> tuple[Answer, ...]:
    """What the item says on another of its sides, where that may be what was meant."""
    other = said_besides(weighed.facets, (chosen.spoken, chosen.for_agent))
    if other is None:
        return ()
    text, citations, facts = words_of(held.item, other.facet)
    if not text:
        return ()
    maybe = made(
        Outcome.ANSWERED,
        _MAYBE_MEANT,
        text,
        confidence=weighed.confidence,
        held=held,
        facet=other.facet.kind,
        citations=citations,
        facts=facts,
    )
    return (maybe,)


def _for_agent(facet: Facet | None) -> str:
    return "\n".join([facet.official, *facet.steps]) if facet else ""


def _why(top: Hit) -> str:
    if "code" in top.reasons:
        return "问题里的编码或指令对应这一条"
    return "问题和这一条最接近"
