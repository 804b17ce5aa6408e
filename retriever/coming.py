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
_BEGINNING: Final = 400
"""Passages looked at of what begins, because many are of items that only change then: they are few, and
looking at them is quick."""
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
    ahead = looking_ahead(wanted)
    beginning = _nearest(page, ahead, searcher, _BEGINNING)
    coded = [held.item.id for code in page.query.codes for held in searcher.by_code(code, ahead)]
    if (
        not beginning and not coded
    ):  # mostly nothing begins, and what holds need not be scanned again
        return None
    found = waiting([*coded, *(match.item_id for match in beginning)], searcher, wanted)
    first = {held.key: held for held in found}
    of_first = [match for match in beginning if match.item_key in first]
    together = [*_nearest(page, wanted, searcher, _NEAREST), *of_first[:_NEAREST]]
    together.sort(key=lambda match: (-match.score, match.passage_id))
    near = {match.item_id for match in together[:_NEAREST]}.union(coded)
    for held in [held for held in found if held.item.id in near][:_TRIED]:
        if answered_by(replace(wanted, as_of=began(held))) == held.item.id:
            return starts_later(held, wanted.as_of)
    return None


def _nearest(page: ResultPage, under: Filter, searcher: Searcher, k: int) -> list[Match]:
    if page.vector is not None:
        return searcher.semantic(page.vector, under, k)
    return searcher.lexical(page.query.terms, under, k)
