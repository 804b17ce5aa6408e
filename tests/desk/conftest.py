from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from corpora.migrations import open_database


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database with the tables of the desk, of each kind in turn."""
    opened = open_database(database_url, create=True)
    yield opened
    opened.dispose()
