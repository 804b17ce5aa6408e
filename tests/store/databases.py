"""What tests do to a database from outside the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from corpora.migrations import open_database
from corpora.store import Store, StoreError


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """An engine without anything that the store sets."""
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The engine of a store, made if it is not there."""
    engine = open_database(url, create=True)
    try:
        yield engine
    finally:
        engine.dispose()


def run_sql(url: str, *statements: str) -> None:
    with engine_of(url) as engine, engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def refusal(url: str, *, create: bool = True) -> str:
    """What a store that cannot be opened says."""
    with pytest.raises(StoreError) as caught:
        Store.open(url, create=create)
    message = str(caught.value)
    assert "\n" not in message
    assert "sqlalche.me" not in message
    return message
