"""How likely signs follow each other in the questions that a version knows.

A trigram model over signs with Witten-Bell smoothing (Chen & Goodman 1999, section 2.5), kept as sorted
arrays: a few bytes an n-gram, and whole batches are looked up at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]

_SIGN: Final = re.compile(r"[\u3400-\u9fff]|[a-z]+|[0-9][0-9.]*|\S")
_NUMBER: Final = "0"
_BITS: Final = 20  # a sign's id in a key of three
_OPEN: Final = 0
_CLOSE: Final = 1
_UNKNOWN: Final = 2
_FIRST: Final = 3
_UNSEEN: Final = 5000
"""Signs that a language has and the questions do not: what is left for each of them is their share."""
_DISCOUNT: Final = 0.7
"""How much of Witten and Bell's mass for the unseen is set aside: domain questions repeat themselves."""


class Sign(NamedTuple):
    """A Han character, a Latin word, a number or any other character, and where it begins."""

    text: str
    start: int

    @property
    def key(self) -> str:
        """What the model knows it by: all numbers are one sign."""
        return _key_of(self.text)


def _key_of(text: str) -> str:
    return _NUMBER if text[0].isdigit() else text


def signs(normalized: str) -> list[Sign]:
    """The signs of a normalised text, without its spaces."""
    return [Sign(match.group(), match.start()) for match in _SIGN.finditer(normalized)]


class _Level(NamedTuple):
    """N-grams of one length: sorted keys, their probability, and what a longer one falls back with."""

    keys: Ids
    logs: NDArray[np.float32]
    back: NDArray[np.float32]

    def find(self, keys: Ids) -> tuple[Ids, NDArray[np.bool_]]:
        """The place of each key, and whether it is there."""
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return places, self.keys[places] == keys


class LanguageModel:
    """Log-probabilities of a sign after the two before it; every probability is above zero."""

    OPEN = _OPEN
    CLOSE = _CLOSE

    def __init__(self, lines: Iterable[str], words: Mapping[str, float] | None = None) -> None:
        """Learns from normalised ``lines``; ``words`` of the language count as often as they say."""
        ids: dict[str, int] = {"^": _OPEN, "$": _CLOSE, "?": _UNKNOWN}
        stream: list[int] = [_OPEN, _OPEN]
        for line in ("", *lines):  # a line of nothing: no level is ever empty
            for text in _SIGN.findall(line):
                stream.append(ids.setdefault(_key_of(text), len(ids)))
            stream += (_CLOSE, _OPEN, _OPEN)
        pieces: list[list[int]] = []
        weights: list[float] = []
        for word, weight in (words or {}).items():
            pieces.append([ids.setdefault(char, len(ids)) for char in word])
            weights.append(weight)
        self._ids = ids
        self.signs = tuple(ids)
        self._learn(np.array(stream, dtype=np.int64), pieces, weights)

    def _learn(
        self, stream: Ids, pieces: Sequence[Sequence[int]], weights: Sequence[float]
    ) -> None:
        levels: list[tuple[Ids, NDArray[np.float64]]] = []
        for order in (1, 2, 3):
            keys, counts = _grams(stream, order)
            inner = [
                (_key(piece[start : start + order]), weight)
                for piece, weight in zip(pieces, weights, strict=True)
                for start in range(len(piece) - order + 1)
            ]
            if inner:
                keys = np.concatenate([keys, np.array([key for key, _ in inner], dtype=np.int64)])
                counts = np.concatenate([counts, np.array([weight for _, weight in inner])])
            levels.append(_summed(keys, counts))
        self._levels = _smoothed(levels, len(self._ids))
        self.frequency = np.zeros(len(self._ids))  # how often each sign was seen
        self.frequency[levels[0][0]] = levels[0][1]

    def id_of(self, key: str) -> int:
        """The number of a sign; all that were never seen share one."""
        return self._ids.get(key, _UNKNOWN)

    def knows(self, key: str) -> bool:
        """Whether the sign was seen."""
        return self._ids.get(key, _UNKNOWN) >= _FIRST

    def logs(self, second: Ids, first: Ids, sign: Ids) -> NDArray[np.float32]:
        """log p(sign | second, first), where ``first`` stands right before the sign."""
        one, two, three = self._levels
        low = one.logs[sign] + one.back[first]
        place, there = two.find(first << _BITS | sign)
        low = np.where(there, two.logs[place], low)
        place, there = two.find(second << _BITS | first)
        low = low + np.where(there, two.back[place], np.float32(0.0))
        place, there = three.find(second << 2 * _BITS | first << _BITS | sign)
        return np.where(there, three.logs[place], low).astype(np.float32)


def _key(ids: Sequence[int]) -> int:
    key = 0
    for one in ids:
        key = key << _BITS | one
    return key


def _grams(stream: Ids, order: int) -> tuple[Ids, NDArray[np.float64]]:
    """The n-grams that end in something that was written, each as often as it stands there."""
    keys = np.zeros(max(0, len(stream) - order + 1), dtype=np.int64)
    for place in range(order):
        keys = keys << _BITS | stream[place : place + len(keys)]
    ends = stream[order - 1 :] != _OPEN
    return keys[ends], np.ones(int(ends.sum()))


def _summed(keys: Ids, counts: NDArray[np.float64]) -> tuple[Ids, NDArray[np.float64]]:
    unique, inverse = np.unique(keys, return_inverse=True)
    summed = np.bincount(inverse, weights=counts, minlength=len(unique))
    return unique, summed.astype(np.float64)


def _smoothed(
    levels: Sequence[tuple[Ids, NDArray[np.float64]]], size: int
) -> tuple[_Level, _Level, _Level]:
    """Each level mixed with the shorter one: p = (count + T·p_shorter) / (total + T), with T kinds
    of signs seen after a history."""
    singles, counts = levels[0]
    share = np.full(size, 0.5)
    share[singles] += counts
    back_of: list[NDArray[np.float32]] = []
    logs = [np.log(share / (counts.sum() + 0.5 * (size + _UNSEEN))).astype(np.float32)]
    mask, pair = (1 << _BITS) - 1, (1 << 2 * _BITS) - 1
    for order in (2, 3):
        keys, seen = levels[order - 1]
        histories, inverse = np.unique(keys >> _BITS, return_inverse=True)
        totals = np.bincount(inverse, weights=seen, minlength=len(histories)).astype(np.float64)
        kinds = _DISCOUNT * np.bincount(inverse, minlength=len(histories)).astype(np.float64)
        if order == 2:
            lower, into = logs[0][keys & mask], np.arange(size)
        else:  # the last two signs of a trigram were seen as a bigram
            into = levels[1][0]
            lower = logs[1][np.searchsorted(into, keys & pair)]
        mixed = (seen + kinds[inverse] * np.exp(lower)) / (totals + kinds)[inverse]
        logs.append(np.log(mixed).astype(np.float32))
        back = np.log(kinds / (totals + kinds)).astype(np.float32)
        spread = np.zeros(len(into), dtype=np.float32)
        places: Ids = np.minimum(np.searchsorted(into, histories), len(into) - 1)
        found = into[places] == histories
        spread[places[found]] = back[found]
        back_of.append(spread)
    return (
        _Level(np.arange(size), logs[0], back_of[0]),
        _Level(levels[1][0], logs[1], back_of[1]),
        _Level(levels[2][0], logs[2], np.zeros(0, dtype=np.float32)),
    )
