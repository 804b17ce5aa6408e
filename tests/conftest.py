"""What is expensive and shared: the vector model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexer.encoders.model_store import default_sources, fetch_model
from indexer.encoders.protocol import ModelUnavailable

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def models() -> Path:
    """The models folder with bge-small-zh in it, fetched once; without it, a visible skip."""
    folder = REPOSITORY / "var" / "models"
    try:
        fetch_model(folder, default_sources(None, os.environ))
    except ModelUnavailable as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    return folder
