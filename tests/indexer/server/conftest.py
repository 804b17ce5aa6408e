"""One embedding server for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.real.embedding_server import EmbeddingServer, running_server


@pytest.fixture(scope="session")
def embedding_server() -> Iterator[EmbeddingServer]:
    """Serves ``hash`` and ``bge`` with the faults that names of models script."""
    with running_server(REPOSITORY / "var" / "models") as server:
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddingServer]:
    """A server of the test's own, to be killed."""
    with running_server(tmp_path) as server:
        yield server
