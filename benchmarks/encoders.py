"""The encoder that the product serves with by default."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from indexer.encoders.catalog import BGE, open_encoder
from indexer.encoders.protocol import Encoder

ROOT: Final = Path(__file__).resolve().parent.parent
MODELS: Final = ROOT / "var" / "models"


def default_encoder() -> Encoder:
    """bge-small-zh from ``var/models``; its time is part of what is measured."""
    return open_encoder(BGE, MODELS)
