"""The tools over HTTP: this machine alone, or whoever shows a key of the API."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client

from api.keys import KeyScope
from api.keys_store import KeyRing
from corpora.migrations import open_database
from tests.api.serving import environment, free_port
from tests.plugs.conftest import DAY
from tests.plugs.mcp_serving import McpServer, mcp_command, over_http

pytestmark = pytest.mark.real
NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)


async def answered(client: Client) -> str:
    given = {"question": "日包怎么开", "as_of": DAY.isoformat()}
    result = await client.call_tool("zhiku_answer", given)
    assert result.structured_content is not None
    return str(result.structured_content["item"]["id"])


@pytest.fixture(scope="module")
def local(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[McpServer]:
    with over_http(index, log=tmp_path_factory.mktemp("local") / "mcp.log") as server:
        yield server


def test_this_machine_is_served_without_a_key(local: McpServer) -> None:
    assert local.ask(answered) == "pack-day5"
    assert "本机模式：没有设置密钥，只接受本机的请求" in local.log.read_text(encoding="utf-8")


def test_without_keys_no_page_and_no_other_name_is_served(local: McpServer) -> None:
    assert local.post({"Origin": "https://elsewhere.example"}).status_code == 403
    assert local.post({"Origin": "http://127.0.0.1:5173"}).status_code == 403
    assert local.post({"Host": "elsewhere.example"}).status_code == 421


def test_replies_are_marked_with_trace_and_version(local: McpServer) -> None:
    reply = local.post()
    assert reply.status_code != 500
    assert reply.headers["X-Trace-Id"]
    assert reply.headers["X-Zhiku-Version"].startswith("20260301")


def test_with_keys_who_shows_one_of_the_api_is_served_and_others_are_not(
    index: Path, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    engine = open_database(store, create=True)
    ring = KeyRing(engine)
    key, secret = ring.create("助手", {KeyScope.READ}, NOW)
    env = {"ZHIKU_STORE_URL": store, "ZHIKU_API_KEYS": "known-to-tests-only"}
    with over_http(index, env=env, log=tmp_path / "mcp.log") as server:
        for shown in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer zk_wrong"}):
            refused = server.post(shown)
            assert refused.status_code == 401
            assert refused.json()["code"] == "unauthorized"
            assert "缺少密钥或密钥不对" in refused.json()["detail"]
        for shown in (
            {"Authorization": f"Bearer {secret}"},
            {"X-API-Key": "known-to-tests-only"},
        ):
            assert server.ask(answered, shown) == "pack-day5"
        ring.revoke(key.id, NOW)
        shown = {"X-API-Key": secret}
        assert _refused_within_seconds(server, shown)
        assert "服务模式：请求要带密钥（有效的 2 个）" in server.log.read_text(encoding="utf-8")
    engine.dispose()


def _refused_within_seconds(server: McpServer, shown: dict[str, str]) -> bool:
    import time

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if server.post(shown).status_code == 401:
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--http", "0.0.0.0:{port}"), "没有设置密钥时只能监听本机，不能监听 '0.0.0.0'"),
        (("--http", "8100"), "'8100' 应写成 主机:端口，例如 127.0.0.1:8100"),
        (("--http", "127.0.0.1:99999"), "应写成 主机:端口"),
        (("--audience", "nobody"), "没有身份 'nobody'；可用：customer、agent、internal"),
    ],
)
def test_what_cannot_be_served_is_one_line_before_any_port_is_opened(
    index: Path, arguments: tuple[str, ...], told: str
) -> None:
    given = [one.format(port=free_port()) for one in arguments]
    done = subprocess.run(
        mcp_command(*given),
        env=environment(index),
        cwd=index.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("错误：")
    assert told in line


def test_without_an_index_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        mcp_command(),
        env=environment(tmp_path / "none"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("错误：")


def test_without_the_extra_the_cure_is_told() -> None:
    code = (
        "import sys\n"
        "sys.modules['mcp'] = None\n"
        "sys.argv = ['zhiku', 'mcp']\n"
        "import zhiku\n"
        "zhiku.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.strip() == "错误：zhiku mcp 缺少 mcp；请运行 pip install 'zhiku[mcp]'"
