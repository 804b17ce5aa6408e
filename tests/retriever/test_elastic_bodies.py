"""Searches on Elasticsearch, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from corpora.types import Audience, SaleStatus, SubLibrary
from retriever.backends import elastic_bodies as bodies
from tests.builders import make_filter

DAY = dt.date(2026, 3, 1)
PLAIN: list[dict[str, Any]] = [
    {"range": {"valid_from": {"lte": "2026-03-01"}}},
    {"range": {"valid_to": {"gte": "2026-03-01"}}},
    {"range": {"audience": {"lte": 1}}},
]
BEST_FIRST = [{"_score": "desc"}, {"passage_id": "asc"}]


def test_a_filter_is_the_day_the_reader_and_what_is_named() -> None:
    assert bodies.filter_clauses(make_filter(DAY)) == PLAIN
    wanted = make_filter(
        DAY,
        Audience.CUSTOMER,
        [SubLibrary.TIPS, SubLibrary.BUSINESS],
        "yj/yundu",
        [SaleStatus.ON_SALE],
    )
    assert bodies.filter_clauses(wanted) == [
        *PLAIN[:2],
        {"range": {"audience": {"lte": 0}}},
        {"terms": {"library": ["business", "tips"]}},
        {"terms": {"region": ["", "yj", "yj/yundu"]}},
        {"terms": {"sale": ["on_sale"]}},
    ]


def test_a_filter_that_looks_ahead_asks_for_what_begins() -> None:
    ahead = replace(make_filter(DAY), begins_by=dt.date(2027, 3, 1))
    begins = {"range": {"valid_from": {"gt": "2026-03-01", "lte": "2027-03-01"}}}
    assert bodies.filter_clauses(ahead) == [begins, PLAIN[2]]


def test_words_are_weighed_and_the_filter_is_not() -> None:
    assert bodies.lexical_body(["流量", "取消", "流量"], make_filter(DAY), 120) == {
        "size": 120,
        "query": {
            "bool": {
                "should": [{"term": {"terms": "流量"}}, {"term": {"terms": "取消"}}],
                "minimum_should_match": 1,
                "filter": PLAIN,
            }
        },
        "sort": BEST_FIRST,
        "_source": False,
        "track_scores": True,
        "track_total_hits": False,
    }


def test_the_next_page_begins_where_the_one_before_ended() -> None:
    body = bodies.lexical_body(["流量"], make_filter(DAY), 10, [1.5, "a@1#title#x"])
    assert body["search_after"] == [1.5, "a@1#title#x"]
    assert bodies.listing_body(make_filter(DAY), "a@1#title#x")["search_after"] == ["a@1#title#x"]
    assert "search_after" not in bodies.listing_body(make_filter(DAY))


def test_the_nearest_are_confined_by_the_same_filter_before_they_are_looked_for() -> None:
    vector = np.array([0.5, -0.25], dtype=np.float64)
    body = bodies.semantic_body(vector.astype(np.float32), make_filter(DAY), 220)
    asked = body["knn"].pop("query_vector")
    assert asked.dtype == np.float32
    assert asked.tolist() == [0.5, -0.25]
    assert body == {
        "size": 220,
        "knn": {
            "field": "vector",
            "k": 220,
            "num_candidates": 220 * bodies.EXPLORED,
            "filter": PLAIN,
        },
        "_source": False,
        "docvalue_fields": ["passage_id"],
        "track_total_hits": False,
    }


def test_a_graph_is_never_explored_deeper_than_the_server_allows() -> None:
    body = bodies.semantic_body(np.zeros(2, dtype=np.float32), make_filter(DAY), bodies.PAGE)
    assert body["knn"]["num_candidates"] == bodies.PAGE


@pytest.mark.parametrize(("k", "looked_at"), [(1, 101), (10, 110), (120, 220), (400, 600)])
def test_more_passages_are_scored_exactly_than_are_asked_for(k: int, looked_at: int) -> None:
    assert bodies.candidates_for(k) == looked_at


def test_passages_are_read_by_id_with_their_text_or_with_one_field_of_bytes() -> None:
    asked = {"bool": {"filter": [{"terms": {"passage_id": ["a", "b"]}}]}}
    assert bodies.reading_body(["a", "b"]) == {
        "size": 2,
        "query": asked,
        "_source": ["version", "family", "field", "text", "context", "facet"],
        "docvalue_fields": ["passage_id"],
        "track_total_hits": False,
    }
    assert bodies.reading_body(["a", "b"], "token_bytes") == {
        "size": 2,
        "query": asked,
        "_source": False,
        "docvalue_fields": ["passage_id", "token_bytes"],
        "track_total_hits": False,
    }


def test_terms_are_counted_by_place_because_a_term_may_hold_any_sign() -> None:
    body = bodies.counting_body(["流量", "[x]"])
    assert body == {
        "size": 0,
        "aggs": {
            "passages": {
                "filters": {
                    "filters": {"0": {"term": {"terms": "流量"}}, "1": {"term": {"terms": "[x]"}}}
                }
            }
        },
        "track_total_hits": False,
    }
