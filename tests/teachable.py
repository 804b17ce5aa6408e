"""An encoder that can be taught: its model gives every character a state of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.protocol import Vectors
from indexer.taught import Joined, Taught
from tests.encoders import HashEncoder

STATES = 16
FRAME = (0, 1)


class Characters:
    """Tokens are code points; a state is a fixed direction for each, the first one their mean."""

    def __init__(self, values: Mapping[str, NDArray[Any]]) -> None:
        self.values = values
        self.asked = self.cut = 0

    def ids(self, text: str) -> list[int]:
        self.cut += 1
        return [ord(char) for char in text]

    def framed(self, tokens: Sequence[int]) -> list[int]:
        return [FRAME[0], *tokens, FRAME[1]]

    def states(self, tokens: Sequence[int]) -> Vectors:
        self.asked += 1
        inner = np.stack([_direction(token) for token in tokens[1:-1]] or [_direction(0)])
        first = inner.mean(axis=0, keepdims=True)
        found: Vectors = np.concatenate([first, inner, first]).astype(np.float32)
        return found


def _direction(token: int) -> NDArray[np.float64]:
    return np.random.default_rng(token).standard_normal(STATES)


class TeachableEncoder(HashEncoder):
    """``HashEncoder`` with a model that other weights can be put into; the last one is ``taught``."""

    taught: Characters | None = None

    def with_values(self, values: Mapping[str, NDArray[Any]]) -> Characters:
        self.taught = Characters(values)
        return self.taught


def make_taught(*items: str, joined: Joined | None = None) -> Taught:
    """A model that was taught nothing but to meet tokens as they are."""
    return Taught(
        values={"layer": np.arange(6, dtype=np.float32).reshape(2, 3)},
        projection=np.eye(STATES, dtype=np.float32),
        met=20.0,
        cosine=10.0,
        nothing=np.full(STATES, 0.5, dtype=np.float32),
        nothing_bias=-1.0,
        joined=joined or Joined(),
        items=frozenset(items),
        questions=frozenset({"q1"}),
    )
