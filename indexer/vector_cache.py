"""Passage vectors kept by content, so that an unchanged passage is never encoded twice."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from indexer.encoders.protocol import Encoder, Progress, Vectors
from indexer.errors import IndexBusy, IndexDamaged, IndexFull

_LOOKUP: Final = 500  # SQLite's default limit of bound variables is 999 in old builds
_COMMIT_EVERY: Final = 256  # passages encoded between two commits: what a kill can lose
_NO_ROOM: Final = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE")
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
)


class VectorCache:
    """One SQLite file per encoder fingerprint; vectors are float16, as the index stores them.

    A file that SQLite cannot read is thrown away when it is opened: it is only a cache.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._path = folder / f"{encoder.fingerprint}.sqlite"
        self._encoder = encoder
        with self._told():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._opened()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                for suffix in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                self._connection = self._opened()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_SCHEMA)
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors in our words."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            if name in _NO_ROOM:
                raise IndexFull(
                    f"磁盘空间不足，无法写入向量缓存 {self._path}；请腾出空间后再试"
                ) from error
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise IndexBusy(f"另一个进程正在写向量缓存 {self._path}；请稍后再试") from error
            raise IndexDamaged(
                f"向量缓存 {self._path} 无法读写（{error}）；请删除该文件后重试"
            ) from error

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
            query = f"SELECT key, value FROM vector WHERE key IN ({marks})"
            with self._told(), closing(self._connection.execute(query, part)) as rows:
                found.update(rows)
        return found

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The distinct texts that have no vector yet, in order."""
        keys = {self._key(text): text for text in texts}
        known = self._known(list(keys))
        width = 2 * self._encoder.dim
        return [text for key, text in keys.items() if len(known.get(key, b"")) != width]

    def fill(self, texts: Sequence[str], progress: Progress | None = None) -> int:
        """Encodes what is missing and stores it as it goes; returns how many were encoded."""
        missing = self.missing(texts)
        for start in range(0, len(missing), _COMMIT_EVERY):
            part = missing[start : start + _COMMIT_EVERY]
            vectors = self._encoder.encode_passages(part, progress).astype(np.float16)
            if not np.isfinite(vectors).all():
                raise ValueError(f"编码器 {self._encoder.name} 给出了无效数值（NaN），未写入缓存")
            rows = [(self._key(t), v.tobytes()) for t, v in zip(part, vectors, strict=True)]
            with self._told(), self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
        return len(missing)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The stored vectors of texts that ``fill`` has seen, shape (n, dim)."""
        keys = [self._key(text) for text in texts]
        known = self._known(list(dict.fromkeys(keys)))
        out = np.empty((len(texts), self._encoder.dim), dtype=np.float32)
        for row, key in enumerate(keys):
            out[row] = np.frombuffer(known[key], dtype=np.float16)
        return out
