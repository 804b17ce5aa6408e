"""What is learned from what searches found: the slope is the slope, and what is learned carries over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.turning import Found, _Batch, learned_change

DIM = 12
SEMANTIC = 1.6


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def customers(count: int, seed: int, *, noise: float = 0.0) -> list[Found]:
    """Questions that call everything by another name, always the same one: a hidden map of vectors.

    Of six items one is meant; words say nothing, so that by scores alone the first ones are wrong.
    """
    hidden = np.linalg.qr(np.random.default_rng(1).normal(size=(DIM, DIM)))[0]
    draws = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        sides = unit(draws.normal(size=(6, DIM)))
        meant = int(draws.integers(6))
        asked = unit(hidden @ sides[meant] + noise * draws.normal(size=DIM))
        right = np.arange(6) == meant
        found.append(Found(asked, sides, (SEMANTIC * sides @ asked).astype(np.float32), right))
    return found


def first_right(found: list[Found], change: np.ndarray) -> float:
    """The share of questions whose best item is right, asked with that change."""
    hits = []
    for one in found:
        sought = unit(one.vector + change @ one.vector)
        scores = one.scores + SEMANTIC * one.sides @ (sought - one.vector)
        hits.append(bool(one.right[int(scores.argmax())]))
    return float(np.mean(hits))


def test_the_slope_is_that_of_the_loss() -> None:
    batch = _Batch.of(customers(20, seed=2, noise=0.2))
    change = np.random.default_rng(3).normal(size=(DIM, DIM)).astype(np.float32) * 0.3
    _, slope = batch.loss(change, SEMANTIC)
    for row, column in ((0, 0), (3, 7), (11, 2)):
        step = np.zeros((DIM, DIM), dtype=np.float32)
        step[row, column] = 1e-2
        up, down = (batch.loss(change + sign * step, SEMANTIC)[0] for sign in (1, -1))
        assert (up - down) / 2e-2 == pytest.approx(float(slope[row, column]), abs=2e-3)


def test_what_is_learned_carries_over_to_questions_that_were_not_seen() -> None:
    seen, unseen = customers(400, seed=4, noise=0.05), customers(200, seed=5, noise=0.05)
    nothing = np.zeros((DIM, DIM), dtype=np.float32)
    assert first_right(unseen, nothing) < 0.4
    change = learned_change(seen, SEMANTIC)
    assert first_right(unseen, change) > 0.8
    assert np.array_equal(change, learned_change(seen, SEMANTIC))


def test_a_question_counts_what_its_load_says() -> None:
    """Two customs of naming that contradict: the one that counts more is followed."""
    ours, theirs = customers(100, seed=6), customers(100, seed=7)
    turned = [Found(-one.vector, one.sides, -one.scores, one.right, 0.01) for one in theirs]
    change = learned_change([*ours, *turned], SEMANTIC)
    assert first_right(customers(100, seed=8), change) > 0.6


def test_pages_of_different_lengths_stand_side_by_side() -> None:
    short, long = customers(2, seed=9)
    cut = Found(short.vector, short.sides[:3], short.scores[:3], np.array([True, False, False]))
    batch = _Batch.of([cut, long])
    alone, both = _Batch.of([cut]), np.zeros((DIM, DIM), dtype=np.float32)
    mean = (alone.loss(both, SEMANTIC)[0] + _Batch.of([long]).loss(both, SEMANTIC)[0]) / 2.0
    assert batch.loss(both, SEMANTIC)[0] == pytest.approx(mean, abs=1e-5)


def test_a_question_that_did_not_find_what_is_right_teaches_nothing() -> None:
    seen = customers(60, seed=10)
    lost = [replace(one, right=np.zeros(6, dtype=bool)) for one in customers(30, seed=11)]
    assert np.array_equal(learned_change([*seen, *lost], SEMANTIC), learned_change(seen, SEMANTIC))
