from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.token_vectors import SCALE, Projection


def make_tokens(count: int = 400, dim: int = 32, rank: int = 8) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    drawn = rng.standard_normal((count, rank)) @ rng.standard_normal((rank, dim))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    found: NDArray[np.float32] = drawn.astype(np.float32)
    return found


def test_the_columns_are_orthonormal_and_the_same_every_time() -> None:
    tokens = make_tokens()
    one, two = Projection.learned([tokens], 8), Projection.learned([tokens[:100], tokens[100:]], 8)
    assert one.matrix.T @ one.matrix == pytest.approx(np.eye(8), abs=1e-5)
    assert one.matrix == pytest.approx(two.matrix)
    largest = np.abs(one.matrix).argmax(axis=0)
    assert (one.matrix[largest, np.arange(8)] > 0).all()  # an eigenvector has no sign of its own


def test_directions_that_hold_everything_keep_the_cosines() -> None:
    tokens = make_tokens()
    small = Projection.learned([tokens], 8).project(tokens)
    assert small @ small.T == pytest.approx(tokens @ tokens.T, abs=1e-4)


def test_stored_vectors_differ_by_their_rounding_alone() -> None:
    tokens = make_tokens()
    projection = Projection.learned([tokens], 8)
    stored = projection.stored(tokens)
    assert stored.dtype == np.int8
    assert stored / SCALE == pytest.approx(projection.project(tokens), abs=0.5 / SCALE + 1e-6)


def test_no_more_directions_than_the_encoder_has() -> None:
    assert Projection.learned([make_tokens(dim=16)], 128).token_dim == 16
