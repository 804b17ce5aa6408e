"""Servers of their own, and keys that come and go while they run."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

import zhiku
from api.keys import KeyScope
from api.keys_store import KeyRing
from corpora.migrations import open_database
from tests.api.serving import Server, environment, free_port, running

pytestmark = pytest.mark.real
NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
ATTEMPTS = 8  # of connections of their own, so that both workers get some


@pytest.fixture
def store(tmp_path: Path) -> dict[str, str]:
    return {"ZHIKU_STORE_URL": f"sqlite:///{tmp_path / 'store.db'}"}


@pytest.fixture
def ring(store: dict[str, str]) -> Iterator[KeyRing]:
    engine = open_database(store["ZHIKU_STORE_URL"], create=True)
    yield KeyRing(engine)
    engine.dispose()


def statuses(server: Server, secret: str) -> list[int]:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def once() -> int:
        with server.client(headers=headers) as client:
            return client.get("/v1/labels").status_code

    return [once() for _ in range(ATTEMPTS)]


def started(index: Path, *arguments: str, **env: str) -> str:
    """What ``zhiku serve`` says when it starts, up to where it would listen."""
    others = dict.fromkeys(name for name in os.environ if name.startswith("ZHIKU_"))
    command = ["serve", "--port", str(free_port()), "--workers", "2", *arguments]
    run: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("uvicorn.run", run)
        ended = CliRunner().invoke(zhiku.app, command, env={**others, **environment(index, env)})
    assert ended.exit_code in {0, 2}, ended.output
    (line,) = ended.stderr.strip().splitlines()
    return line


def test_the_line_at_the_start_says_which_mode_runs(
    index: Path, ring: KeyRing, store: dict[str, str]
) -> None:
    assert "本机模式：没有设置密钥，只接受本机" in started(index, **store)
    key, _ = ring.create("网页", {KeyScope.READ}, NOW)
    for host in ("127.0.0.1", "0.0.0.0"):
        assert "服务模式：请求要带密钥（有效的 1 个）" in started(index, "--host", host, **store)
    both = started(index, **store, ZHIKU_API_KEYS="first,second")
    assert "有效的 3 个" in both
    ring.revoke(key.id, NOW)
    assert "本机模式" in started(index, **store)
    assert "zhiku key create" in started(index, "--host", "0.0.0.0", **store)


def test_serving_an_index_makes_no_store(index: Path, tmp_path: Path) -> None:
    path = tmp_path / "none" / "store.db"
    assert "本机模式" in started(index, ZHIKU_STORE_URL=f"sqlite:///{path}")
    assert not path.parent.exists()


def test_a_store_that_cannot_be_read_is_one_clear_line(index: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("条目,标题\n" * 200, encoding="utf-8")
    told = started(index, ZHIKU_STORE_URL=f"sqlite:///{path}", ZHIKU_API_KEYS="first")
    assert told.startswith("错误：")
    assert str(path) in told


def test_keys_come_and_go_in_every_worker_process_while_they_serve(
    index: Path, ring: KeyRing, store: dict[str, str], tmp_path: Path
) -> None:
    first, secret = ring.create("先", {KeyScope.READ}, NOW)
    log = tmp_path / "serve.log"
    with running(index, "--workers", "2", env=store, log=log) as server:
        assert statuses(server, secret) == [200] * ATTEMPTS
        assert statuses(server, "") == [401] * ATTEMPTS
        second, later = ring.create("后", {KeyScope.SEND}, NOW)
        assert statuses(server, later) == [200] * ATTEMPTS
        ring.revoke(first.id, NOW)
        time.sleep(1.05)
        assert statuses(server, secret) == [401] * ATTEMPTS
        assert statuses(server, later) == [200] * ATTEMPTS
        ring.revoke(second.id, NOW)
        time.sleep(1.05)
        for offered in ("", secret, later):  # no key is left, and still nobody comes in
            assert statuses(server, offered) == [401] * ATTEMPTS
    assert "服务模式" in log.read_text(encoding="utf-8")


def test_a_service_that_started_without_keys_stays_with_this_machine(
    index: Path, ring: KeyRing, store: dict[str, str], tmp_path: Path
) -> None:
    with running(index, env=store, log=tmp_path / "serve.log") as server:
        ring.create("网页", {KeyScope.READ}, NOW)
        with server.client() as client:
            assert client.get("/v1/labels").status_code == httpx.codes.OK
