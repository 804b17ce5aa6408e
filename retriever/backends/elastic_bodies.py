"""Searches as Elasticsearch takes them, as values; one filter for words and meaning alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indexer.backends.elastic.bodies import coded_term
from retriever.filters import Filter

PAGE: Final = 10_000  # as many as one answer may hold (index.max_result_window)
OVERSAMPLE: Final = 1.5
OVERSAMPLE_LEAST: Final = 100
"""Passages scored exactly for k asked: the next half of k, and 100 at least, make up for the rounding of
int8 codes and for equal scores that the server cuts in another order than by id."""
EXPLORED: Final = 2  # times what is asked for, on every shard's graph: more finds what less misses
_BEST_FIRST: Final = [{"_score": "desc"}, {"passage_id": "asc"}]


def filter_clauses(wanted: Filter) -> list[dict[str, Any]]:
    """What every search is confined to; clauses of a filter never score."""
    clauses: list[dict[str, Any]] = [
        *_span_clauses(wanted),
        {"range": {"audience": {"lte": wanted.audience.level}}},
    ]
    if wanted.libraries:
        clauses.append({"terms": {"library": sorted(wanted.libraries)}})
    if wanted.region is not None:
        # "" is everywhere; a reader sees the places around him, never those inside
        clauses.append({"terms": {"region": ["", *wanted.region.lineage]}})
    if wanted.sale_statuses:
        clauses.append({"terms": {"sale": sorted(wanted.sale_statuses)}})
    return clauses


def _span_clauses(wanted: Filter) -> list[dict[str, Any]]:
    day = wanted.as_of.isoformat()
    if wanted.begins_by is not None:
        return [{"range": {"valid_from": {"gt": day, "lte": wanted.begins_by.isoformat()}}}]
    return [{"range": {"valid_from": {"lte": day}}}, {"range": {"valid_to": {"gte": day}}}]


def lexical_body(
    terms: Sequence[str], wanted: Filter, size: int, after: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Passages that share a term, by BM25; ``after`` is where the page before ended."""
    asked = [{"term": {"terms": coded_term(term)}} for term in dict.fromkeys(terms)]
    body: dict[str, Any] = {
        "size": size,
        "query": {
            "bool": {
                "should": asked,
                "minimum_should_match": 1,
                "filter": filter_clauses(wanted),
            }
        },
        "sort": _BEST_FIRST,
        "_source": False,
        "track_scores": True,
        "track_total_hits": False,
    }
    return body | ({"search_after": list(after)} if after else {})


def candidates_for(k: int) -> int:
    """How many passages are scored exactly so that the best ``k`` are almost surely among them."""
    return max(int(k * OVERSAMPLE), k + OVERSAMPLE_LEAST)


def semantic_body(vector: NDArray[np.float32], wanted: Filter, size: int) -> dict[str, Any]:
    """The nearest passages over all shards, as the server sees them; at most ``PAGE``."""
    return {
        "size": size,
        "knn": {
            "field": "vector",
            "query_vector": vector.astype(np.float32),
            "k": size,
            "num_candidates": min(PAGE, EXPLORED * size),
            "filter": filter_clauses(wanted),
        },
        "_source": False,
        "docvalue_fields": ["passage_id"],
        "track_total_hits": False,
    }


def listing_body(wanted: Filter, after: str | None = None) -> dict[str, Any]:
    """All passages under a filter, a page at a time, with their vectors."""
    body: dict[str, Any] = {
        "size": PAGE // 10,
        "query": {"bool": {"filter": filter_clauses(wanted)}},
        "sort": [{"passage_id": "asc"}],
        "_source": False,
        "docvalue_fields": ["vector_bytes"],
        "track_total_hits": False,
    }
    return body | ({"search_after": [after]} if after is not None else {})


def reading_body(passage_ids: Sequence[str], field: str = "") -> dict[str, Any]:
    """Passages by id: their text, or one of their fields of bytes."""
    return {
        "size": len(passage_ids),
        "query": {"bool": {"filter": [{"terms": {"passage_id": list(passage_ids)}}]}},
        "_source": False if field else ["version", "family", "field", "text", "context", "facet"],
        "docvalue_fields": ["passage_id", *([field] if field else [])],
        "track_total_hits": False,
    }


def counting_body(terms: Sequence[str]) -> dict[str, Any]:
    """In how many passages each term occurs."""
    filters = {str(n): {"term": {"terms": coded_term(term)}} for n, term in enumerate(terms)}
    return {
        "size": 0,
        "aggs": {"passages": {"filters": {"filters": filters}}},
        "track_total_hits": False,
    }
