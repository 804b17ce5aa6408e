"""Workers that are killed at random lose no message and send none twice, on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.real.elastic_home import PartMissing
from tests.real.push_trial import killed_workers
from tests.real.smpp_server import SmppServer, running_server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmppServer]:
    try:
        with running_server(tmp_path_factory.mktemp("kills")) as started:
            yield started
    except PartMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def test_ten_killed_workers_lose_nothing_and_send_nothing_twice(
    server: SmppServer, database_url: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    figures = killed_workers(database_url, server, count=100, kills=10)
    record_testsuite_property(f"killed workers on {database_url.partition(':')[0]}", figures)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_killed_workers_lose_nothing_and_send_nothing_twice(
    server: SmppServer, database_url: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    figures = killed_workers(database_url, server, count=1_000, kills=200)
    record_testsuite_property(f"200 killed workers on {database_url.partition(':')[0]}", figures)
