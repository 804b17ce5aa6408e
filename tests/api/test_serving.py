from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

import zhiku
from indexer.encoders.protocol import Encoder
from tests.api.knowledge import publish
from tests.api.serving import (
    PATIENCE,
    REPOSITORY,
    Server,
    environment,
    free_port,
    running,
    serve_command,
    small_index,
)
from tests.builders import make_facet, make_item

pytestmark = pytest.mark.real
KEY = "first-key-0123456789"


def refused_in_a_process(index: Path, *arguments: str) -> str:
    """What a server of its own, that must not start, says on its way out."""
    ended = subprocess.run(
        serve_command("--port", str(free_port()), *arguments),
        env=environment(index),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr


def refused(index: Path, *arguments: str, port: int = 0, **env: str) -> str:
    """The same without another process, which would take seconds to load everything again."""
    command = ["serve", "--port", str(port or free_port()), *arguments]
    others = dict.fromkeys(name for name in os.environ if name.startswith("ZHIKU_"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("uvicorn.run", lambda *_, **__: pytest.fail("the server started"))
        ended = CliRunner().invoke(zhiku.app, command, env={**others, **environment(index, env)})
    assert ended.exit_code == 2, ended.output
    assert isinstance(ended.exception, SystemExit)
    assert ended.stdout == ""
    return ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "zhiku.example"])
def test_a_host_that_others_reach_is_refused_while_no_key_is_set(index: Path, host: str) -> None:
    told = refused(index, "--host", host)
    assert len(told.strip().splitlines()) == 1
    assert host in told
    assert "ZHIKU_API_KEYS" in told


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_missing_index_is_one_clear_line_before_anything_listens(
    tmp_path: Path, workers: str
) -> None:
    told = refused(tmp_path / "nothing", "--workers", workers)
    assert len(told.strip().splitlines()) == 1
    assert "zhiku index build" in told


def test_a_damaged_index_is_one_clear_line(tmp_path: Path, encoder: Encoder) -> None:
    index = small_index(tmp_path / "index", encoder)
    damaged = next((index / "versions").glob("*/manifest.json"))
    damaged.write_text("{", encoding="utf-8")
    told = refused_in_a_process(index)
    assert len(told.strip().splitlines()) == 1
    assert str(damaged) in told


def test_a_port_in_use_is_one_clear_line(index: Path, server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    told = refused(index, port=port)
    assert len(told.strip().splitlines()) == 1
    assert f"端口 {port}" in told


def test_a_setting_that_means_nothing_is_one_clear_line(index: Path) -> None:
    told = refused(index, ZHIKU_API_KEY="misspelt")
    assert "ZHIKU_API_KEYS" in told


@pytest.fixture(scope="module")
def locked(index: Path) -> Iterator[Server]:
    keys = {"ZHIKU_API_KEYS": f"{KEY},second-key"}
    with running(index, "--host", "0.0.0.0", env=keys, log=index.parent / "locked.log") as started:
        yield started


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer  {KEY}"},
        {"X-API-Key": KEY},
        {"X-API-Key": "second-key"},
        {"X-API-Key": "wrong", "Authorization": f"Bearer {KEY}"},
    ],
)
def test_a_caller_with_a_key_is_served(locked: Server, headers: dict[str, str]) -> None:
    with locked.client(headers=headers) as client:
        assert client.get("/v1/search", params={"q": "日包"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "wrong"},
        {"X-API-Key": f"{KEY},second-key"},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": "Bearer"},
        {"X-API-Key": "密钥".encode()},
    ],
)
def test_a_caller_without_a_right_key_sees_nothing(
    locked: Server, headers: dict[str, str | bytes]
) -> None:
    with locked.client(headers=headers) as client:
        for path in ("/v1/search?q=x", "/v1/nothing", "/openapi.json", "/docs", "/", "/metrics"):
            response = client.get(path)
            assert response.status_code == 401, path
            assert response.json()["code"] == "unauthorized"
            assert response.headers["www-authenticate"] == "Bearer"
            assert len(response.headers["x-trace-id"]) == 32


def test_health_needs_no_key(locked: Server) -> None:
    with locked.client() as client:
        assert client.get("/livez").status_code == 200
        assert client.get("/readyz").status_code == 200


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Server]:
    """A server whose index the tests change; each of them publishes what it needs."""
    root = tmp_path_factory.mktemp("renewed")
    index = small_index(root / "index", encoder)
    with running(index, log=root / "serve.log") as started:
        yield started


def test_a_version_that_cannot_be_opened_is_reported_and_the_old_one_serves_on(
    renewed: Server,
) -> None:
    with renewed.client() as client:
        version = client.get("/readyz").json()["index_version"]
        (renewed.index / "CURRENT").write_text("no-such-version\n", encoding="utf-8")
        deadline = time.monotonic() + PATIENCE
        while (ready := client.get("/readyz").json())["problem"] is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert ready["index_version"] == version
        assert client.get("/v1/search", params={"q": "日包"}).status_code == 200


def test_a_new_version_is_taken_up_while_it_serves_and_no_request_fails(
    renewed: Server, encoder: Encoder
) -> None:
    statuses: list[int | str] = []
    done = threading.Event()

    def keep_asking(url: str) -> None:
        with httpx.Client(base_url=url, trust_env=False, timeout=30.0) as client:
            while not done.is_set():
                try:
                    statuses.append(client.get("/v1/search", params={"q": "日包"}).status_code)
                    asked = client.post("/v1/answer", json={"query": "日包怎么开"})
                    statuses.append(asked.status_code)
                except httpx.HTTPError as error:
                    statuses.append(repr(error))

    with renewed.client() as client:
        before = client.get("/v1/follow", params={"codes": "NEW-1"})
        askers = [threading.Thread(target=keep_asking, args=(renewed.url,)) for _ in range(3)]
        for asker in askers:
            asker.start()
        try:
            item = make_item(
                "new-pack",
                "校园流量包",
                facets=(make_facet(customer="学生专用。"),),
                codes=("NEW-1",),
            )
            made = "2026-03-02T09:00:00"
            version = publish(renewed.index, encoder, item, created_at=made)
            deadline = time.monotonic() + PATIENCE
            while client.get("/readyz").json()["index_version"] != version:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            known = {"If-None-Match": before.headers["etag"]}
            after = client.get("/v1/follow", params={"codes": "NEW-1"}, headers=known)
            time.sleep(0.3)
        finally:
            done.set()
            for asker in askers:
                asker.join()
    assert before.json()["cards"] == [{"code": "NEW-1", "found": False}]
    assert after.status_code == 200
    assert after.headers["x-zhiku-version"] == version
    assert after.json()["cards"][0]["item"]["id"] == "new-pack"
    assert len(statuses) > 20
    assert set(statuses) == {200}


def test_several_workers_serve_the_same_cards_under_the_same_tag(index: Path) -> None:
    log = index.parent / "workers.log"
    with running(index, "--workers", "2", log=log) as server:
        tags = set()
        for _ in range(12):  # a new connection each time, so that both workers get some
            with server.client() as client:
                params = {"codes": "30010002", "library": ["tips", "business", "cases"]}
                tags.add(client.get("/v1/follow", params=params).headers["etag"])
    assert len(tags) == 1
    assert "http://127.0.0.1:" in log.read_text(encoding="utf-8")
