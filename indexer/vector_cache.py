"""Passage vectors kept by content, so that an unchanged passage is never encoded twice."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from indexer.encoders.protocol import Encoder, Progress, Vectors

_LOOKUP: Final = 500  # SQLite's default limit of bound variables is 999 in old builds
_COMMIT_EVERY: Final = 256  # passages encoded between two commits: what a kill can lose


class VectorCache:
    """One SQLite file per encoder fingerprint; vectors are float16, as the index stores them."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._connection = sqlite3.connect(folder / f"{encoder.fingerprint}.sqlite")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Closes the file; the cache cannot be used afterwards."""
        self._connection.close()

    @staticmethod
    def _key(text: str) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _LOOKUP):
            part = list(keys[start : start + _LOOKUP])
            marks = ",".join("?" * len(part))
            with closing(
                self._connection.execute(
                    f"SELECT key, value FROM vector WHERE key IN ({marks})", part
                )
            ) as rows:
                found.update(rows)
        return found

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The distinct texts that have no vector yet, in order."""
        keys = {self._key(text): text for text in texts}
        known = self._known(list(keys))
        return [text for key, text in keys.items() if key not in known]

    def fill(self, texts: Sequence[str], progress: Progress | None = None) -> int:
        """Encodes what is missing and stores it as it goes; returns how many were encoded."""
        missing = self.missing(texts)
        for start in range(0, len(missing), _COMMIT_EVERY):
            part = missing[start : start + _COMMIT_EVERY]
            vectors = self._encoder.encode_passages(part, progress).astype(np.float16)
            if not np.isfinite(vectors).all():
                raise ValueError(f"编码器 {self._encoder.name} 给出了无效数值（NaN），未写入缓存")
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vector VALUES (?, ?)",
                    [(self._key(t), v.tobytes()) for t, v in zip(part, vectors, strict=True)],
                )
        return len(missing)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The stored vectors of texts that ``fill`` has seen, shape (n, dim)."""
        keys = [self._key(text) for text in texts]
        known = self._known(list(dict.fromkeys(keys)))
        out = np.empty((len(texts), self._encoder.dim), dtype=np.float32)
        for row, key in enumerate(keys):
            out[row] = np.frombuffer(known[key], dtype=np.float16)
        return out
