"""What a question that nothing answers today will be answered by, from a day that is known already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from corpora.types import Audience
from retriever.answer import Note
from retriever.backends.protocol import Searcher
from retriever.circumstances import began, starts_later, waiting
from retriever.filters import Filter
from retriever.retriever import ResultPage

_LOOKS: Final = (28, 56, 84, 168, 364)
"""Days ahead on which the nearest passages are looked at, whole steps of ``circumstances.waiting``:
what begins within twelve weeks and holds for four is seen, and what stays is seen for a year."""
_PASSAGES: Final = 20  # of each look; one item has up to as many
_TRIED: Final = 2  # nearest items that are not there yet: each costs a search on its first day
_NAMED: Final = float("inf")  # how near an item is whose code the question says


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
    near: dict[str, float] = {}
    for later in _looks(wanted):
        for item_id, nearness in _near(page, later, searcher):
            near[item_id] = max(nearness, near.get(item_id, nearness))
    nearest_first = sorted(near, key=lambda item_id: (-near[item_id], item_id))
    for held in waiting(nearest_first, searcher, wanted)[:_TRIED]:
        if answered_by(replace(wanted, as_of=began(held))) == held.item.id:
            return starts_later(held, wanted.as_of)
    return None


def _looks(wanted: Filter) -> Iterator[Filter]:
    for days in _LOOKS:
        if days <= (dt.date.max - wanted.as_of).days:
            yield replace(wanted, as_of=wanted.as_of + dt.timedelta(days))


def _near(page: ResultPage, wanted: Filter, searcher: Searcher) -> Iterator[tuple[str, float]]:
    """The items that a code of the question or the nearest passages are of, and how near they are."""
    for code in page.query.codes:
        for held in searcher.by_code(code, wanted):
            yield held.item.id, _NAMED
    if page.vector is not None:
        found = searcher.semantic(page.vector, wanted, _PASSAGES)
    else:
        found = searcher.lexical(page.query.terms, wanted, _PASSAGES)
    for match in found:
        yield match.passage_id.partition("@")[0], match.score
