"""Score blend: two scores of one passage become one. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
    evidence = []
    for passage_id in dict.fromkeys([*found, *cosines]):
        share = found.get(passage_id, 0.0) / ceiling if ceiling > 0.0 else 0.0
        cosine = cosines.get(passage_id, weights.floor)
        score = weights.lexical * share + weights.semantic * (cosine - weights.floor)
        evidence.append(Evidence(passage_id, share, cosine, score))
    evidence.sort(key=lambda e: (-e.score, e.passage_id))
    return evidence


def either(
    typed: Sequence[Evidence], read: Sequence[Evidence], discount: float
) -> list[Evidence]:
    """The better evidence of each passage, that of the reading lowered by ``discount``; best first."""
    best = {entry.passage_id: entry for entry in typed}
    for entry in read:
        lowered = replace(entry, score=entry.score - discount)
        known = best.get(entry.passage_id)
        if known is None or lowered.score > known.score:
            best[entry.passage_id] = lowered
    return sorted(best.values(), key=lambda entry: (-entry.score, entry.passage_id))
