"""Late interaction: the tokens of a question against those of a passage. Pure functions.

A sentence vector says what a text is about; the one number or word in which siblings differ is lost
in it. Comparing token by token sees that word (ColBERT, Khattab & Zaharia 2020), and the encoder
computes the tokens' vectors anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.token_vectors import SCALE
from retriever.constants import Blend
from retriever.types import Evidence

_WHOLE_UP_TO: Final = 32


class Interaction(NamedTuple):
    """How well the tokens of a question and a passage meet, as cosines.

    ``met`` is the mean over the question's tokens of each one's best partner in the passage;
    ``worst`` that of the two tokens with the least; ``back`` is ``met`` with the sides exchanged,
    times 32/n for a passage of more than 32 tokens.
    """

    met: float
    worst: float
    back: float


_NOTHING_MET: Final = Interaction(0.0, 0.0, 0.0)


def interactions(
    questions: Sequence[NDArray[np.float32]], passages: Sequence[NDArray[np.int8]]
) -> list[Interaction]:
    """One interaction a passage: the most that any of the ``questions``, readings of one, comes to.

    Each question is (q, token_dim), each passage (n, token_dim). A passage without tokens (n = 0) meets
    nothing: all of its values are 0.

    >>> one = np.eye(2, dtype=np.float32)
    >>> interactions([one], [np.array([[127, 0]], dtype=np.int8)])
    [Interaction(met=0.5, worst=0.5, back=1.0)]
    """
    # reduceat takes an empty stretch for its neighbour's first token: such passages are left out
    places = [place for place, passage in enumerate(passages) if len(passage)]
    found = [_NOTHING_MET] * len(passages)
    if not places:
        return found
    lengths = np.array([len(passages[place]) for place in places])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    tokens = np.concatenate(passages).astype(np.float32)
    # this way round the product of so few columns is a fifth faster, and what follows wants rows
    cosines = np.ascontiguousarray((tokens @ np.concatenate(questions).T).T) / SCALE
    each = []
    for own in np.split(cosines, np.cumsum([len(question) for question in questions])[:-1]):
        best = np.maximum.reduceat(own, starts, axis=1)  # (q, passages)
        met = best.mean(axis=0)
        worst = np.partition(best, min(1, len(best) - 1), axis=0)[:2].mean(axis=0)
        back = np.add.reduceat(own.max(axis=0), starts) / lengths
        each.append((met, worst, back))
    values = np.maximum.reduce(each).T.tolist()
    for place, value in zip(places, values, strict=True):
        found[place] = Interaction(*value)
    return found


def reranked(
    evidence: Sequence[Evidence],
    questions: Sequence[NDArray[np.float32]],
    passages: Sequence[NDArray[np.int8]],
    weights: Blend,
) -> list[Evidence]:
    """``evidence`` with the late interaction of its ``passages`` added, best first.

    Of several ``questions`` (the typed one and its reading) each passage has the better one.
    """
    found = []
    for entry, one in zip(evidence, interactions(questions, passages), strict=True):
        late = weights.met * one.met
        found.append(entry._replace(score=entry.score + late, late=late, back=one.back))
    found.sort(key=lambda entry: (-entry.score, entry.passage_id))
    return found


def back_part(back: float, length: int, weights: Blend) -> float:
    """What the way back adds to an item that says ``length`` characters (about as many tokens).

    All that a short item says should be met by the question; of a longer one the question asks for a
    part, and there the way back counts in the proportion of 32 characters to all of them.
    """
    return weights.back * back * min(1.0, _WHOLE_UP_TO / max(1, length))
