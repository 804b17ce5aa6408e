"""Lessons as a training step takes them: some together, each with a few of the items that it offers.

What one lesson offers is offered to all of a batch: most of it is wrong for the others, and so teaches
more at no cost.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from eval.teaching.lessons import FacetLesson, Offered

_ITEMS: Final = 5  # of those that a lesson offers
_RIGHT_ITEMS: Final = 2
_FACETS: Final = 28
_FALLS_BY: Final = (
    6.0  # places: the first items are drawn more often, as they are harder to tell apart
)
_ROUNDED_TO: Final = 8  # tokens: fewer shapes of arrays


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Questions and facets as tokens, and of each question (a row) which of the facets (columns) belong
    to a right item, which answer it, and which do not count; whether nothing answers it.
    """

    asked: tuple[tuple[int, ...], ...]
    facets: tuple[tuple[int, ...], ...]
    item_right: NDArray[np.bool_]
    facet_right: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    unanswered: NDArray[np.bool_]


def batches(lessons: Sequence[FacetLesson], size: int, seed: int) -> Iterator[Batch]:
    """Batches without end: all lessons in an order of their own each time, a rest that is too small for
    a batch left out; ``seed`` draws everything.
    """
    rng = random.Random(seed)
    size = min(size, len(lessons))
    while True:
        order = rng.sample(lessons, len(lessons))
        for start in range(0, len(order) - size + 1, size):
            yield _batch(order[start : start + size], rng)


def _batch(lessons: Sequence[FacetLesson], rng: random.Random) -> Batch:
    columns: dict[tuple[str, tuple[int, ...]], int] = {}
    by_facet: dict[str, list[int]] = {}
    for lesson in lessons:
        for one in drawn(lesson, rng):
            if (one.facet, one.tokens) not in columns:
                by_facet.setdefault(one.facet, []).append(len(columns))
                columns[one.facet, one.tokens] = len(columns)
    shape = len(lessons), len(columns)
    item_right, facet_right, hidden = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    for row, lesson in enumerate(lessons):
        for one in lesson.offered:
            if not one.item_right:
                continue
            own = columns.get((one.facet, one.tokens), -1)
            for column in by_facet.get(one.facet, ()):
                # with a known question that this lesson asks, or without one that another does: not wrong
                hidden[row, column] = column != own
            if own >= 0:
                item_right[row, own] = True
                facet_right[row, own] = one.facet_right
    # where no facet is known to be the right one, all of the right items do
    untold = ~facet_right.any(axis=1)
    facet_right[untold] = item_right[untold]
    unanswered = np.array([not lesson.answered for lesson in lessons], dtype=np.bool_)
    asked = tuple(lesson.asked for lesson in lessons)
    facets = tuple(tokens for _, tokens in columns)
    return Batch(asked, facets, item_right, facet_right, hidden, unanswered)


def drawn(lesson: FacetLesson, rng: random.Random) -> list[Offered]:
    """The facets of a few items: the right ones, and others, the more likely the nearer to the first."""
    right = sorted({one.place for one in lesson.offered if one.item_right})
    others = sorted({one.place for one in lesson.offered} - set(right))
    others.sort(key=lambda place: rng.random() * (1.0 + place / _FALLS_BY))
    items = {*right[:_RIGHT_ITEMS], *others[: _ITEMS - len(right[:_RIGHT_ITEMS])]}
    facets = [one for one in lesson.offered if one.place in items]
    if len(facets) <= _FACETS:
        return facets
    first = sorted((one for one in facets if one.item_right), key=lambda one: not one.facet_right)
    rest = [one for one in facets if not one.item_right]
    kept = first[:_FACETS]
    return [*kept, *rng.sample(rest, min(len(rest), _FACETS - len(kept)))]


def padded(
    rows: Sequence[Sequence[int]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of tokens as one array, and where of it they stand."""
    longest = -(-max(map(len, rows)) // _ROUNDED_TO) * _ROUNDED_TO
    tokens = np.zeros((len(rows), longest), dtype=np.int64)
    mask = np.zeros_like(tokens)
    for place, row in enumerate(rows):
        tokens[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return tokens, mask
