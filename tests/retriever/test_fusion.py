from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retriever.constants import Blend
from retriever.fusion import blend, either, supported
from retriever.retriever import Retriever
from retriever.types import Evidence, Match
from tests.builders import make_filter, make_mixed_release, open_items
from tests.encoders import HashEncoder

WEIGHTS = Blend(lexical=0.4, semantic=1.6, floor=0.2)
names = st.sampled_from([f"i{n}@1#title#{n:x}" for n in range(12)])
lexical = st.dictionaries(names, st.floats(0.01, 40.0)).map(
    lambda found: [Match(name, score) for name, score in found.items()]
)
cosines = st.dictionaries(names, st.floats(-1.0, 1.0))
ceilings = st.floats(0.1, 60.0)


@given(lexical, cosines, ceilings)
def test_nothing_that_was_found_is_lost_and_nothing_is_added(
    found: list[Match], near: dict[str, float], ceiling: float
) -> None:
    evidence = blend(found, near, ceiling, WEIGHTS)
    assert sorted(e.passage_id for e in evidence) == sorted({m.passage_id for m in found} | {*near})
    assert evidence == sorted(evidence, key=lambda e: (-e.score, e.passage_id))


@given(lexical, cosines, ceilings, st.randoms())
def test_the_order_of_what_was_found_does_not_matter(
    found: list[Match], near: dict[str, float], ceiling: float, draw: random.Random
) -> None:
    shuffled, pairs = list(found), list(near.items())
    draw.shuffle(shuffled)
    draw.shuffle(pairs)
    assert blend(shuffled, dict(pairs), ceiling, WEIGHTS) == blend(found, near, ceiling, WEIGHTS)


@given(st.floats(0.01, 40.0), st.floats(0.21, 1.0), ceilings)
def test_a_lone_hit_scores_above_zero(score: float, cosine: float, ceiling: float) -> None:
    (by_words,) = blend([Match("a", score)], {}, ceiling, WEIGHTS)
    (by_meaning,) = blend([], {"a": cosine}, ceiling, WEIGHTS)
    assert by_words.score > 0.0
    assert by_meaning.score > 0.0
    assert by_words.semantic == WEIGHTS.floor
    assert by_meaning.lexical == 0.0


@given(lexical, ceilings)
def test_one_list_alone_keeps_its_order(found: list[Match], ceiling: float) -> None:
    ranked = sorted(found, key=lambda m: (-m.score, m.passage_id))
    assume(len({m.score for m in found}) == len(found))
    blended = [e.passage_id for e in blend(ranked, {}, ceiling, WEIGHTS)]
    parts = [e.lexical for e in blend(ranked, {}, ceiling, WEIGHTS)]
    assert parts == sorted(parts, reverse=True)
    if len(set(parts)) == len(parts):
        assert blended == [m.passage_id for m in ranked]


def test_the_blend_is_the_weighted_sum_of_its_parts() -> None:
    found = blend([Match("a", 3.0), Match("b", 6.0)], {"a": 0.7, "c": 0.5}, 12.0, WEIGHTS)
    scores = {entry.passage_id: entry.score for entry in found}
    assert scores["a"] == pytest.approx(0.4 * 3.0 / 12.0 + 1.6 * (0.7 - 0.2))
    assert scores["b"] == pytest.approx(0.4 * 6.0 / 12.0)
    assert scores["c"] == pytest.approx(1.6 * (0.5 - 0.2))


def test_a_question_without_known_terms_is_no_division_by_zero() -> None:
    (entry,) = blend([Match("a", 3.0)], {"a": 0.2}, 0.0, WEIGHTS)
    assert entry.score == 0.0


@given(lexical, cosines, lexical, cosines, st.floats(0.0, 0.5))
def test_a_reading_adds_passages_and_never_worsens_one(
    typed_words: list[Match],
    typed_near: dict[str, float],
    read_words: list[Match],
    read_near: dict[str, float],
    discount: float,
) -> None:
    typed = blend(typed_words, typed_near, 10.0, WEIGHTS)
    read = blend(read_words, read_near, 10.0, WEIGHTS)
    merged = {e.passage_id: e.score for e in either(typed, read, discount)}
    assert merged.keys() == {e.passage_id for e in [*typed, *read]}
    for entry in typed:
        assert merged[entry.passage_id] >= entry.score
    assert either(typed, [], discount) == typed


def test_equal_scores_come_in_the_order_of_ids() -> None:
    found = blend([], {"b": 0.5, "a": 0.5, "c": 0.5}, 1.0, WEIGHTS)
    assert [e.passage_id for e in found] == ["a", "b", "c"]
    same = [Evidence(name, 0.0, 0.5, 1.0) for name in "cab"]
    assert [e.passage_id for e in either(same, [], 0.0)] == ["a", "b", "c"]


def test_an_item_is_the_weighted_mean_of_its_passages() -> None:
    assert supported([1.0, 0.8, 0.1], [0.25, 0.15]) == pytest.approx(
        (1.0 + 0.25 * 0.8 + 0.15 * 0.1) / 1.4
    )


@given(
    st.lists(st.floats(-2.0, 4.0), min_size=1, max_size=5).map(lambda s: sorted(s, reverse=True)),
    st.lists(st.floats(0.0, 1.0), max_size=4),
)
def test_support_stays_between_the_best_and_the_last_passage(
    scores: list[float], weights: list[float]
) -> None:
    assert scores[-1] - 1e-9 <= supported(scores, weights) <= scores[0] + 1e-9


@given(st.floats(-2.0, 4.0), st.lists(st.floats(0.0, 1.0), max_size=4))
def test_an_item_of_one_passage_is_not_held_to_say_less(score: float, weights: list[float]) -> None:
    assert supported([score], weights) == pytest.approx(score)


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    held = make_mixed_release(80).item_versions
    return Retriever(open_items(tmp_path_factory.mktemp("index"), *held), HashEncoder())


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["流量包怎么取消", "宽带10元", "亲情网多少钱", "5G手机", "什么时候生效"]),
    st.sampled_from(["", "yj/yundu", "yj/linhe"]),
)
def test_a_smaller_k_of_items_is_a_prefix_of_a_larger_k(
    retriever: Retriever, question: str, region: str
) -> None:
    wanted = make_filter(region=region)
    most = [hit.item_id for hit in retriever.search(question, wanted, 30).hits]
    assert len(most) == len(set(most)) > 5
    for k in (0, 1, 3, 5, 10):
        assert [hit.item_id for hit in retriever.search(question, wanted, k).hits] == most[:k]
