"""The manifest of an index version: what it was made with, so that no reader has to guess."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

from indexer.errors import IndexDamaged, IndexMismatch

SCHEMA: Final = 1
_OPTIONS: Final = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Partition:
    """One sub-library inside a version: a contiguous range of rows with its own vector index."""

    library: str
    first_row: int
    rows: int
    items: int
    content: str
    vector_index: str
    recall: float | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """Names everything that a reader must agree with, by fingerprint, and each file's digest."""

    version: str
    created_at: str
    encoder: str
    encoder_fingerprint: str
    dim: int
    analyzer_fingerprint: str
    items: int
    passages: int
    mean_terms: float
    partitions: tuple[Partition, ...]
    token_dim: int = 0
    files: dict[str, str] = field(default_factory=dict)
    schema: int = SCHEMA

    def to_json(self) -> bytes:
        """Indented JSON, for people as well, with a checksum of itself."""
        values = asdict(self)
        return orjson.dumps(values | {"checksum": _checksum(values)}, option=_OPTIONS)

    @staticmethod
    def from_json(raw: bytes, where: str) -> Manifest:
        """Parses a manifest; ``where`` is named in the error."""
        try:
            known: dict[str, Any] = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise IndexDamaged(
                f"索引清单损坏：{where}（{error}）；请运行 zhiku index build 重建"
            ) from error
        if not isinstance(known, dict) or known.pop("checksum", None) != _checksum(known):
            raise IndexDamaged(f"索引清单损坏：{where}；请运行 zhiku index build 重建")
        if known.get("schema") != SCHEMA:
            raise IndexMismatch(
                f"索引清单 {where} 的格式不是本版本支持的格式 {SCHEMA}；请运行 zhiku index build 重建"
            )
        try:
            partitions = tuple(Partition(**partition) for partition in known.pop("partitions"))
            return Manifest(**known, partitions=partitions)
        except (TypeError, KeyError) as error:
            raise IndexDamaged(
                f"索引清单不完整：{where}（{error}）；请运行 zhiku index build 重建"
            ) from error


def _checksum(values: dict[str, Any]) -> str:
    """A digest of the manifest's own values: nothing else would notice a flipped byte in it."""
    return hashlib.blake2b(orjson.dumps(values, option=_OPTIONS), digest_size=16).hexdigest()
