from __future__ import annotations

import pytest

from corpora.types import Audience, Facet, FacetKind
from retriever.choosing import FACET_FEATURES, asked_first, facet_features, facets_by_match
from retriever.closeness import FAR, Closeness

PRICE = Facet(FacetKind.PRICE, "月费10元", "每月10元")
CANCEL = Facet(FacetKind.CANCEL, "发TD", "发TD就能退")
STAFF = Facet(FacetKind.OPERATION, "进CPBG", audience=Audience.AGENT)
CLOSE = [
    Closeness("title", 0.99, 0.99, 0.99),
    Closeness("price.question", 0.7, 0.8, 0.5),
    Closeness("price.customer", 0.6, 0.65, 0.4),
    Closeness("cancel.question", 0.9, 0.95, 0.8),
    Closeness("cancel.question", 0.5, 0.96, 0.8),
]


def test_a_facet_has_the_nearest_of_its_own_passages() -> None:
    asked = (FacetKind.CANCEL, FacetKind.PRICE)
    price, cancel, staff = facet_features([PRICE, CANCEL, STAFF], CLOSE, asked, {"cancel": -0.5})
    assert set(price) == set(FACET_FEATURES)
    assert (price["asked_cosine"], price["words_cosine"]) == (0.7, 0.6)
    assert (cancel["asked_cosine"], cancel["asked_met"], cancel["words_cosine"]) == (0.9, 0.96, FAR)
    assert (cancel["named"], price["named"], staff["named"]) == (1.0, 0.75, 0.0)
    assert (cancel["intent"], price["intent"]) == (-0.5, -7.0)
    assert (price["first"], cancel["first"], staff["for_staff"]) == (1.0, 0.0, 1.0)


def test_the_likeliest_facet_comes_first_and_chances_add_up() -> None:
    features = facet_features([PRICE, CANCEL, STAFF], CLOSE, (), {})
    found = facets_by_match([PRICE, CANCEL, STAFF], features, {"asked_cosine": 10.0})
    assert [match.facet for match in found] == [CANCEL, PRICE, STAFF]
    assert sum(match.chance for match in found) == pytest.approx(1.0)
    assert found[0].chance > 0.8


def test_of_equals_the_editors_order_holds() -> None:
    features = facet_features([CANCEL, PRICE], [], (), {})
    assert [m.facet for m in facets_by_match([CANCEL, PRICE], features, {})] == [CANCEL, PRICE]
    assert facets_by_match([], [], {}) == []


def test_who_only_says_what_to_tell_is_told_the_first_that_there_is() -> None:
    features = facet_features([PRICE, CANCEL, STAFF], CLOSE, (), {})
    found = facets_by_match([PRICE, CANCEL, STAFF], features, {"asked_cosine": 10.0})
    for asked in ((FacetKind.OPERATION,), (FacetKind.OPEN, FacetKind.OPERATION, FacetKind.PRICE)):
        first = asked_first(found, asked)
        assert [match.facet for match in first] == [STAFF, CANCEL, PRICE]
        assert [match.chance for match in first] == [1.0, 0.0, 0.0]
    for asked in ((), (FacetKind.OPEN,)):
        assert asked_first(found, asked) == found
