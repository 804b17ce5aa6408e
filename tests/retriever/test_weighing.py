from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpora.lexicon import Lexicon
from corpora.types import Audience, FacetKind
from retriever.answer import Outcome
from retriever.closeness import FAR
from retriever.confidence import confidence
from retriever.knowledge_base import KnowledgeBase
from retriever.linear import FeatureModel, VectorModel
from retriever.outcomes import HINTS
from retriever.weighing import Weighed
from retriever.wording import WordingModel
from retriever.words_alone import WORDS_ALONE
from tests.builders import make_facet, make_filter, make_item
from tests.encoders import HashEncoder
from tests.retriever.knowledge import BALANCE, MoodyEncoder, make_base

PRICE = make_facet(FacetKind.PRICE, "月费5元。", "每月5元。", questions=("一个月扣我多少",))
CANCEL = make_facet(
    FacetKind.CANCEL, "发QX5到10086。", "您发QX5到10086就行。", questions=("孩子用不着了想断掉",)
)
SECRET = make_facet(FacetKind.RULES, "内部考核口径。", audience=Audience.INTERNAL)
FAMILY = make_item("family", "亲情网", facets=[PRICE, CANCEL, SECRET])
RINGTONE = make_item("ring", "视频彩铃", facets=[PRICE, CANCEL])
ROUTES = Lexicon(routes=(BALANCE,))


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    return make_base(tmp_path, FAMILY, RINGTONE, lexicon=ROUTES)


def weighed(
    base: KnowledgeBase, question: str, audience: Audience = Audience.AGENT, k: int = 20
) -> Weighed:
    page = base.search(question, make_filter(audience=audience), k)
    return base.weigher.weighed(page, audience)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("亲情网怎么取消", FacetKind.CANCEL),
        ("亲情网多少钱", FacetKind.PRICE),
        ("亲情网孩子用不着了想断掉", FacetKind.CANCEL),
        ("亲情网一个月扣我多少", FacetKind.PRICE),
    ],
)
def test_what_is_asked_or_was_asked_before_names_the_facet(
    base: KnowledgeBase, question: str, kind: FacetKind
) -> None:
    found = weighed(base, question)
    assert found.facets[0].facet.kind is kind
    assert math.fsum(match.chance for match in found.facets) == pytest.approx(1.0)


def test_a_facet_is_weighed_for_those_who_may_read_it_alone(base: KnowledgeBase) -> None:
    for audience, kinds in (
        (Audience.CUSTOMER, {FacetKind.PRICE, FacetKind.CANCEL}),
        (Audience.INTERNAL, {FacetKind.PRICE, FacetKind.CANCEL, FacetKind.RULES}),
    ):
        found = weighed(base, "亲情网内部考核口径", audience)
        assert {match.facet.kind for match in found.facets} == kinds


def test_what_a_reader_may_not_see_does_not_make_an_item_near(tmp_path: Path) -> None:
    secret = replace(SECRET, questions=("考核怎么算",))
    base = make_base(tmp_path, replace(FAMILY, facets=(PRICE, secret)))
    inside = weighed(base, "考核怎么算", Audience.INTERNAL).features
    outside = weighed(base, "考核怎么算", Audience.CUSTOMER).features
    assert inside["asked"] == pytest.approx(1.0, abs=0.3)
    assert outside["asked"] < inside["asked"]


def test_facets_of_any_item_are_weighed_against_the_question(base: KnowledgeBase) -> None:
    page = base.search("亲情网怎么取消", make_filter(), 20)
    (ring,) = [hit.held for hit in page.hits if hit.item_id == "ring"]
    found = base.weigher.facets(page, ring, Audience.AGENT)
    assert found[0].facet.kind is FacetKind.CANCEL
    assert base.weigher.facets(page, page.hits[0].held, Audience.AGENT) == list(
        base.weigher.weighed(page, Audience.AGENT).facets
    )


def test_confidence_is_read_from_the_features(base: KnowledgeBase) -> None:
    calibration = replace(
        base.retriever.constants.calibration, intercept=-1.0, weights={"asked": 2.0, "words": 1.0}
    )
    base.retriever.constants = replace(base.retriever.constants, calibration=calibration)
    found = weighed(base, "亲情网怎么取消")
    assert found.confidence == pytest.approx(confidence(dict(found.features), calibration))
    total = -1.0 + 2.0 * found.features["asked"] + found.features["words"]
    assert found.confidence == pytest.approx(1 / (1 + math.exp(-total)))


def test_where_nothing_was_learned_there_are_no_chances(base: KnowledgeBase) -> None:
    found = weighed(base, "亲情网怎么取消")
    assert found.chances == {}
    assert not [name for name in found.features if name.startswith(HINTS)]


def test_what_was_learned_tells_the_outcomes_apart(base: KnowledgeBase) -> None:
    kinds = tuple(outcome.value for outcome in Outcome)
    rng = np.random.default_rng(2)
    shape = (len(kinds), HashEncoder.dim)
    texts = VectorModel(
        kinds, rng.standard_normal(shape).astype(np.float32), np.zeros(len(kinds), np.float32)
    )
    wording = WordingModel(
        kinds,
        {"取消": 0, "怎么": 1},
        np.array([2.0, 1.0], dtype=np.float32),
        rng.standard_normal((len(kinds), 2)).astype(np.float32),
        np.zeros(len(kinds), np.float32),
    )
    weights = {
        kind: {f"text_{kind}": 1.0, f"words_{kind}": 2.0, "asked": float(n)}
        for n, kind in enumerate(kinds)
    }
    outcomes = FeatureModel(dict.fromkeys(kinds, 0.0), weights)
    base.retriever.constants = replace(
        base.retriever.constants, texts=texts, wording=wording, outcomes=outcomes
    )
    found = weighed(base, "亲情网怎么取消")
    vector = HashEncoder().encode_queries(["亲情网怎么取消"])[0]
    told = {f"text_{k}": v for k, v in texts.log_probabilities(vector).items()}
    told |= {f"words_{k}": v for k, v in wording.log_probabilities("亲情网怎么取消").items()}
    assert {name: found.features[name] for name in told} == pytest.approx(told, abs=1e-5)
    assert found.chances == pytest.approx(outcomes.probabilities(found.features))


def test_a_learned_intent_speaks_for_its_facet(base: KnowledgeBase) -> None:
    bias = np.array([5.0, -5.0], dtype=np.float32)
    intents = VectorModel(
        ("price", "cancel"), np.zeros((2, HashEncoder.dim), dtype=np.float32), bias
    )
    base.retriever.constants = replace(
        base.retriever.constants, intents=intents, facets={"intent": 1.0}
    )
    assert weighed(base, "亲情网老人那个怎么取消").facets[0].facet.kind is FacetKind.PRICE
    turned = replace(intents, bias=-bias)
    base.retriever.constants = replace(base.retriever.constants, intents=turned)
    assert weighed(base, "亲情网老人那个怎么取消").facets[0].facet.kind is FacetKind.CANCEL


def test_routes_are_told_by_pattern_and_by_nearness(base: KnowledgeBase) -> None:
    by_pattern = weighed(base, "我现在还剩多少话费").features
    assert by_pattern["route"] == 1.0
    by_example = weighed(base, BALANCE.examples[0]).features
    assert by_example["route"] == 0.0
    assert by_example["route_cosine"] == pytest.approx(1.0)
    nearest = max(by_example["asked_any"], by_example["words"])
    assert 0.0 < by_example["route_lead"] <= by_example["route_cosine"] - nearest + 1e-9
    assert weighed(base, "亲情网怎么取消").features["route_lead"] < 0.0


def test_a_question_without_a_subject_is_incomplete(base: KnowledgeBase) -> None:
    assert weighed(base, "怎么取消").features["incomplete"] == 1.0
    assert weighed(base, "亲情网怎么取消").features["incomplete"] == 0.0


def test_an_encoder_that_fails_leaves_the_facet_to_the_wording(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE, encoder=MoodyEncoder(broken=True), lexicon=ROUTES)
    found = weighed(base, "亲情网怎么取消")
    assert found.facets[0].facet.kind is FacetKind.CANCEL
    assert (found.features["asked"], found.features["words"]) == (FAR, FAR)
    assert found.features["route_cosine"] == FAR


def test_without_a_vector_what_was_learned_is_not_asked(tmp_path: Path) -> None:
    base = make_base(tmp_path, FAMILY, RINGTONE, encoder=MoodyEncoder(broken=True))
    kinds = tuple(outcome.value for outcome in Outcome)
    texts = VectorModel(kinds, np.zeros((4, HashEncoder.dim), np.float32), np.zeros(4, np.float32))
    # ln P is below 0; a missing one, read as 0, is a certainty that no question of the fit had
    weights = {kind: {f"text_{kind}": 5.0} for kind in kinds}
    constants = base.retriever.constants
    base.retriever.constants = replace(
        constants,
        texts=texts,
        outcomes=FeatureModel(dict.fromkeys(kinds, 0.0), weights),
        calibration=replace(constants.calibration, weights={"text_answered": 9.0}),
    )
    found = weighed(base, "亲情网怎么取消")
    assert found.chances == {}
    assert found.threshold == WORDS_ALONE.threshold
    assert found.confidence == pytest.approx(confidence(dict(found.features), WORDS_ALONE))
    other = weighed(base, "红烧肉怎么炖")
    assert other.confidence < WORDS_ALONE.threshold < found.confidence


def test_with_a_vector_the_confidence_is_that_of_the_constants(base: KnowledgeBase) -> None:
    found = weighed(base, "亲情网怎么取消")
    assert found.threshold == base.retriever.constants.calibration.threshold
    assert found.confidence == pytest.approx(
        confidence(dict(found.features), base.retriever.constants.calibration)
    )


def test_nothing_found_is_weighed_too(base: KnowledgeBase) -> None:
    found = weighed(base, "亲情网怎么取消", k=0)
    assert found.facets == ()
    known = weighed(base, "亲情网怎么取消")
    assert found.features.keys() == known.features.keys()
    assert all(math.isfinite(value) for value in found.features.values())
