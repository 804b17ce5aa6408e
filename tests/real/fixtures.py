"""Real servers that tests share: each worker starts its own when a test asks for it first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.real.elastic_home import PartMissing
from tests.real.elastic_node import running_node
from tests.real.postgres_server import (
    PostgresServer,
    drop_database,
    new_database,
    running_server,
)


@pytest.fixture(scope="session")
def elastic_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Elasticsearch; without one a visible skip, and in CI a failure."""
    if given := os.environ.get("ZHIKU_TEST_ELASTICSEARCH"):
        yield given.rstrip("/")
        return
    try:
        with running_node(tmp_path_factory.mktemp("elastic"), quick=True) as node:
            yield node.url
    except PartMissing as missing:
        _do_without(missing)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL, which a test may kill if it starts it again; missing, as above."""
    try:
        with running_server() as server:
            yield server
    except PartMissing as missing:
        _do_without(missing)


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own; on the server that the environment names."""
    server_url = os.environ.get("ZHIKU_TEST_POSTGRES")
    if not server_url:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        server_url = server.url
    url = new_database(server_url)
    yield url
    drop_database(server_url, url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made: on each kind of database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


def _do_without(missing: PartMissing) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(str(missing))
    pytest.skip(str(missing))
