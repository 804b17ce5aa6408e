"""Ranking measures as ``ir_measures`` values, computed by its providers (pytrec and its own RR@k).

Every judged query has a value: one without an answer counts 0, never nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import ir_measures
from ir_measures import RR, R, Success, nDCG

Judged: TypeAlias = Mapping[str, Mapping[str, int]]
"""Query id → item id → relevance (0 is judged and not relevant)."""
Ranked: TypeAlias = Mapping[str, Sequence[str]]
"""Query id → item ids, best first, each once."""
PerQuery: TypeAlias = dict[str, dict[str, float]]
"""Measure → query id → value."""

BEIR_MEASURES: Final[tuple[Any, ...]] = (Success @ 1, R @ 1, R @ 3, R @ 5, RR @ 10, nDCG @ 10)
FAQ_MEASURES: Final[tuple[Any, ...]] = (
    *(Success @ 1, Success @ 3, Success @ 5, R @ 1, R @ 3, R @ 5, R @ 10),
    *(RR @ 10, nDCG @ 10),
)


def per_query(judged: Judged, ranked: Ranked, measures: Iterable[Any]) -> PerQuery:
    """The value of each measure for each judged query, keyed by the measure's own name.

    >>> per_query({"q": {"b": 1}}, {"q": ["a", "b"]}, [Success @ 1, RR @ 10])
    {'Success@1': {'q': 0.0}, 'RR@10': {'q': 0.5}}
    """
    measures = list(measures)
    values: PerQuery = {str(measure): dict.fromkeys(judged, 0.0) for measure in measures}
    if not judged:
        return values
    qrels = [
        ir_measures.Qrel(query_id, item_id, relevance)
        for query_id, relevances in judged.items()
        for item_id, relevance in relevances.items()
    ]
    # Scores fall with the place: evaluators order ties by id, and our order is already total.
    run = [
        ir_measures.ScoredDoc(query_id, item_id, -float(place))
        for query_id, item_ids in ranked.items()
        if query_id in judged
        for place, item_id in enumerate(item_ids)
    ]
    if not run:
        return values  # an evaluator without a single answer has nothing to read
    for metric in ir_measures.iter_calc(measures, qrels, run):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values
