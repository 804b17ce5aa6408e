"""What a question that nothing answers today will be answered by, from a day that is known already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from corpora.types import Audience
from retriever.answer import Note
from retriever.backends.protocol import Searcher
from retriever.circumstances import began, looking_ahead, starts_later, waiting
from retriever.filters import Filter
from retriever.retriever import ResultPage
from retriever.types import Match

_NEAREST: Final = 20  # passages of what holds and of what begins; one item has up to as many
_TRIED: Final = 2  # nearest items that are not there yet: each costs a search on its first day


def coming(
    page: ResultPage,
    wanted: Filter,
    searcher: Searcher,
    answered_by: Callable[[Filter], str | None],
) -> Note | None:
    """The remark about the item that will answer the question of ``page``; None where none will.

    ``answered_by`` tells the id of the item that answers it under a filter. Everything but the day is
    filtered as in ``wanted``. Customers are not told: what does not hold yet is not announced.
    """
    if wanted.audience is Audience.CUSTOMER:
        return None
    near = dict.fromkeys(
        held.item.id
        for code in page.query.codes
        for held in searcher.by_code(code, looking_ahead(wanted))
    )
    near |= dict.fromkeys(match.item_id for match in _among_the_nearest(page, wanted, searcher))
    for held in waiting(list(near), searcher, wanted)[:_TRIED]:
        if answered_by(replace(wanted, as_of=began(held))) == held.item.id:
            return starts_later(held, wanted.as_of)
    return None


def _among_the_nearest(page: ResultPage, wanted: Filter, searcher: Searcher) -> list[Match]:
    """The passages of what begins that would be among the nearest ones if it held already, nearest first."""

    def nearest(under: Filter) -> list[Match]:
        if page.vector is not None:
            return searcher.semantic(page.vector, under, _NEAREST)
        return searcher.lexical(page.query.terms, under, _NEAREST)

    later = nearest(looking_ahead(wanted))
    if not later:  # mostly nothing begins, and what holds need not be scanned again
        return []
    together = sorted([*nearest(wanted), *later], key=lambda one: (-one.score, one.passage_id))
    edge = together[:_NEAREST][-1].score
    return [match for match in later if match.score >= edge]
