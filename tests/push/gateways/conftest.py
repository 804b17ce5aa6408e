"""A real SMPP server that tests share, and the three ways out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.push.gateways.http_server import HttpServer, running_http
from tests.push.gateways.ways import HttpWay, LogWay, SmppWay, Way
from tests.real.elastic_home import PartMissing
from tests.real.smpp_server import SmppServer, running_server


@pytest.fixture(scope="session")
def shared_smpp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmppServer]:
    """One for all tests of a worker; without Java a visible skip, and in CI a failure."""
    try:
        with running_server(tmp_path_factory.mktemp("smpp")) as server:
            yield server
    except PartMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def smpp(shared_smpp: SmppServer) -> SmppServer:
    """As if it had just been started."""
    shared_smpp.revive()
    shared_smpp.reset()
    return shared_smpp


@pytest.fixture
def http() -> Iterator[HttpServer]:
    """A scripted gateway that speaks HTTP."""
    with running_http() as server:
        yield server


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    """The way out that a test names by its parameter."""
    opened: Way
    match request.param:
        case "log":
            opened = LogWay(tmp_path)
        case "http":
            opened = HttpWay(request.getfixturevalue("http"))
        case _:
            opened = SmppWay(request.getfixturevalue("smpp"))
    yield opened
    opened.close()
