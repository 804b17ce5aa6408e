"""The encoder that the product serves with by default."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

from indexer.encoders.onnx import OnnxEncoder
from indexer.encoders.protocol import Encoder

ROOT: Final = Path(__file__).resolve().parent.parent
MODELS: Final = ROOT / "var" / "models"
NAME: Final = "onnx:bge-small-zh"


def default_encoder() -> Encoder:
    """bge-small-zh from ``var/models``; its time is part of what is measured."""
    try:
        catalog = importlib.import_module("indexer.encoders.catalog")
    except ModuleNotFoundError:
        folder = MODELS / "bge-small-zh"
        return OnnxEncoder(NAME, folder / "bge-small-zh.onnx", folder / "tokenizer.json")
    encoder: Encoder = catalog.open_encoder(NAME, MODELS)
    return encoder
