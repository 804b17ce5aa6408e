"""Messages that were stored before a revision are there after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, inspect, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from api.push.draft import scheduled, store
from api.push.tables import State, messages
from corpora import migrations
from tests.push.outbox.builders import NOON, POLICY, make_draft, row
from tests.real.postgres_server import PostgresServer, drop_database, new_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of nobody."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'z.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    made = new_database(server.url)
    yield made
    drop_database(server.url, made)


@pytest.fixture
def bare(url: str) -> Iterator[Engine]:
    """An engine without anything that the store sets."""
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    yield engine
    engine.dispose()


def revise(connection: Connection, revision: str, *, back: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    (command.downgrade if back else command.upgrade)(config, revision)


def test_messages_outlive_the_state_of_those_that_customers_refused(bare: Engine) -> None:
    one = scheduled(make_draft(package=b"\0mms", campaign="春"), NOON)
    with bare.begin() as connection:
        revise(connection, "0003")
        store(connection, [one], NOON, POLICY)
    refused = update(messages).values(state=State.REFUSED.value)
    with pytest.raises(IntegrityError), bare.begin() as connection:
        connection.execute(refused)
    before = row(bare, one.message_id)
    indexes = sorted(str(index["name"]) for index in inspect(bare).get_indexes(messages.name))
    with bare.begin() as connection:
        revise(connection, "0004")
    assert row(bare, one.message_id) == before
    seen = inspect(bare)
    assert sorted(str(index["name"]) for index in seen.get_indexes(messages.name)) == indexes
    with bare.begin() as connection:
        connection.execute(refused)
    with pytest.raises(IntegrityError), bare.begin() as connection:
        connection.execute(update(messages).values(state="lost"))
    with bare.begin() as connection:
        revise(connection, "0003", back=True)
    assert row(bare, one.message_id).state == State.FAILED
    assert before.planned_at == NOON.astimezone(dt.UTC)
