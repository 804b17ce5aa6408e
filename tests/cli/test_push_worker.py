"""``zhiku push worker``, ``outbox`` and ``effect`` as an operator runs them."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import zhiku
from api.push.number import NumberHash
from corpora.migrations import open_database
from tests.cli.commands import Place, Ran
from tests.push.outbox.builders import make_draft, put

SECRET = "a secret of sixteen signs"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def message_id(place: Place) -> str:
    place.store.parent.mkdir()
    engine = open_database(f"sqlite:///{place.store}", create=True)
    hashed = NumberHash(SECRET)("13800001234")
    made = put(engine, make_draft(hashed=hashed), dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1))
    engine.dispose()
    return made


def push(place: Place, *arguments: str, **environ: str) -> Ran:
    return place.zhiku("push", *arguments, ZHIKU_PUSH_SECRET=SECRET, **environ)


def test_once_delivers_what_is_due_and_ends(place: Place, message_id: str) -> None:
    said = push(place, "worker", "--once")
    assert (said.status, said.json) == (0, {"tried": 1}), said.err
    (spooled,) = (place.root / "var" / "spool").glob("*.json")
    assert spooled.stem == message_id
    states = push(place, "outbox", "--json").json["states"]
    assert (states["sent"], states["queued"]) == (1, 0)
    assert "sent       1" in push(place, "outbox").out
    (effect,) = push(place, "effect", "--json").json
    assert (effect["template_id"], effect["sent"]) == ("tpl-notice", 1)
    assert "tpl-notice" in push(place, "effect").out


def test_without_a_secret_one_is_made_for_this_deployment(place: Place) -> None:
    assert place.zhiku("push", "worker", "--once").status == 0
    file = place.root / "var" / "push.secret"
    kept = file.read_text()
    assert len(kept.strip()) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert place.zhiku("push", "worker", "--once").status == 0
    assert file.read_text() == kept


def test_a_gateway_that_cannot_be_used_is_one_clear_line(place: Place) -> None:
    said = push(place, "worker", "--once", ZHIKU_GATEWAY_URL="smpp://host-without-account:2775")
    assert said.refused("smpp://")


def test_a_policy_that_cannot_be_used_is_one_clear_line(place: Place) -> None:
    file = place.write("policy.yaml", "hours: {marketing: 22:00-08:00}")
    said = push(place, "worker", "--once", ZHIKU_PUSH_POLICY=str(file))
    assert said.refused("policy.yaml", "hours.marketing")


def test_a_worker_ends_in_order_when_it_is_asked_to(place: Place, message_id: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
    worker = subprocess.Popen(
        [sys.executable, str(Path(zhiku.__file__)), "push", "worker"],
        env=kept | {"ZHIKU_STORE_URL": f"sqlite:///{place.store}", "ZHIKU_PUSH_SECRET": SECRET},
        cwd=place.root,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not list((place.root / "var" / "spool").glob(f"{message_id}.json")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=60)
    finally:
        worker.kill()
    assert (worker.returncode, "开始投递" in said) == (0, True), said
