"""The second look: the first items' facets, each read beside the question by a model that was taught to.

What ranks here are whole facets: their names, known questions and wording together, where the search before
meets them passage by passage. Scores are log-probabilities, up to a constant of the question, as is that of
"nothing answers this". What both say of a question's outcome: ``retriever.reconsidering``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from corpora.types import Audience
from corpora.versions import ItemVersion
from indexer.readings import Asked, FacetReader, Reading
from indexer.taught import Joined, Taught
from indexer.token_vectors import SCALE
from retriever.kept import Kept
from retriever.types import Hit

LOOKED_AT: Final = 12
"""Items whose facets are read: the right one is nearly always among them."""
_ASKED: Final = 4096  # questions kept
_ITEMS: Final = 65_536  # items whose readings are kept: the arrays are the reader's


@dataclass(frozen=True, slots=True)
class Look:
    """What a second look found.

    ``facets`` are the scores of those that the asker may read, by their place in the item, by the key of
    the item's version; ``nothing`` is the score of "nothing answers this".
    """

    facets: Mapping[str, Mapping[int, float]]
    nothing: float

    @property
    def answers(self) -> float:
        """The score of "some facet answers this": ln Σ exp of the facets' scores."""
        return mass([score for scores in self.facets.values() for score in scores.values()])


class SecondLook:
    """Reads questions beside facets; safe for many threads."""

    def __init__(self, reader: FacetReader) -> None:
        self._reader = reader
        self._items: Kept[tuple[Reading, ...]] = Kept(_ITEMS)
        self._asked: Kept[Asked] = Kept(_ASKED)

    @property
    def joined(self) -> Joined:
        """How it counts."""
        return self._reader.taught.joined

    @property
    def reader(self) -> FacetReader:
        """What reads."""
        return self._reader

    def warm(self, items: Sequence[ItemVersion]) -> None:
        """Reads the facets of items now: nobody's question has to wait for them."""
        read = dict(zip((held.key for held in items), self._reader.filled(items), strict=True))
        self._items.get_many(list(read), lambda keys: {key: read[key] for key in keys})

    def asked(self, text: str, reading: str) -> Asked:
        """A question as read, with what it may have meant; kept, so that it can be read before its hits are known."""
        return self._asked.get((text, reading), lambda: self._reader.ask(text, reading))

    def looked(
        self, asked: Asked, hits: Sequence[Hit], audience: Audience
    ) -> tuple[list[Hit], Look]:
        """Hits (one at least) in their new order, with what was found."""
        first = list(hits[:LOOKED_AT])
        facets = self._scores(asked, first, audience)
        masses = [mass(list(scores.values())) for scores in facets]
        gains = gains_of(masses, self.joined)
        moved = [with_gain(hit, gain) for hit, gain in zip(first, gains, strict=True)]
        # what is not read can at best be as likely as the least likely that is
        moved += [with_gain(hit, min(gains)) for hit in hits[LOOKED_AT:]]
        moved.sort(key=lambda hit: (-hit.score, hit.item_id))
        by_key = {hit.held.key: scores for hit, scores in zip(first, facets, strict=True)}
        return moved, Look(by_key, asked.nothing)

    def _scores(
        self, asked: Asked, hits: Sequence[Hit], audience: Audience
    ) -> list[dict[int, float]]:
        """Of each hit the scores of the facets that may be read; all of them are met together."""
        seen = [
            [
                place
                for place, facet in enumerate(hit.held.item.facets)
                if audience.may_read(facet.audience)
            ]
            for hit in hits
        ]
        readings = [
            readings[place]
            for hit, places in zip(hits, seen, strict=True)
            for readings in (self._readings_of(hit.held),)
            for place in places
        ]
        scores = iter(scores_of(asked, readings, self._reader.taught))
        return [{place: next(scores) for place in places} for places in seen]

    def _readings_of(self, held: ItemVersion) -> tuple[Reading, ...]:
        return self._items.get(held.key, lambda: self._reader.readings(held.item))


def scores_of(asked: Asked, readings: Sequence[Reading], taught: Taught) -> list[float]:
    """``met`` · mean over the question's tokens of each one's best partner + ``cosine`` · cosine."""
    if not readings:
        return []
    tokens = np.concatenate([one.tokens for one in readings]).astype(np.float32)
    starts = np.cumsum([0, *(len(one.tokens) for one in readings[:-1])])
    cosines = np.ascontiguousarray((tokens @ asked.tokens.T).T) / np.float32(SCALE)
    met = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0)
    vectors = np.stack([one.vector for one in readings]).astype(np.float32)
    scores: NDArray[np.float32] = taught.met * met + taught.cosine * (vectors @ asked.vector)
    return [float(score) for score in scores]


def mass(scores: Sequence[float]) -> float:
    """ln Σ exp(score); very little where there is none."""
    if not scores:
        return -1e9
    highest = max(scores)
    return highest + float(np.log(np.exp(np.asarray(scores) - highest).sum()))


def gains_of(masses: Sequence[float], joined: Joined) -> list[float]:
    """What each item's score moves by: nothing for the likeliest, less than nothing for the others."""
    highest = max(masses)
    return [max(-joined.most, joined.share * (one - highest)) for one in masses]


def with_gain(hit: Hit, gain: float) -> Hit:
    """A hit whose score moved."""
    if gain == 0.0:
        return hit
    return replace(hit, score=hit.score + gain, parts=(*hit.parts, ("second_look", gain)))
