from __future__ import annotations

import math
from dataclasses import replace

import pytest

from corpora.types import FacetKind
from retriever.confidence import NAMES, confidence, coverage, features
from retriever.constants import Calibration
from retriever.retriever import ResultPage
from retriever.types import Evidence, FoundPassage, Hit
from retriever.understand import Query
from tests.builders import make_held, make_item


def make_query(subject: str = "流量月包") -> Query:
    return Query("流量月包怎么退", "流量月包怎么退", (), (FacetKind.CANCEL,), subject, (), (), "")


def make_hit(item_id: str, score: float, evidence: Evidence, *reasons: str) -> Hit:
    held = make_held(make_item(item_id, "流量月包"))
    passage = FoundPassage("", item_id, 1, item_id, "title", "流量月包", "", None)
    return Hit(held, score, passage, evidence, reasons)


def make_page(*hits: Hit, query: Query | None = None, unsaid: float = 0.0) -> ResultPage:
    return ResultPage(query or make_query(), (), hits, (), 0.0, unsaid)


FIRST = make_hit("a", 1.2, Evidence("a", 0.5, 0.9, 1.1), "named", "facet")
SECOND = make_hit("b", 1.1, Evidence("b", 0.6, 0.8, 1.0))


def test_nothing_found_has_every_feature_at_zero() -> None:
    assert features(make_page()) == dict.fromkeys(NAMES, 0.0)


def test_features_are_those_of_the_first_item_and_its_lead() -> None:
    values = features(make_page(FIRST, SECOND, unsaid=0.25))
    assert tuple(values) == NAMES
    assert values["margin"] == pytest.approx(1.2 - 1.1)
    assert (values["score"], values["cosine"], values["lexical"]) == (1.1, 0.9, 0.5)
    assert values["agreement"] == 0.5  # meaning put it first, words did not
    assert (values["named"], values["facet"], values["unsaid"]) == (1.0, 1.0, 0.25)


def test_a_lone_item_leads_by_as_much_as_counts() -> None:
    assert features(make_page(FIRST))["margin"] == 0.5
    far = replace(SECOND, score=0.1)
    assert features(make_page(FIRST, far))["margin"] == 0.5


@pytest.mark.parametrize(
    ("subject", "share"), [("流量月包", 1.0), ("流量日包", 1 / 3), ("流", 0.0)]
)
def test_coverage_is_the_share_of_the_subject_that_the_item_says(
    subject: str, share: float
) -> None:
    page = make_page(FIRST, query=make_query(subject))
    assert coverage(page) == pytest.approx(share)


def test_confidence_is_the_logistic_of_the_weighted_features() -> None:
    calibration = Calibration(-1.0, {"score": 2.0, "unheard_of": 9.0}, 0.5)
    assert confidence({"score": 1.5}, calibration) == pytest.approx(1 / (1 + math.exp(-2.0)))


@pytest.mark.parametrize("score", [1e9, -1e9])
def test_confidence_stays_a_probability_for_any_value(score: float) -> None:
    assert 0.0 <= confidence({"score": score}, Calibration(0.0, {"score": 1.0}, 0.5)) <= 1.0
