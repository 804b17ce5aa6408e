"""An ONNX file, written in Protocol Buffers by hand: about ten of its messages are needed.

Without a library the same graph always gives the same bytes, so that a sum can name them, and
nothing has to be installed. Names and numbers of the fields are those of ``onnx.proto``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_VARINT, _BYTES, _FIXED32 = 0, 2, 5  # how a field's value is written
_UINT64: Final = (1 << 64) - 1
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE = 1, 2


class Kind(IntEnum):
    """What a tensor consists of."""

    FLOAT = 1
    UINT8 = 2
    INT64 = 7
    INT4 = 22


_KINDS: Final = {"float32": Kind.FLOAT, "int64": Kind.INT64, "uint8": Kind.UINT8}


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; a negative number as its 64-bit complement.

    >>> varint(300).hex(), len(varint(-1))
    ('ac02', 10)
    """
    left = number & _UINT64
    out = bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def field(number: int, value: int | float | str | bytes) -> bytes:
    """One field of a message: an integer, a float32, a text or a message that is written already."""
    if isinstance(value, float):
        return varint(number << 3 | _FIXED32) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3 | _VARINT) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return b"".join((varint(number << 3 | _BYTES), varint(len(raw)), raw))


class Graph:
    """A graph as it grows: constants and nodes, each named by a text."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[bytes] = []
        self._tensors: list[bytes] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """A float32, int64 or uint8 array; its name."""
        return self._tensor(name, _KINDS[str(values.dtype)], values.shape, values)

    def four_bit(self, name: str, packed: NDArray[np.uint8], shape: Sequence[int]) -> str:
        """Signed 4-bit numbers, two a byte, as a tensor of ``shape``; its name."""
        return self._tensor(name, Kind.INT4, shape, packed)

    def _tensor(self, name: str, kind: Kind, shape: Sequence[int], values: NDArray[Any]) -> str:
        raw = np.ascontiguousarray(values).tobytes()
        parts = [*(field(1, size) for size in shape), field(2, kind), field(8, name), field(9, raw)]
        self._tensors.append(field(5, b"".join(parts)))
        return name

    def node(
        self, kind: str, inputs: Sequence[str], *outputs: str, domain: str = "", **numbers: float
    ) -> str:
        """A node with integer or float attributes; the name of its first output."""
        parts = [*(field(1, name) for name in inputs), *(field(2, name) for name in outputs)]
        parts.append(field(4, kind))
        parts += [field(5, _attribute(name, value)) for name, value in sorted(numbers.items())]
        if domain:
            parts.append(field(7, domain))
        self._nodes.append(field(1, b"".join(parts)))
        return outputs[0]

    def model(
        self,
        inputs: Mapping[str, tuple[Kind, Sequence[int | str]]],
        outputs: Mapping[str, tuple[Kind, Sequence[int | str]]],
        *,
        ir_version: int,
        opsets: Mapping[str, int],
    ) -> bytes:
        """The file's bytes.

        ``inputs`` and ``outputs`` declare kinds and shapes (a text stands for a size that varies);
        ``opsets`` gives the version of each domain of nodes.
        """
        graph = [*self._nodes, field(2, self._name), *self._tensors]
        graph += [field(11, _value(name, *what)) for name, what in inputs.items()]
        graph += [field(12, _value(name, *what)) for name, what in outputs.items()]
        file = [field(1, ir_version), field(2, "zhiku"), field(7, b"".join(graph))]
        file += [field(8, field(1, name) + field(2, version)) for name, version in opsets.items()]
        return b"".join(file)


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, _INT_ATTRIBUTE)
    return field(1, name) + field(2, value) + field(20, _FLOAT_ATTRIBUTE)


def _value(name: str, kind: Kind, shape: Sequence[int | str]) -> bytes:
    """The declaration of an input or output."""
    sizes = (
        field(1, field(2, size) if isinstance(size, str) else field(1, size)) for size in shape
    )
    tensor = field(1, kind) + field(2, b"".join(sizes))
    return field(1, name) + field(2, field(1, tensor))
