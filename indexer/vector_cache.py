"""Passage vectors kept by content, so that an unchanged passage is never encoded twice."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.protocol import Encoder, Progress, TokenEncoder, Vectors
from indexer.errors import IndexBusy, IndexDamaged, IndexFull
from indexer.normalize import SPELLING
from indexer.token_vectors import Projection

_LOOKUP: Final = 500  # SQLite's default limit of bound variables is 999 in old builds
_COMMIT_EVERY: Final = 256  # passages encoded between two commits: what a kill can lose
_NO_ROOM: Final = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE")
_LEARNED_FROM: Final = 512
"""Passages whose tokens the projection is learned from, where there is none yet."""
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tokens (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS projection (only INTEGER PRIMARY KEY CHECK (only = 1),"
    " value BLOB NOT NULL)",
)


def fingerprints_in(folder: Path) -> list[str]:
    """The encoders whose vectors are kept in a folder."""
    return sorted(path.stem for path in folder.glob("*.sqlite"))


class VectorCache:
    """One SQLite file per encoder fingerprint; vectors are float16, as the index stores them.

    With ``tokens``, and where the encoder tells them, the projected vectors of a text's tokens are
    kept beside its own. A file that SQLite cannot read is thrown away when it is opened: it is only
    a cache.
    """

    def __init__(self, folder: Path, encoder: Encoder, *, tokens: bool = False) -> None:
        self._path = folder / f"{encoder.fingerprint}.sqlite"
        self._encoder = encoder
        self._token_encoder = encoder if tokens and isinstance(encoder, TokenEncoder) else None
        self._projection: Projection | None = None
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
            for statement in _SCHEMA:
                connection.execute(statement)
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
        return hashlib.blake2b(text.encode(), digest_size=16, person=SPELLING.encode()).digest()

    def _known(self, keys: Sequence[bytes], table: str = "vector") -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _LOOKUP):
            part = list(keys[start : start + _LOOKUP])
            marks = ",".join("?" * len(part))
            query = f"SELECT key, value FROM {table} WHERE key IN ({marks})"
            with self._told(), closing(self._connection.execute(query, part)) as rows:
                found.update(rows)
        return found

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The distinct texts of which something is not known yet, in order."""
        keys = {self._key(text): text for text in texts}
        known = self._known(list(keys))
        width = 2 * self._encoder.dim
        whole = {key for key, value in known.items() if len(value) == width}
        if self._token_encoder is not None:
            whole &= (
                self._known(list(keys), "tokens").keys() if self._stored_projection() else set()
            )
        return [text for key, text in keys.items() if key not in whole]

    def fill(self, texts: Sequence[str], progress: Progress | None = None) -> int:
        """Encodes what is missing and stores it as it goes; returns how many were encoded."""
        missing = self.missing(texts)
        projection = self._projection_from(missing) if self._token_encoder else None
        for start in range(0, len(missing), _COMMIT_EVERY):
            part = missing[start : start + _COMMIT_EVERY]
            tokens: list[NDArray[np.int8]] = []
            if self._token_encoder is None or projection is None:
                vectors = self._encoder.encode_passages(part, progress).astype(np.float16)
            else:
                vectors = np.empty((len(part), self._encoder.dim), dtype=np.float16)
                for row, encoded in enumerate(self._token_encoder.encode_both(part)):
                    vectors[row] = encoded.vector
                    tokens.append(projection.stored(encoded.tokens))
                if progress:
                    progress(len(part))
            if not np.isfinite(vectors).all():
                raise ValueError(f"编码器 {self._encoder.name} 给出了无效数值（NaN），未写入缓存")
            keys = [self._key(text) for text in part]
            self._store("vector", [(k, v.tobytes()) for k, v in zip(keys, vectors, strict=True)])
            if tokens:
                rows = [(k, t.tobytes()) for k, t in zip(keys, tokens, strict=True)]
                self._store("tokens", rows)
        return len(missing)

    def _store(self, table: str, rows: Sequence[tuple[bytes, bytes]]) -> None:
        with self._told(), self._connection:
            self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", rows)

    def _stored_projection(self) -> Projection | None:
        if self._projection is None:
            with (
                self._told(),
                closing(self._connection.execute("SELECT value FROM projection")) as rows,
            ):
                row = rows.fetchone()
            if row is not None:
                matrix = np.frombuffer(row[0], dtype=np.float32).reshape(self._encoder.dim, -1)
                self._projection = Projection(matrix)
        return self._projection

    def _projection_from(self, texts: Sequence[str]) -> Projection | None:
        """The projection of this cache; the first texts that it meets make it."""
        if (known := self._stored_projection()) is not None or self._token_encoder is None:
            return known
        if not texts:
            return None
        # chosen by a hash: the same texts in another order give the same projection
        sample = sorted(texts, key=_place)[:_LEARNED_FROM]
        encoded = self._token_encoder.encode_both(sample)
        learned = Projection.learned([both.tokens for both in encoded])
        with self._told(), self._connection:
            # another process may have been quicker: then its projection counts for both
            new = self._connection.execute(
                "INSERT OR IGNORE INTO projection VALUES (1, ?)", (learned.matrix.tobytes(),)
            )
            if new.rowcount:
                self._connection.execute("DELETE FROM tokens")  # of a projection that is lost
        return self._stored_projection()

    def tokens(self, texts: Sequence[str]) -> StoredTokens | None:
        """The token vectors of texts that ``fill`` has seen; None where the encoder tells none."""
        projection = self._stored_projection() if self._token_encoder else None
        if projection is None:
            return None
        return StoredTokens([self._key(text) for text in texts], projection, self._known)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The stored vectors of texts that ``fill`` has seen, shape (n, dim)."""
        keys = [self._key(text) for text in texts]
        known = self._known(list(dict.fromkeys(keys)))
        out = np.empty((len(texts), self._encoder.dim), dtype=np.float32)
        for row, key in enumerate(keys):
            out[row] = np.frombuffer(known[key], dtype=np.float16)
        return out


class StoredTokens(Sequence[NDArray[np.int8]]):
    """Token vectors that are read as they are asked for: together they may not fit into memory."""

    def __init__(
        self,
        keys: Sequence[bytes],
        projection: Projection,
        known: Callable[[Sequence[bytes], str], dict[bytes, bytes]],
    ) -> None:
        self._keys = keys
        self.projection = projection
        self._known = known

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> NDArray[np.int8]: ...
    @overload
    def __getitem__(self, place: slice) -> list[NDArray[np.int8]]: ...

    def __getitem__(self, place: int | slice) -> NDArray[np.int8] | list[NDArray[np.int8]]:
        if isinstance(place, slice):
            return self._matrices(self._keys[place])
        return self._matrices([self._keys[place]])[0]

    def _matrices(self, keys: Sequence[bytes]) -> list[NDArray[np.int8]]:
        found = self._known(keys, "tokens")
        width = self.projection.token_dim
        return [np.frombuffer(found[key], dtype=np.int8).reshape(-1, width) for key in keys]


def _place(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
