"""Score blend: two scores of one passage become one. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retriever.constants import Blend
from retriever.types import Evidence, Match


def blend(
    lexical: Sequence[Match],
    cosines: Mapping[str, float],
    ceiling: float,
    weights: Blend,
) -> list[Evidence]:
    """One evidence a passage, best first, ties by id.

    ``ceiling`` is Σidf over the question's terms, which no passage's BM25 passes by much: dividing
    by it makes scores comparable between questions and keeps a lone hit above zero. A passage that
    shares no term has a lexical part of 0; every passage has its cosine.

    >>> blend([Match("a", 3.0)], {"a": 0.5, "b": 0.6}, 6.0, Blend(0.4, 1.6, 0.0))[0].passage_id
    'a'
    """
    found = {match.passage_id: match.score for match in lexical}
    floor, by_words, by_meaning = weights.floor, weights.lexical, weights.semantic
    ranked: list[tuple[float, str, float, float]] = []
    for passage_id in dict.fromkeys([*found, *cosines]):
        share = found.get(passage_id, 0.0) / ceiling if ceiling > 0.0 else 0.0
        cosine = cosines.get(passage_id, floor)
        score = by_words * share + by_meaning * (cosine - floor)
        ranked.append((-score, passage_id, share, cosine))
    # tuples sort without calling back: hundreds are sorted at every question
    ranked.sort()
    return [
        Evidence(passage_id, share, cosine, -score) for score, passage_id, share, cosine in ranked
    ]


def either(typed: Sequence[Evidence], read: Sequence[Evidence], discount: float) -> list[Evidence]:
    """The better evidence of each passage, that of the reading lowered by ``discount``; best first."""
    best = {entry.passage_id: entry for entry in typed}
    for entry in read:
        score = entry.score - discount
        known = best.get(entry.passage_id)
        if known is None or score > known.score:
            best[entry.passage_id] = entry._replace(score=score)
    return sorted(best.values(), key=lambda entry: (-entry.score, entry.passage_id))


def supported(scores: Sequence[float], weights: Sequence[float]) -> float:
    """An item's score from its passages' scores (best first): the best, supported by the next ones.

    The mean of the best (weight 1) and the next passages with ``weights``. A passage that was not
    found counts as the item's last one, so that a short item is not held to say less.

    >>> round(supported([1.0, 0.8], [0.25, 0.15]), 4)
    0.9429
    """
    total = scores[0]
    for place, weight in enumerate(weights, 1):
        total += weight * scores[min(place, len(scores) - 1)]
    return total / (1.0 + sum(weights))


def shares(passages: int, weights: Sequence[float]) -> list[float]:
    """How much each of an item's passages (best first) counts in ``supported``; all together 1.

    >>> [round(share, 4) for share in shares(2, [0.25, 0.15])]
    [0.7143, 0.2857]
    """
    found = [0.0] * min(passages, 1 + len(weights))
    for place, weight in enumerate((1.0, *weights)):
        found[min(place, len(found) - 1)] += weight / (1.0 + sum(weights))
    return found
