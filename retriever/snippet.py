"""Where a question's words stand in a text: spans for highlighting, in code points of that text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from retriever.types import Snippet

_LENGTH: Final = 120
_LEAD: Final = 24


def _folded(text: str) -> str:
    """``text`` folded character by character, so that positions stay true."""
    return "".join(
        folded if len(folded := unicodedata.normalize("NFKC", char).lower()) == 1 else char
        for char in text
    )


def spans_of(text: str, terms: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Disjoint, sorted spans of the terms (of two and more characters) that occur in ``text``.

    >>> spans_of("流量包怎么退订", ["流量", "量包", "退订"])
    ((0, 3), (5, 7))
    """
    folded = _folded(text)
    marked = [False] * len(text)
    for term in set(terms):
        if len(term) < 2:
            continue
        start = folded.find(term)
        while start >= 0:
            marked[start : start + len(term)] = [True] * len(term)
            start = folded.find(term, start + 1)
    spans: list[tuple[int, int]] = []
    for place, hit in enumerate(marked):
        if hit and spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        elif hit:
            spans.append((place, place + 1))
    return tuple(spans)


def snippet(text: str, terms: Iterable[str]) -> Snippet:
    """The part of ``text`` around the first marked words, with its spans."""
    terms = tuple(terms)
    spans = spans_of(text, terms)
    if len(text) <= _LENGTH:
        return Snippet(text, spans)
    start = max(0, min(spans[0][0] - _LEAD if spans else 0, len(text) - _LENGTH))
    part = text[start : start + _LENGTH]
    return Snippet(part, spans_of(part, terms))
