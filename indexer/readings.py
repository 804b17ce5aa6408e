"""Facets as a taught model reads them, made once and kept by content."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corpora.types import Facet, KnowledgeItem
from corpora.versions import ItemVersion
from indexer.encoders.protocol import TokenStates, Vectors
from indexer.normalize import normalize
from indexer.taught import Taught
from indexer.token_vectors import SCALE

QUESTION_TOKENS: Final = 64
"""As many are read of a question: a rambling one says what it wants before."""
_TITLE: Final = 20
_KIND: Final = 4
_KNOWN: Final = 24  # of one known question
_KNOWN_ALL: Final = 56  # once so many are taken, no further known question is
_WORDING: Final = 72
_SHORT: Final = 60  # characters: a wording below that says little without its steps
_THREADS: Final = 4
_TOLD_EVERY: Final = 64
_log = logging.getLogger(__name__)


Told = Callable[[int, int], None]
"""Called with how many facets were read, of how many."""


def _untold(done: int, of: int) -> None:
    return None


class Asked(NamedTuple):
    """A question as read: ``tokens`` (q, token_dim) and ``vector`` (dim,), of length one, and the score of
    "nothing answers this", on the scale of facets' scores.
    """

    tokens: NDArray[np.float32]
    vector: NDArray[np.float32]
    nothing: float = 0.0


class Reading(NamedTuple):
    """A facet as read: ``tokens`` (n, token_dim) as 127 · value, ``vector`` (dim,) of length one."""

    tokens: NDArray[np.int8]
    vector: NDArray[np.float16]


def facet_tokens(
    model: TokenStates, item: KnowledgeItem, facet: Facet, without: str = ""
) -> list[int]:
    """What is read of a facet, as tokens: the item's name, the kind, known questions, its wording.

    ``without`` is a known question (normalised) that is left out, so that it can be a lesson.
    """
    ids, separator = model.ids, model.framed(())[-1]
    name = " ".join(normalize(name) for name in (item.title, *item.aliases[:1]))
    found = [*ids(name)[:_TITLE], *ids(facet.kind.label)[:_KIND], separator]
    known: list[int] = []
    for question in map(normalize, facet.questions):
        if question == without:
            continue
        if len(known) >= _KNOWN_ALL:
            break
        known += [*ids(question)[:_KNOWN], separator]
    wording = facet.customer or facet.official
    if facet.steps and len(wording) < _SHORT:
        wording = " ".join((wording, *facet.steps))
    return [*found, *known, *ids(normalize(wording))[:_WORDING]]


class FacetReader:
    """Reads questions and facets with a taught model; keeps facets by their content, not by item."""

    def __init__(self, model: TokenStates, taught: Taught, folder: Path | None = None) -> None:
        self._model = model
        self.taught = taught
        self._path = folder / f"{taught.digest}.readings.npz" if folder else None
        self._known: dict[bytes, Reading] = _kept_in(self._path)

    def ask(self, text: str, reading: str = "") -> Asked:
        """A question (normalised), with what it may have meant behind it."""
        whole = f"{text} {reading}" if reading and reading != text else text
        states = self._model.states(self._model.framed(self._model.ids(whole)[:QUESTION_TOKENS]))
        nothing = float(states[0] @ self.taught.nothing) + self.taught.nothing_bias
        return Asked(*self._projected(states), nothing)

    def readings(self, item: KnowledgeItem) -> tuple[Reading, ...]:
        """One reading a facet, in the item's order."""
        return tuple(self._reading(self._tokens(item, facet)) for facet in item.facets)

    def fill(
        self, items: Sequence[ItemVersion], told: Told = _untold, *, drop: bool = False
    ) -> int:
        """Reads what is new and keeps it in the folder; how many facets were new.

        With ``drop``, what no item has is kept no longer: for whoever knows all of them. A folder that cannot be written is only told in the log: then they are read again next time.
        """
        return self._fill([tokens for own in self._cut(items) for tokens in own], told, drop)

    def filled(self, items: Sequence[ItemVersion]) -> list[tuple[Reading, ...]]:
        """The readings of each item, after ``fill``; texts are cut once for both."""
        cut = self._cut(items)
        self._fill([tokens for own in cut for tokens in own], _untold, drop=False)
        return [tuple(self._reading(tokens) for tokens in own) for own in cut]

    def _cut(self, items: Sequence[ItemVersion]) -> list[list[list[int]]]:
        return [[self._tokens(one.item, facet) for facet in one.item.facets] for one in items]

    def _fill(self, wanted: Sequence[list[int]], told: Told, drop: bool) -> int:
        new = {_key(tokens): tokens for tokens in wanted if _key(tokens) not in self._known}
        if not new:
            return 0
        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
            for done, (key, one) in enumerate(
                zip(new, pool.map(self._read, new.values()), strict=True), 1
            ):
                self._known[key] = one
                if done % _TOLD_EVERY == 0 or done == len(new):
                    told(done, len(new))
        used = {_key(tokens) for tokens in wanted} if drop else self._known.keys()
        if self._path is not None:
            try:
                _keep(self._path, {k: one for k, one in list(self._known.items()) if k in used})
            except OSError as error:
                _log.warning("readings are not kept in %s: %s", self._path, error)
        return len(new)

    def _tokens(self, item: KnowledgeItem, facet: Facet) -> list[int]:
        return facet_tokens(self._model, item, facet)

    def _reading(self, tokens: Sequence[int]) -> Reading:
        key = _key(tokens)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._read(tokens)
        return known

    def _read(self, tokens: Sequence[int]) -> Reading:
        met, vector = self._projected(self._model.states(self._model.framed(tokens)))
        return Reading(np.rint(met * SCALE).astype(np.int8), vector.astype(np.float16))

    def _projected(self, states: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return _of_length_one(states @ self.taught.projection.T), _of_length_one(states[:1])[0]


def _of_length_one(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, np.where(lengths > 0.0, lengths, 1.0), dtype=np.float32)


def _key(tokens: Sequence[int]) -> bytes:
    return hashlib.blake2b(np.asarray(tokens, dtype=np.int32).tobytes(), digest_size=16).digest()


def _keep(path: Path, readings: dict[bytes, Reading]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = list(readings.values())
    # a name of its own: a service that warms up and a build may both be at it
    beside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with beside.open("wb") as file:
            np.savez(
                file,
                keys=np.frombuffer(b"".join(readings), dtype=np.uint8).reshape(-1, 16),
                ends=np.cumsum([len(one.tokens) for one in values]),
                tokens=np.concatenate([one.tokens for one in values]),
                vectors=np.stack([one.vector for one in values]),
            )
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _kept_in(path: Path | None) -> dict[bytes, Reading]:
    """What was kept; nothing where the file is not there or cannot be read: it is only a cache."""
    if path is None:
        return {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            parts = np.split(archive["tokens"], archive["ends"][:-1])
            return {
                key.tobytes(): Reading(tokens, vector)
                for key, tokens, vector in zip(
                    archive["keys"], parts, archive["vectors"], strict=True
                )
            }
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except Exception as error:  # noqa: BLE001 whatever is wrong with it, it can be made again
        _log.warning("kept readings cannot be used, they are made again: %s (%s)", path, error)
        return {}
