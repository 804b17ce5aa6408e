"""``zhiku push worker``, ``outbox`` and ``effect`` as an operator runs them."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from api.push.number import NumberHash
from corpora.migrations import open_database
from tests.conftest import REPOSITORY
from tests.push.outbox.builders import make_draft, put

SECRET = "a secret of sixteen signs"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
    return kept | {
        "ZHIKU_STORE_URL": f"sqlite:///{tmp_path / 'z.db'}",
        "ZHIKU_GATEWAY_URL": f"log:{tmp_path / 'spool'}",
        "ZHIKU_PUSH_SECRET": SECRET,
    }


@pytest.fixture
def message_id(tmp_path: Path) -> str:
    engine = open_database(f"sqlite:///{tmp_path / 'z.db'}", create=True)
    # long due, and with time left: its lifetime counts from when it was due
    hashed = NumberHash(SECRET)("13800001234")
    made = put(engine, make_draft(hashed=hashed), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    engine.dispose()
    return made


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "zhiku", *arguments]


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_once_delivers_what_is_due_and_ends(
    environment: dict[str, str], message_id: str, tmp_path: Path
) -> None:
    said = run(environment, "push", "worker", "--once")
    assert (said.returncode, json.loads(said.stdout)) == (0, {"tried": 1}), said.stderr
    (spooled,) = (tmp_path / "spool").glob("*.json")
    assert spooled.stem == message_id
    states = json.loads(run(environment, "push", "outbox", "--json").stdout)["states"]
    assert (states["sent"], states["queued"]) == (1, 0)
    (effect,) = json.loads(run(environment, "push", "effect", "--json").stdout)
    assert (effect["template_id"], effect["sent"]) == ("tpl-notice", 1)
    assert "tpl-notice" in run(environment, "push", "effect").stdout


def test_a_worker_ends_in_order_when_it_is_asked_to(
    environment: dict[str, str], message_id: str, tmp_path: Path
) -> None:
    worker = subprocess.Popen(
        command("push", "worker"),
        env=environment,
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "spool").glob("*.json")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert (worker.returncode, "开始投递" in said) == (0, True), said


def test_a_gateway_that_cannot_be_used_is_one_clear_line(environment: dict[str, str]) -> None:
    wrong = environment | {"ZHIKU_GATEWAY_URL": "smpp://host-without-account:2775"}
    said = run(wrong, "push", "worker", "--once")
    assert said.returncode == 2
    assert said.stderr.startswith("错误：")
    assert len(said.stderr.strip().splitlines()) == 1
