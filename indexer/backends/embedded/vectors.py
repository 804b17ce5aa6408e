"""The only door to FAISS: vector indexes of one partition, and exact scores from stored vectors.

Stored vectors are float16 and every score that leaves the backend is computed from them alone, so
an approximate index decides only which rows are looked at, never how they are scored.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

FLAT_UP_TO: Final = 4_000
"""Rows up to which a partition is scanned exactly; above, RaBitQ codes are scanned and the best are
scored exactly. At 512 dimensions the flat scan of six such partitions stays near a millisecond."""
OVERSAMPLE: Final = 2
RESCORE_AT_LEAST: Final = 200
NEAR: Final = 1e-5
"""How far a scanned score may lie from the exact one: float32 sums depend on a row's place in the
matrix, so equal vectors may differ in their last bits."""
_SEED: Final = 20251101
_thread = threading.local()


def _one_thread() -> None:
    # FAISS starts an OpenMP team per search unless told otherwise in *each* calling thread
    if not getattr(_thread, "ready", False):
        faiss.omp_set_num_threads(1)
        _thread.ready = True


def build(matrix: NDArray[np.float16], path: Path, *, flat_up_to: int = FLAT_UP_TO) -> str:
    """Writes the vector index of ``matrix`` (n, dim); returns its kind, ``flat`` or ``rabitq``."""
    _one_thread()
    rows, dim = matrix.shape
    if rows <= flat_up_to:
        return "flat"  # the stored matrix itself is scanned
    rotation = faiss.RandomRotationMatrix(dim, dim)
    rotation.init(_SEED)
    index = faiss.IndexPreTransform(rotation, faiss.IndexRaBitQ(dim, faiss.METRIC_INNER_PRODUCT))
    index.train(matrix.astype(np.float32))
    index.add(matrix.astype(np.float32))
    faiss.write_index(index, str(path))
    return "rabitq"


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
        self._index = faiss.read_index(str(codes)) if codes else None
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

    def search(
        self, vector: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows among which the best ``k`` allowed ones are, with estimates of their cosines, in no
        order. Estimates of a ``scanned`` partition lie within ``NEAR`` of the exact ones.
        """
        if self._dense is None:
            return self._from_codes(vector, k, allowed)
        scores = self._dense @ vector
        rows = np.flatnonzero(allowed.mask) if allowed else np.arange(len(scores))
        return best_rows(rows.astype(np.int64), scores[rows].astype(np.float32), k)

    @property
    def scanned(self) -> bool:
        """Whether the vectors themselves are scanned, not their codes."""
        return self._dense is not None

    def _from_codes(
        self, vector: NDArray[np.float32], k: int, allowed: Allowed | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows whose codes come nearest; all allowed rows where they are few."""
        assert self._index is not None
        depth = depth_for(k)
        count = allowed.count if allowed else len(self._matrix)
        if count <= depth:
            rows = np.flatnonzero(allowed.mask) if allowed else np.arange(count)
            return rows.astype(np.int64), np.full(count, np.inf, dtype=np.float32)
        _one_thread()
        params = None
        if allowed:
            selector = faiss.IDSelectorBitmap(len(allowed.bits), faiss.swig_ptr(allowed.bits))
            inner = faiss.RaBitQSearchParameters()
            inner.sel = selector
            params = faiss.SearchParametersPreTransform()
            params.index_params = inner
        estimates, found = self._index.search(vector[np.newaxis, :], depth, params=params)
        real = found[0] >= 0
        return found[0][real], estimates[0][real]


def depth_for(k: int) -> int:
    """How many rows are scored exactly so that the best ``k`` are almost surely among them."""
    return max(OVERSAMPLE * k, RESCORE_AT_LEAST)


def nearest(rows: NDArray[np.int64], estimates: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The rows to score exactly among those that codes brought up: the best ``depth_for(k)`` over
    all partitions, and every row that has no estimate.
    """
    depth = depth_for(k) + int(np.count_nonzero(np.isinf(estimates)))
    if len(rows) <= depth:
        return rows
    return rows[np.argpartition(-estimates, depth - 1)[:depth]]


def best_rows(
    rows: NDArray[np.int64], scores: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The best ``k`` of ``rows`` and all that come within ``NEAR`` of the last of them."""
    if len(rows) <= k:
        return rows, scores
    edge = np.partition(scores, len(rows) - k)[len(rows) - k]
    kept = scores >= edge - 2 * NEAR
    return rows[kept], scores[kept]
