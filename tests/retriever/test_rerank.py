from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.token_vectors import SCALE
from retriever.constants import Blend
from retriever.rerank import back_part, interactions, reranked
from retriever.types import Evidence

WEIGHTS = Blend(lexical=0.4, semantic=1.6, floor=0.0, met=1.5, back=0.6)


def make_passages(lengths: list[int], seed: int) -> list[NDArray[np.int8]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(-127, 128, (n, 6)).astype(np.int8) for n in lengths]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 7), st.integers(0, 99))
def test_interactions_are_those_of_a_loop_and_an_empty_passage_meets_nothing(
    lengths: list[int], asked: int, seed: int
) -> None:
    question = np.random.default_rng(seed).standard_normal((asked, 6)).astype(np.float32)
    passages = make_passages(lengths, seed)
    found = interactions([question], passages)
    for passage, one in zip(passages, found, strict=True):
        if not len(passage):
            assert one == (0.0, 0.0, 0.0)
            continue
        cosines = [[float(t @ (p.astype(float) / SCALE)) for p in passage] for t in question]
        best = sorted(max(row) for row in cosines)
        assert one.met == pytest.approx(sum(best) / len(best), abs=1e-4)
        assert one.worst == pytest.approx(sum(best[:2]) / len(best[:2]), abs=1e-4)
        way_back = [max(row[n] for row in cosines) for n in range(len(passage))]
        assert one.back == pytest.approx(sum(way_back) / len(way_back), abs=1e-4)


def test_an_empty_passage_changes_nothing_of_those_beside_it() -> None:
    question = np.random.default_rng(5).standard_normal((3, 6)).astype(np.float32)
    full = make_passages([4, 2], 5)
    empty = np.zeros((0, 6), dtype=np.int8)
    first, second = interactions([question], full)
    nothing = (0.0, 0.0, 0.0)
    assert interactions([question], [empty, full[0], empty, empty, full[1], empty]) == [
        *(nothing, first, nothing, nothing, second, nothing)
    ]
    assert interactions([question], [empty, empty]) == [nothing, nothing]


def test_the_better_reading_counts_and_the_order_follows() -> None:
    passages = make_passages([4, 5], 1)
    evidence = [Evidence("a@1#title#x", 0.1, 0.5, 1.0), Evidence("b@1#title#y", 0.1, 0.5, 0.9)]
    exact = (passages[1] / SCALE).astype(np.float32)
    vague = np.zeros((2, 6), dtype=np.float32)
    found = reranked(evidence, [vague, exact], passages, WEIGHTS)
    assert [one.item_id for one in found] == ["b", "a"]
    met = interactions([exact], passages)[1].met
    assert found[0].score == pytest.approx(0.9 + 1.5 * met)
    assert found[0].late == pytest.approx(1.5 * met)


def test_the_way_back_counts_less_for_items_that_say_more() -> None:
    assert back_part(0.5, 10, WEIGHTS) == back_part(0.5, 32, WEIGHTS) == pytest.approx(0.3)
    assert back_part(0.5, 320, WEIGHTS) == pytest.approx(0.03)


def test_a_question_of_one_token_has_one_worst_and_no_passages_meet_none() -> None:
    question = np.eye(6, dtype=np.float32)[:1]
    (one,) = interactions([question], make_passages([3], 2))
    assert one.worst == one.met
    assert interactions([question], []) == []


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.floats(-1.0, 2.0)), min_size=1, max_size=6),
    st.lists(st.integers(1, 4), min_size=1, max_size=2),
    st.integers(0, 99),
)
def test_nothing_is_lost_and_the_best_comes_first_ties_by_id(
    found: list[tuple[int, float]], asked: list[int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    questions = [rng.standard_normal((n, 6)).astype(np.float32) for n in asked]
    passages = make_passages([length for length, _ in found], seed)
    evidence = [Evidence(f"i{n}@1#title#x", 0.1, 0.5, score) for n, (_, score) in enumerate(found)]
    ranked = reranked(evidence, questions, passages, WEIGHTS)
    assert ranked == sorted(ranked, key=lambda one: (-one.score, one.passage_id))
    assert {one.passage_id for one in ranked} == {one.passage_id for one in evidence}
    for one in ranked:
        place = int(one.item_id[1:])
        each = [interactions([question], [passages[place]])[0] for question in questions]
        assert one.late == pytest.approx(WEIGHTS.met * max(i.met for i in each), abs=1e-4)
        assert one.back == pytest.approx(max(i.back for i in each), abs=1e-4)
        assert one.score == pytest.approx(evidence[place].score + one.late, abs=1e-6)
        assert (one.lexical, one.semantic) == (0.1, 0.5)


def test_an_item_that_says_nothing_is_met_whole() -> None:
    assert back_part(0.5, 0, WEIGHTS) == pytest.approx(0.3)
