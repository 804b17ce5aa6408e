from __future__ import annotations

from collections.abc import Iterator

import pytest

from corpora.store import Store


@pytest.fixture
def store_url(database_url: str) -> str:
    return database_url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened
