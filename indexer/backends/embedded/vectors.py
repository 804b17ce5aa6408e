"""The only door to FAISS: vector indexes of one partition, and exact scores from the stored vectors.

Stored vectors are float16 and every score that leaves here is computed from them in float32, so the
approximate index decides only which rows are looked at, never how they are scored.
"""

from __future__ import annotations

import threading
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
    index = faiss.IndexPreTransform(
        rotation, faiss.IndexRaBitQ(dim, faiss.METRIC_INNER_PRODUCT)
    )
    index.train(matrix.astype(np.float32))
    index.add(matrix.astype(np.float32))
    faiss.write_index(index, str(path))
    return "rabitq"


class VectorPartition:
    """The vectors of one sub-library; rows are local to the partition and never leave the backend."""

    def __init__(self, matrix: NDArray[np.float16], codes: Path | None) -> None:
        self._matrix = matrix
        self._index = faiss.read_index(str(codes)) if codes else None
        # a small partition is kept as float32: converting at every query would cost more than scanning
        self._dense = matrix.astype(np.float32) if self._index is None else None

    def scores(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Exact cosines of the given rows."""
        if self._dense is not None:
            return np.asarray(self._dense[rows] @ vector, dtype=np.float32)
        return np.asarray(self._matrix[rows].astype(np.float32) @ vector, dtype=np.float32)

    def search(
        self, vector: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """At least the best ``k`` rows that ``mask`` allows, with exact cosines, in no order."""
        if self._dense is not None:
            scores = self._dense @ vector
            rows = np.flatnonzero(mask) if mask is not None else np.arange(len(scores))
            if len(rows) > k:
                # ties at the edge stay in: the caller cuts them by id
                edge = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
                rows = rows[scores[rows] >= edge]
            return rows.astype(np.int64), scores[rows].astype(np.float32)
        assert self._index is not None
        _one_thread()
        depth = min(max(OVERSAMPLE * k, RESCORE_AT_LEAST), len(self._matrix))
        if mask is None:
            params = None
        else:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
            inner = faiss.RaBitQSearchParameters()
            inner.sel = selector
            params = faiss.SearchParametersPreTransform()
            params.index_params = inner
        _, found = self._index.search(vector[np.newaxis, :], depth, params=params)
        rows = np.sort(found[0][found[0] >= 0])
        return rows, self.scores(vector, rows)
