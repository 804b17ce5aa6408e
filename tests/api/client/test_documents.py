"""What the documents show of the client runs against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.api.serving import REPOSITORY, Server, free_port

EXAMPLE = REPOSITORY / "examples" / "client.py"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE = {
    # where it is, and what the small knowledge knows
    "http://127.0.0.1:8000": "{url}",
    "我想把每月的流量包退掉怎么弄": "日包多少钱",
}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=REPOSITORY,
        env={**kept, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
        check=False,
    )


def block(document: str) -> str:
    written = (REPOSITORY / document).read_text(encoding="utf-8")
    (found,) = [one for one in BLOCK.findall(written) if "api.client" in one]
    return str(found)


@pytest.mark.parametrize("document", ["README.md", "README.zh.md"])
def test_the_block_of_a_readme_asks_and_sends(document: str, server: Server) -> None:
    code = block(document)
    for shown, ours in HERE.items():
        assert code.count(shown) == 1
        code = code.replace(shown, ours.format(url=server.url))
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    answered, stored = done.stdout.strip().splitlines()[0], done.stdout.strip().splitlines()[-1]
    assert answered.startswith("answered ")
    assert stored == "queued"


def test_both_readmes_show_the_same_block() -> None:
    assert block("README.md") == block("README.zh.md")


def test_the_example_is_short() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) < 40


def test_the_example_asks_and_sends(server: Server) -> None:
    done = run(str(EXAMPLE), server.url, "日包多少钱", "13600000001")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("answered ")
    assert "← pack-day5" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("queued 【示例移动】您咨询的5元1GB流量日包")


def test_the_example_says_in_one_line_what_went_wrong() -> None:
    done = run(str(EXAMPLE), f"http://127.0.0.1:{free_port()}", "日包多少钱", "13600000001")
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "连接不上" in line
    assert "13600000001" not in line
