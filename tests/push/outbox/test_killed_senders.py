"""Whatever was acknowledged is stored, also where requests were stored together and then killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.push.tables import events, messages
from corpora.migrations import open_database, reading

pytestmark = [pytest.mark.real, pytest.mark.slow]
_REPOSITORY = Path(__file__).resolve().parents[3]
_KILLS = 4


def acknowledged_until_killed(url: str, word: str, seconds: float) -> dict[str, str]:
    module = "tests.push.outbox.doomed_sender"
    command = [sys.executable, "-m", module, url, word]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_REPOSITORY) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]  # it has begun
        time.sleep(seconds)
        process.kill()
        lines += process.stdout.readlines()
    assert process.returncode == -9
    return dict(line.decode().split() for line in lines)


def test_a_killed_process_lost_nothing_that_it_had_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'z.db'}"
    moments = random.Random(7)
    told: dict[str, str] = {}
    for n in range(_KILLS):
        told |= acknowledged_until_killed(url, f"life{n}", moments.uniform(0.1, 0.6))
    engine = open_database(url, create=False)
    with reading(engine) as connection:
        columns = (messages.c.idempotency_key, messages.c.id)
        kept = dict(map(tuple, connection.execute(select(*columns)).all()))
        begun = connection.scalar(select(func.count()).select_from(events))
    engine.dispose()
    assert len(told) > _KILLS
    assert {key: kept.get(key) for key in told} == told
    assert begun == len(kept)  # each with its history, or neither
