"""Workers are killed at random moments while messages go out through a real SMPP server."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, func, select

from api.push.draft import scheduled, store
from api.push.number import NumberHash
from api.push.policy import Policy
from api.push.tables import State, events, messages
from api.push.turn import writing
from corpora.migrations import open_database, reading
from tests.push.outbox.builders import make_draft
from tests.real.doomed_push_worker import SECRET
from tests.real.smpp_server import SmppServer

REPOSITORY: Final = Path(__file__).parents[2]
SEED: Final = 20261126
LEASE: Final = 4.0  # seconds
_HASHED: Final = NumberHash(SECRET)
_WAITING: Final = (State.QUEUED.value, State.CLAIMED.value, State.SENDING.value)
_ENDS_WITHIN: Final = 300.0


def killed_workers(database: str, server: SmppServer, count: int, kills: int) -> str:
    """Every message arrives once or is ``uncertain``; the figures of the run.

    The messages are due in portions, so that all kills happen while some are on their way.
    """
    engine = open_database(database, create=True)
    server.reset()
    server.order("receipts text")
    began = time.monotonic()
    draw = random.Random(SEED)
    ids = _queued(engine, count, kills)
    during = Counter[str]()
    with _doomed(database, server.url) as (go, kill):
        for _ in range(kills):
            pid = go()
            _wait_for_some(engine, draw.randint(1, 8))
            time.sleep(draw.uniform(0.0, 0.05))
            _make_due(engine, count // kills)
            kill(pid)
            during.update(_states(engine).keys())
        _make_due(engine, count)
        pid = go()
        _wait_until_none_waits(engine)
        kill(pid)
    told = _judged(engine, server, ids)
    engine.dispose()
    return f"{count} messages, {kills} kills in {time.monotonic() - began:.0f} s: {told}"


def _queued(engine: Engine, count: int, kills: int) -> dict[str, str]:
    """Ids by the texts, which differ; the first portion is due now."""
    now = dt.datetime.now(dt.UTC)
    portion = max(1, count // kills)
    given = []
    for n in range(count):
        number = f"138{n:08d}"
        draft = make_draft(f"k{n}", number, text=f"【示例移动】第{n}条", hashed=_HASHED(number))
        at = now if n < portion else now + dt.timedelta(hours=1)
        given.append(scheduled(draft, at))
    with writing(engine) as connection:
        store(connection, given, now, Policy())
    return {one.draft.text: one.message_id for one in given}


def _make_due(engine: Engine, count: int) -> None:
    """Some more messages may go."""
    now = dt.datetime.now(dt.UTC)
    later = (
        select(messages.c.id)
        .where(messages.c.state == State.QUEUED.value, messages.c.next_try > now)
        .order_by(messages.c.id)
        .limit(count)
    )
    with writing(engine) as connection:
        ids = list(connection.scalars(later))
        if ids:
            due = messages.update().where(messages.c.id.in_(ids)).values(next_try=now)
            connection.execute(due)


def _wait_for_some(engine: Engine, more: int, within: float = 20.0) -> None:
    """Until the worker did something, or there is nothing that it may do."""
    before, deadline = _tried(engine), time.monotonic() + within
    while time.monotonic() < deadline:
        now = dt.datetime.now(dt.UTC)
        with reading(engine) as connection:
            due = connection.scalars(
                select(func.count())
                .select_from(messages)
                .where(messages.c.state == State.QUEUED.value, messages.c.next_try <= now)
            ).one()
        if _tried(engine) >= before + more or not due:
            return
        time.sleep(0.005)


def _tried(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.scalars(select(func.sum(messages.c.tries))).one() or 0)


def _wait_until_none_waits(engine: Engine) -> None:
    deadline = time.monotonic() + _ENDS_WITHIN
    while sum(_states(engine).get(state, 0) for state in _WAITING):
        assert time.monotonic() < deadline, _states(engine)
        time.sleep(0.2)


def _states(engine: Engine) -> dict[str, int]:
    counted = select(messages.c.state, func.count()).group_by(messages.c.state)
    with reading(engine) as connection:
        return dict(map(tuple, connection.execute(counted)))


def _judged(engine: Engine, server: SmppServer, ids: dict[str, str]) -> str:
    """Holds what the server wrote down against what the outbox says."""
    arrived = Counter(one.octets.decode("utf-16-be") for one in server.received())
    with reading(engine) as connection:
        rows: dict[str, Any] = {row.id: row for row in connection.execute(select(messages))}
        was_uncertain = set(
            connection.scalars(select(events.c.message_id).where(events.c.kind == "uncertain"))
        )
    assert set(arrived) <= set(ids)
    known = (State.SENT, State.DELIVERED)
    for text, message_id in ids.items():
        state = rows[message_id].state
        assert state in (*known, State.UNCERTAIN), (message_id, state)  # none is lost
        assert arrived[text] <= 1, (message_id, state, arrived[text])  # none comes twice
        if state in known:
            assert arrived[text] == 1, (message_id, state)  # what was acknowledged has arrived
    states = Counter(row.state for row in rows.values())
    open_ones = [one for one in rows if rows[one].state == State.UNCERTAIN]
    found = sum(arrived[text] for text, one in ids.items() if one in open_ones)
    return (
        f"{sum(arrived.values())} arrived, none twice, none lost; "
        f"{len(was_uncertain)} were uncertain, of which receipts settled "
        f"{len(was_uncertain) - len(open_ones)} and {len(open_ones)} stayed so ({found} had arrived); "
        + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    )


@contextmanager
def _doomed(database: str, gateway: str) -> Iterator[Any]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.real.doomed_push_worker", database, gateway, str(LEASE)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout

        def go() -> int:
            orders.write("go\n")
            orders.flush()
            return int(answers.readline())

        def kill(pid: int) -> None:
            os.kill(pid, signal.SIGKILL)
            orders.write("end\n")
            orders.flush()
            assert int(answers.readline()) == signal.SIGKILL

        yield go, kill
        orders.close()
