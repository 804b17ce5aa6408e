"""Passage vectors from a seed: clustered unit vectors with the likeness that sentence vectors have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from indexer.token_vectors import SCALE, TOKEN_DIM, Projection

_SHARED, _TOPIC, _ITEM, _OWN = 0.35, 0.20, 0.20, 0.25
"""Squared weights of what all texts, a topic, an item and one passage have in common: cosines of about
.35 between any two passages, .55 in a topic, .75 in an item, as measured on Chinese questions."""
_TOPICS: Final = 240
_POOL: Final = 4096  # different tokens


def _units(rng: np.random.Generator, count: int, dim: int) -> NDArray[np.float32]:
    drawn: NDArray[np.float32] = rng.standard_normal((count, dim), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


def _mixed(*parts: tuple[float, NDArray[np.float32]]) -> NDArray[np.float32]:
    total: NDArray[np.float32] = np.zeros_like(parts[-1][1])
    for share, part in parts:
        total += np.float32(share**0.5) * part
    total /= np.linalg.norm(total, axis=1, keepdims=True)
    return total


class TokenCloud(Sequence[NDArray[np.int8]]):
    """Token vectors of passages: of each as many as it has characters, drawn from a pool by its
    number, so that they need not be kept.
    """

    def __init__(self, lengths: Sequence[int], token_dim: int, seed: int) -> None:
        pool = _units(np.random.default_rng(seed), _POOL, token_dim)
        self._pool = np.rint(pool * SCALE).astype(np.int8)
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self._lengths)

    @overload
    def __getitem__(self, place: int) -> NDArray[np.int8]: ...
    @overload
    def __getitem__(self, place: slice) -> list[NDArray[np.int8]]: ...

    def __getitem__(self, place: int | slice) -> NDArray[np.int8] | list[NDArray[np.int8]]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        rows = np.random.default_rng(place).integers(0, _POOL, self._lengths[place])
        return self._pool[rows]


class Cloud:
    """Vectors of items that come ``each`` passages at a time."""

    def __init__(self, items: int, each: int, dim: int, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._shared = _units(self._rng, 1, dim)
        self._topics = _units(self._rng, _TOPICS, dim)
        self._items = _units(self._rng, items, dim)
        self._topic_of = self._rng.integers(0, _TOPICS, items)
        self._each = each

    def _of(self, owners: NDArray[np.int64]) -> NDArray[np.float32]:
        own = _units(self._rng, len(owners), self._items.shape[1])
        return _mixed(
            (_SHARED, self._shared),
            (_TOPIC, self._topics[self._topic_of[owners]]),
            (_ITEM, self._items[owners]),
            (_OWN, own),
        )

    def passages(self) -> NDArray[np.float32]:
        """All passage vectors, item by item."""
        return self._of(np.repeat(np.arange(len(self._items)), self._each))

    def questions(self, count: int) -> NDArray[np.float32]:
        """Vectors as questions about random items would have."""
        return self._of(self._rng.integers(0, len(self._items), count))


def projection(dim: int, seed: int) -> Projection:
    """Some projection: what is measured is its time."""
    drawn = np.random.default_rng(seed).standard_normal((dim, TOKEN_DIM))
    return Projection(np.linalg.qr(drawn)[0].astype(np.float32))
