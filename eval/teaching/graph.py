"""A quantised BERT graph as weights that can be trained, and trained weights as the graph's own tensors:
the only door to ``onnx``.

Dynamic quantisation keeps a layer's matrix, turned, as int8 with a scale for each output; embeddings as
uint8 with one scale. Biases and layer norms stay as they are, under the names that BERT gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from eval.errors import TeachError
from indexer.encoders.catalog import BGE
from indexer.encoders.model_sources import BGE_SMALL_ZH

EMBEDDINGS: Final = "embeddings."
_LAYERS: Final = "encoder."
_ONNX: Final = "onnx:"
_QUANTIZED: Final = "_quantized"
_WORDS: Final = "embeddings.word_embeddings.weight"
_POSITIONS: Final = "embeddings.position_embeddings.weight"
_TYPES: Final = "embeddings.token_type_embeddings.weight"
_INNER: Final = "encoder.layer.0.intermediate.dense.weight"
_HEADS: Final = "/encoder/layer.0/attention/self/Div"
"""Divides by the root of a head's size."""
_EPSILON: Final = "/embeddings/LayerNorm/Add"
_MOST: Final = 64.0
"""Seven bits of the eight, as in the graph: processors without VNNI add pairs of products in 16 bits, and
larger ones would be cut there (with 127 the states of an unchanged model have a cosine of .86 with their own)."""

Floats = Mapping[str, NDArray[np.float32]]
"""Weights by the names that BERT gives them."""


@dataclass(frozen=True, slots=True)
class BertSizes:
    """What a BERT is built with."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    types: int
    rows: int
    epsilon: float


@dataclass(frozen=True, slots=True, eq=False)
class BertGraph:
    """The weights of a graph, and under which name it keeps each layer's matrix (``quantised``)."""

    weights: Floats
    sizes: BertSizes
    quantised: Mapping[str, str]

    def values(self, trained: Floats) -> dict[str, NDArray[Any]]:
        """The layers of ``trained`` as the graph keeps them; embeddings are never among them."""
        found: dict[str, NDArray[Any]] = {}
        for name in self.weights:
            if not name.startswith(_LAYERS):
                continue
            weights = np.asarray(trained[name], dtype=np.float32)
            if name in self.quantised:
                kept = self.quantised[name]
                found[f"{kept}{_QUANTIZED}"], found[f"{kept}_scale"] = _as_kept(weights.T)
            else:
                found[name] = weights
        return found


def graph_file(encoder: str, models: Path) -> Path:
    """Where the graph of an encoder lies; ``TeachError`` for one that has none."""
    if encoder == BGE:
        return models / BGE_SMALL_ZH.name / BGE_SMALL_ZH.files[0].name
    path = Path(encoder.removeprefix(_ONNX)).expanduser() / "model.onnx"
    if encoder.startswith(_ONNX) and path.is_file():
        return path
    raise TeachError(
        f"向量模型 {encoder} 不能教；可以教 {BGE}，或 onnx:<文件夹> 里量化的 BERT（model.onnx）"
    )


def graph_at(path: Path) -> BertGraph:
    """Reads a graph; ``TeachError`` where it is no BERT that was quantised like this."""
    try:
        graph = onnx.load(str(path)).graph
        kept = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        quantised = _quantised_layers(graph, kept)
        weights = {
            name: np.asarray(value, dtype=np.float32)
            for name, value in kept.items()
            if name.startswith((_LAYERS, f"{EMBEDDINGS}LayerNorm"))
        }
        for name in (_WORDS, _POSITIONS, _TYPES):
            weights[name] = _floats(kept, name)
        weights |= {name: _floats(kept, own).T for name, own in quantised.items()}
        return BertGraph(weights, _sizes(graph, weights), quantised)
    except OSError:
        raise
    except Exception as error:  # what lacks a name, a shape or is no protobuf at all
        raise TeachError(
            f"{path} 不是能教的模型（{error}）；要动态量化成 int8、按输出分尺度的 BERT"
        ) from error


def _quantised_layers(graph: Any, kept: Mapping[str, NDArray[Any]]) -> dict[str, str]:
    """BERT's name of each layer's matrix, with the graph's; a node is called after the layer."""
    found: dict[str, str] = {}
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        own = node.input[1].removesuffix(_QUANTIZED)
        layer = node.name.strip("/").replace("/", ".").partition(".MatMul")[0]
        if kept[f"{own}{_QUANTIZED}"].dtype != np.int8 or kept[f"{own}_zero_point"].any():
            raise ValueError(f"{node.name}: weights are not int8 around 0")
        found[f"{layer}.weight"] = own
    return found


def _floats(kept: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    steps = kept[f"{name}{_QUANTIZED}"].astype(np.float32)
    steps -= kept[f"{name}_zero_point"].astype(np.float32)
    return np.asarray(steps * kept[f"{name}_scale"], dtype=np.float32)


def _as_kept(turned: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix (in, out) as int8 with a scale for each output."""
    scales = np.abs(turned).max(axis=0) / np.float32(_MOST)
    steps = np.rint(turned / np.where(scales > 0.0, scales, 1.0))
    return steps.astype(np.int8), scales.astype(np.float32)


def _sizes(graph: Any, weights: Floats) -> BertSizes:
    rows, hidden = weights[_WORDS].shape
    head = round(_constant(graph, _HEADS) ** 2)
    layers = {name.split(".")[2] for name in weights if name.startswith(_LAYERS)}
    return BertSizes(
        hidden=hidden,
        layers=len(layers),
        heads=hidden // head,
        inner=len(weights[_INNER]),
        positions=len(weights[_POSITIONS]),
        types=len(weights[_TYPES]),
        rows=rows,
        epsilon=_constant(graph, _EPSILON),
    )


def _constant(graph: Any, name: str) -> float:
    """The second operand of a node."""
    node = next(one for one in graph.node if one.name == name)
    constant = next(one for one in graph.node if node.input[1] in one.output)
    return float(numpy_helper.to_array(constant.attribute[0].t))
