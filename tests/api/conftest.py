"""One small index and one server for all tests of the API that change neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from indexer.encoders.protocol import Encoder
from tests.api.serving import Server, real_encoder, running, small_index


@pytest.fixture(scope="session")
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """A real encoder, because the server opens the one that the manifest names."""
    return real_encoder(request)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """The small index."""
    return small_index(tmp_path_factory.mktemp("api") / "index", encoder)


@pytest.fixture(scope="session")
def server(index: Path) -> Iterator[Server]:
    """A server without API keys."""
    with running(index, log=index.parent / "serve.log") as started:
        yield started


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """A client of the shared server."""
    with server.client() as opened:
        yield opened
