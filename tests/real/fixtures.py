"""Real servers that tests share: each worker starts its own when a test asks for it first."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.elastic_home import PartMissing
from tests.real.elastic_node import running_node


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
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
