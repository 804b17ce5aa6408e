"""An encoder that remembers the passages it has seen, where an index keeps its vectors anyway."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from indexer.encoders.protocol import Encoder, Progress, Vectors
from indexer.vector_cache import VectorCache


class RememberedEncoder:
    """The same vectors as ``encoder``, but for their precision (float16, as the index stores them).

    Questions are never remembered: there is no end of them.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._folder = folder

    @property
    def name(self) -> str:
        """What opens the encoder again."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """The length of a vector."""
        return self._encoder.dim

    @property
    def fingerprint(self) -> str:
        """That of the encoder."""
        return self._encoder.fingerprint

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages, shape (n, dim); only new ones are encoded."""
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with closing(VectorCache(self._folder, self._encoder)) as cache:
            cache.fill(texts, progress)
            return cache.vectors(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, shape (n, dim)."""
        return self._encoder.encode_queries(texts)
