"""An outbox for every test: emptied, not made anew, because making its tables takes the longest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete

from api.push.tables import metadata
from api.push.turn import writing
from corpora.migrations import open_database
from tests.push.outbox.builders import Clock, ToldGateway
from tests.real.postgres_server import PostgresServer, drop_database, new_database


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)]
)
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """SQLite, and a real PostgreSQL."""
    if request.param == "sqlite":
        opened = open_database(
            f"sqlite:///{tmp_path_factory.mktemp('outbox') / 'z.db'}", create=True
        )
        yield opened
        opened.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = new_database(server.url)
    opened = open_database(url, create=True)
    yield opened
    opened.dispose()
    drop_database(server.url, url)


@pytest.fixture
def engine(database: Engine) -> Engine:
    with writing(database) as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    return database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway() -> ToldGateway:
    return ToldGateway()
