"""What each term of a question adds to a passage's BM25. Pure functions.

BM25 is a sum over terms (Robertson & Zaragoza 2009), so it explains itself; the parts are worked out
again from the passage's own terms, because engines give the sum alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_K1: Final = 1.2  # those of the ``Searcher`` protocol
_B: Final = 0.75
_EXACT_BELOW: Final = 40
_KEPT_BITS: Final = 4


class TermPart(NamedTuple):
    """A term of the question that the passage holds ``times`` times.

    ``idf`` is the term's weight, ``bm25`` what it adds to the passage's BM25, ``value`` what that is
    worth in the hit's score: 0.0 where the passage was not among the first by words.
    """

    term: str
    times: int
    idf: float
    bm25: float
    value: float


def stored_length(length: int) -> int:
    """A passage's length in terms as engines keep it, in one byte (Lucene's ``SmallFloat``).

    Exact below 40; above, what is more than 24 keeps its four highest bits.

    >>> stored_length(39), stored_length(41), stored_length(199)
    (39, 40, 184)
    """
    if length < _EXACT_BELOW:
        return length
    above = length - 24
    dropped = above.bit_length() - _KEPT_BITS
    return 24 + (above >> dropped << dropped)


def term_parts(
    weights: Mapping[str, float],
    passage_terms: Sequence[str],
    mean_terms: float,
    worth: float,
) -> list[TermPart]:
    """The question's terms that the passage holds, those that add most first.

    ``weights`` has the inverse document frequency of each of the question's terms;
    ``passage_terms`` are all terms of the passage, repeated as they occur; ``mean_terms`` is how many
    a passage of the version has on average; ``worth`` is what the hit's score gives for a BM25 of 1.

    >>> [part] = term_parts({"退": 2.0, "包": 1.0}, ["退"], 1.0, 0.1)
    >>> part.term, part.times, round(part.bm25, 4), round(part.value, 4)
    ('退', 1, 2.0, 0.2)
    """
    if mean_terms <= 0.0:
        return []
    counts = Counter(passage_terms)
    damping = _K1 * (1.0 - _B + _B * stored_length(len(passage_terms)) / mean_terms)
    parts = []
    for term, idf in weights.items():
        if times := counts[term]:
            bm25 = idf * times * (_K1 + 1.0) / (times + damping)
            parts.append(TermPart(term, times, idf, bm25, worth * bm25))
    return sorted(parts, key=lambda part: (-part.bm25, part.term))
