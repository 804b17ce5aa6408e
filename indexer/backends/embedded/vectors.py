"""The only door to FAISS: vector indexes of one partition, and exact scores from stored vectors.

Stored vectors are float16 and every score that leaves the backend is computed from them alone, so
an approximate index decides only which rows are looked at, never how they are scored.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

FLAT_UP_TO: Final = 4_000
"""Rows up to which a partition is scanned exactly; above, RaBitQ codes are scanned and the best are
scored exactly. At 512 dimensions the flat scan of six such partitions stays near a millisecond. With 1,000
an answer from the shipped knowledge takes a tenth less, and dev's Hit@3 falls by .6 ± .6 points."""
OVERSAMPLE: Final = 2
RESCORE_AT_LEAST: Final = 200
"""Rows scored exactly for k asked: 2·k, over all partitions together. Of 29,562 real passages and 300
real questions: recall@10 .9997 from 200 rows, 1.0 from 400; of 160,000 generated ones 1.0 from 400.
FAISS's default of 4 query bits is kept: 8 find the same and cost a fifth more. Its FastScan
variant takes no filter and is no faster in six partitions."""
NEAR: Final = 1e-5
"""How far a scanned score may lie from the exact one: float32 sums depend on a row's place in the
matrix, so equal vectors may differ in their last bits."""
_LOOK: Final = 1.5  # times a partition's share of the rows, and so many more: seldom too shallow
_LOOK_LEAST: Final = 32
_FEW: Final = 0.2
"""Share of a partition's rows up to which they are copied out before they are scanned."""
_SEED: Final = 20251101
_thread = threading.local()


def _one_thread() -> None:
    # FAISS starts an OpenMP team per search unless told otherwise in *each* calling thread
    if not getattr(_thread, "ready", False):
        faiss.omp_set_num_threads(1)
        _thread.ready = True


def kind_of(rows: int, flat_up_to: int) -> str:
    """How so many vectors are searched: ``flat`` or ``rabitq``."""
    return "flat" if rows <= flat_up_to else "rabitq"


def build(matrix: NDArray[np.float16], path: Path, *, flat_up_to: int = FLAT_UP_TO) -> str:
    """Writes the vector index of ``matrix`` (n, dim); returns its kind, ``flat`` or ``rabitq``."""
    _one_thread()
    rows, dim = matrix.shape
    if (kind := kind_of(rows, flat_up_to)) == "flat":
        return kind  # the stored matrix itself is scanned
    rotation = faiss.RandomRotationMatrix(dim, dim)
    rotation.init(_SEED)
    index = faiss.IndexPreTransform(rotation, faiss.IndexRaBitQ(dim, faiss.METRIC_INNER_PRODUCT))
    index.train(matrix.astype(np.float32))
    index.add(matrix.astype(np.float32))
    faiss.write_index(index, str(path))
    return kind


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rows of a partition that a filter lets through: as a mask, as FAISS's bits, their number."""

    mask: NDArray[np.bool_]
    bits: NDArray[np.uint8]
    count: int


class VectorPartition:
    """The vectors of one sub-library; rows are local to it and stay inside the backend."""

    def __init__(self, matrix: NDArray[np.float16], codes: Path | None) -> None:
        self._matrix = matrix
        index: Any = faiss.read_index(str(codes)) if codes else None
        self._index = index
        self._codes: Any = None
        self.turn = b""
        if index is not None:
            self._codes = faiss.downcast_index(index.index)
            rotation: Any = faiss.downcast_VectorTransform(index.chain.at(0))
            raw = faiss.vector_to_array(rotation.A).tobytes()
            self.turn = hashlib.blake2b(raw, digest_size=16).digest()
        # a small partition is kept as float32: converting at every query costs more than scanning
        self._dense = matrix.astype(np.float32) if self._index is None else None

    def __len__(self) -> int:
        return len(self._matrix)

    def allowed(self, mask: NDArray[np.bool_]) -> Allowed | None:
        """What ``mask`` lets through, made ready once for many searches; None for everything."""
        if mask.all():
            return None
        return Allowed(mask, np.packbits(mask, bitorder="little"), int(np.count_nonzero(mask)))

    def scores(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact cosines of the given rows: summed in float64, so equal vectors score equally."""
        chosen = self._matrix if self._dense is None else self._dense
        return np.asarray(
            chosen[rows].astype(np.float64) @ vector.astype(np.float64), dtype=np.float32
        )

    @property
    def scanned(self) -> bool:
        """Whether the vectors themselves are scanned, not their codes."""
        return self._dense is not None

    def scan(
        self, vector: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """At least the best ``k`` allowed rows, in no order, with cosines that lie within ``NEAR``
        of the exact ones. Only for a ``scanned`` partition.
        """
        assert self._dense is not None
        rows = np.flatnonzero(allowed.mask) if allowed else np.arange(len(self._dense))
        if len(rows) < _FEW * len(self._dense):
            scores = self._dense[rows] @ vector
        else:
            scores = (self._dense @ vector)[rows]
        return best_rows(rows.astype(np.int64), scores.astype(np.float32), k)

    def turned(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vector as the codes see it; partitions with the same ``turn`` see the same."""
        turned: NDArray[np.float32] = self._index.chain.at(0).apply(vector[np.newaxis, :])
        return turned

    def by_codes(
        self, turned: NDArray[np.float32], depth: int, allowed: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``depth`` rows whose codes come nearest, with estimates of their cosines."""
        params = None
        if allowed:
            selector = faiss.IDSelectorBitmap(len(allowed.bits), faiss.swig_ptr(allowed.bits))
            params = faiss.RaBitQSearchParameters()
            params.sel = selector
        estimates, found = self._codes.search(turned, depth, params=params)
        real = found[0] >= 0
        return found[0][real], estimates[0][real]


def depth_for(k: int) -> int:
    """How many rows are scored exactly so that the best ``k`` are almost surely among them."""
    return max(OVERSAMPLE * k, RESCORE_AT_LEAST)


def rows_by_codes(
    asked: Sequence[tuple[VectorPartition, Allowed | None]], vector: NDArray[np.float32], k: int
) -> list[NDArray[np.int64]]:
    """The rows of each partition that are to be scored exactly: over all partitions the best
    ``depth_for(k)`` by their codes, and all allowed rows of a partition that has no more than that.
    """
    _one_thread()
    depth = depth_for(k)
    found: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    turned: dict[bytes, NDArray[np.float32]] = {}
    sizes = [allowed.count if allowed else len(partition) for partition, allowed in asked]
    # keeping the best few of a list costs as much as reading it: a first look goes as deep as the
    # partition is large, a second one to the bottom where the first turned out too shallow
    looks = [
        min(depth, math.ceil(_LOOK * depth * size / sum(sizes)) + _LOOK_LEAST) for size in sizes
    ]
    for (partition, allowed), size, look in zip(asked, sizes, looks, strict=True):
        if size <= depth:
            rows = np.flatnonzero(allowed.mask) if allowed else np.arange(size)
            found.append((rows.astype(np.int64), np.full(size, np.inf, dtype=np.float32)))
            continue
        if partition.turn not in turned:
            turned[partition.turn] = partition.turned(vector)
        found.append(partition.by_codes(turned[partition.turn], look, allowed))
    edge = _edge(found, depth)
    for place, (partition, allowed) in enumerate(asked):
        shallow = looks[place] < depth < sizes[place]
        if shallow and found[place][1].min(initial=np.inf) >= edge:
            found[place] = partition.by_codes(turned[partition.turn], depth, allowed)
    edge = _edge(found, depth)
    return [rows[estimates >= edge] for rows, estimates in found]


def _edge(found: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], depth: int) -> float:
    """The estimate of the ``depth``-th best row of all that have one."""
    estimates = np.concatenate([estimates for _, estimates in found])
    estimates = estimates[np.isfinite(estimates)]
    if len(estimates) < depth:
        return -math.inf
    return float(np.partition(estimates, len(estimates) - depth)[len(estimates) - depth])


def best_rows(
    rows: NDArray[np.int64], scores: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best ``k`` of ``rows`` and all that come within ``NEAR`` of the last of them."""
    if len(rows) <= k:
        return rows, scores
    edge = np.partition(scores, len(rows) - k)[len(rows) - k]
    kept = scores >= edge - 2 * NEAR
    return rows[kept], scores[kept]
