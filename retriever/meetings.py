"""Which word of a passage each token of a question met best. Pure functions.

Late interaction is a mean over the question's tokens (``retriever.rerank``); here is what the mean
is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.token_vectors import SCALE

SHOWN: Final = 10  # of the weakest and of the strongest, each
_LATIN_RUN: Final = re.compile(r"[a-z0-9]+(?:[._+/-][a-z0-9]+)*")

Span = tuple[int, int]
"""A half-open range of code points."""


class TokenMeeting(NamedTuple):
    """A token of the question and the passage's token that is closest to it, each with its word."""

    token: str
    word: str
    met: str
    met_word: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Meetings:
    """The weakest and the strongest meetings, in the question's order.

    ``left_out`` counts those between; ``why_none`` says in Chinese why there are none at all.
    """

    pairs: tuple[TokenMeeting, ...] = ()
    left_out: int = 0
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A normalised text with the place of each of its tokens, and its words."""

    text: str
    spans: tuple[Span, ...]
    words: tuple[str, ...]

    def token(self, place: int) -> str:
        """The characters of a token."""
        start, end = self.spans[place]
        return self.text[start:end]

    def word(self, place: int) -> str:
        """The longest word around a token."""
        return word_at(self.text, self.spans[place], self.words)


def word_at(text: str, span: Span, words: Iterable[str]) -> str:
    """The longest of ``words``, or the run of letters and digits, that covers ``span``; else its text.

    >>> word_at("退20gb流量包", (5, 6), ["流量", "流量包"]), word_at("退20gb流量包", (3, 5), [])
    ('流量包', '20gb')
    """
    start, end = span
    found = text[start:end]
    for word in words:
        if len(word) > len(found):
            place = text.find(word, max(0, end - len(word)), start + len(word))
            found = word if place >= 0 else found
    for run in _LATIN_RUN.finditer(text):
        if run.start() <= start and end <= run.end() and len(run.group()) > len(found):
            found = run.group()
    return found


def best_partners(
    question: NDArray[np.float32], passage: NDArray[np.int8]
) -> tuple[list[int], list[float]]:
    """For each token of the question the place of the closest one of the passage, and the cosine.

    ``question`` is (q, token_dim) of length one, ``passage`` (n, token_dim) as stored; n is at least 1.

    >>> best_partners(np.eye(2, dtype=np.float32), np.array([[0, 127], [127, 0]], dtype=np.int8))
    ([1, 0], [1.0, 1.0])
    """
    cosines = (question @ passage.astype(np.float32).T) / SCALE
    places = cosines.argmax(axis=1)
    return places.tolist(), cosines.max(axis=1).tolist()


def meetings(
    asked: Tokens, found: Tokens, places: Sequence[int], cosines: Sequence[float]
) -> Meetings:
    """The meetings of ``best_partners`` in words; between the extremes they are left out."""
    order = sorted(range(len(cosines)), key=lambda place: (cosines[place], place))
    extremes = set(order[:SHOWN]) | set(order[-SHOWN:])
    pairs = tuple(
        TokenMeeting(
            asked.token(place),
            asked.word(place),
            found.token(places[place]),
            found.word(places[place]),
            cosines[place],
        )
        for place in sorted(extremes)
    )
    return Meetings(pairs, len(cosines) - len(pairs))
