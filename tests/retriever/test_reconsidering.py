"""Outcomes are seen again by what a second look says, for the look that it was learned for alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.taught import Joined
from retriever.constants import Calibration, Reconsidered
from retriever.knowledge_base import KnowledgeBase
from retriever.linear import FeatureModel
from retriever.reconsidering import looked_features, seen_again
from retriever.taught import mass
from tests.eval.builders import AGENT
from tests.retriever.test_second_look import opened

ASKED = "上海套餐每月费用"
CHANCES = {"answered": 0.75, "unknown": 0.25}
SILENT = Reconsidered(
    taught="",
    answered=Calibration(-5.0, {}, threshold=0.5),
    calibration=Calibration(-1.0, {"nothing": 0.0}, threshold=0.9),
)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    found = opened(tmp_path, "biz-a", "biz-b", "biz-c", joined=Joined(1.0, 50.0, 1.0))
    before = found.retriever.constants
    outcomes = FeatureModel({"answered": 1.0, "unknown": 0.0}, {})
    found.retriever.constants = replace(before, outcomes=outcomes)
    yield found
    found.close()


def test_the_features_are_those_of_the_look_and_of_what_was_learned_before(
    base: KnowledgeBase,
) -> None:
    page = base.search(ASKED, AGENT)
    assert page.look is not None
    found = looked_features(page, page.look, CHANCES, 0.75)
    assert found["found_answered"] == pytest.approx(math.log(0.75))
    assert found["found_unknown"] == pytest.approx(math.log(0.25))
    assert found["found_sure"] == pytest.approx(math.log(3.0))
    assert found["nothing"] == page.look.nothing
    masses = {key: mass(list(scores.values())) for key, scores in page.look.facets.items()}
    assert found["answers"] == pytest.approx(mass(list(masses.values())))
    first = masses.pop(page.hits[0].held.key)
    assert found["read_lead"] == pytest.approx(min(10.0, first - max(masses.values())))
    assert found["lead"] == pytest.approx(min(0.5, page.hits[0].score - page.hits[1].score))


@pytest.mark.parametrize("sure", [0.0, 1.0])
def test_certainty_and_what_stands_alone_stay_finite(base: KnowledgeBase, sure: float) -> None:
    page = base.search(ASKED, AGENT)
    assert page.look is not None
    key = page.hits[0].held.key
    alone = replace(page, hits=page.hits[:1])
    look = replace(page.look, facets={key: page.look.facets[key]})
    found = looked_features(alone, look, {"answered": 0.0}, sure)
    assert all(map(math.isfinite, found.values()))
    assert (found["lead"], found["read_lead"]) == (0.5, 10.0)
    unread = replace(page.look, facets={key: {}, "other@1": {0: 3.0}})
    assert looked_features(alone, unread, CHANCES, sure)["read_lead"] == -10.0


def test_the_other_outcomes_keep_their_proportions() -> None:
    chances = {"answered": 0.6, "clarify": 0.1, "handover": 0.3, "unknown": 0.0}
    found = seen_again(chances, 0.2)
    assert found == pytest.approx(
        {"answered": 0.2, "clarify": 0.2, "handover": 0.6, "unknown": 0.0}
    )
    # where nothing else was possible nothing can be told
    assert seen_again({"answered": 1.0}, 0.2) == {"answered": 1.0}


def test_outcomes_and_confidence_are_those_seen_again(base: KnowledgeBase) -> None:
    page = base.search(ASKED, AGENT)
    before = base.weigher.weighed(page, AGENT.audience)
    again = replace(SILENT, taught=base.retriever.taught_digest)
    base.retriever.constants = replace(base.retriever.constants, reconsidered=again)
    after = base.weigher.weighed(page, AGENT.audience)
    assert before.chances["answered"] > 0.5
    assert after.chances["answered"] == pytest.approx(1.0 / (1.0 + math.exp(5.0)))
    assert sum(after.chances.values()) == pytest.approx(1.0)
    assert after.confidence == pytest.approx(1.0 / (1.0 + math.exp(1.0)))
    assert after.threshold == 0.9
    assert (after.features, after.facets) == (before.features, before.facets)


def test_another_model_or_no_look_leaves_them_as_they_were(base: KnowledgeBase) -> None:
    page = base.search(ASKED, AGENT)
    before = base.weigher.weighed(page, AGENT.audience)
    other = replace(SILENT, taught="0" * 16)
    base.retriever.constants = replace(base.retriever.constants, reconsidered=other)
    assert base.weigher.weighed(page, AGENT.audience) == before
    own = replace(SILENT, taught=base.retriever.taught_digest)
    base.retriever.constants = replace(base.retriever.constants, reconsidered=own)
    base.retriever.second_look = None
    plain = base.search(ASKED, AGENT)
    assert base.weigher.weighed(plain, AGENT.audience).chances["answered"] > 0.5


def test_facets_are_less_sure_with_a_look_that_is_calm(tmp_path: Path) -> None:
    chances = []
    for place, calm in enumerate((1.0, 0.5)):
        joined = Joined(1.0, 50.0, 1.0, calm)
        found = opened(tmp_path / str(place), "biz-a", "biz-b", "biz-c", joined=joined)
        page = found.search("上海套餐费用", AGENT)
        facets = found.weigher.facets(page, page.hits[0].held, AGENT.audience)
        chances.append([match.chance for match in facets])
        found.close()
    sure, calm_ones = chances
    assert sum(calm_ones) == pytest.approx(1.0)
    assert calm_ones[0] / calm_ones[1] == pytest.approx(math.sqrt(sure[0] / sure[1]))
