"""Panels wait without working, hear everything once, and are forgotten when they close."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.assist.events import EventKind, Happening, write
from api.assist.streams import Streams
from api.assist.tables import writing
from corpora.migrations import open_database

NOW = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
PATIENCE = 20.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(f"sqlite:///{tmp_path / 'store.db'}", create=True)
    yield opened
    opened.dispose()


def put(engine: Engine, contact: str, text: str) -> int:
    happening = Happening(EventKind.LINE, {"speaker": "customer", "text": text})
    with writing(engine) as connection:
        return write(connection, contact, [happening], NOW)[-1].number


class Counted:
    """The database, and how often it was asked for."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.asked = 0

    def __call__(self) -> Engine:
        self.asked += 1
        return self.engine


async def texts(stream: AsyncIterator[bytes], count: int) -> list[str]:
    found: list[str] = []
    async with asyncio.timeout(PATIENCE):
        async for sent in stream:
            if b"event: line" in sent:
                found.append(sent.decode().split('"text":"')[1].split('"')[0])
            if len(found) == count:
                break
    return found


def test_what_happens_is_heard_once_and_in_order(engine: Engine) -> None:
    async def listen() -> list[str]:
        streams = Streams(lambda: engine)
        put(engine, "a", "一")
        stream = streams.events("a", 0)
        heard = await texts(stream, 1)
        for text in ("二", "三"):
            await streams.woken("a", put(engine, "a", text))
        heard += await texts(stream, 2)
        put(engine, "a", "四")  # by another process: nobody wakes the panel
        heard += await texts(stream, 1)
        await streams.close()
        return heard

    assert asyncio.run(listen()) == ["一", "二", "三", "四"]


def test_a_contact_that_begins_again_is_heard_by_a_panel_that_knew_it(engine: Engine) -> None:
    async def listen() -> list[str]:
        streams = Streams(lambda: engine)
        stream = streams.events("a", 50)  # what it knew is gone since
        waiting = asyncio.create_task(texts(stream, 1))
        await asyncio.sleep(0.1)
        await streams.woken("a", put(engine, "a", "新的通话"))
        heard = await waiting
        await streams.close()
        return heard

    assert asyncio.run(listen()) == ["新的通话"]


def test_a_panel_whose_events_are_gone_waits_instead_of_asking(engine: Engine) -> None:
    async def listen() -> tuple[int, int]:
        database = Counted(engine)
        streams = Streams(database)
        stream = streams.events("a", 0)
        waiting = asyncio.create_task(texts(stream, 1))
        await asyncio.sleep(0.1)
        await streams.woken("a", 50)  # of an event that was deleted meanwhile
        before = database.asked
        await asyncio.sleep(1.0)
        asked = database.asked - before
        await streams.woken("a", put(engine, "a", "在吗"))
        await waiting
        await streams.woken("b", 7)  # nobody listens
        await streams.close()
        await stream.aclose()  # type: ignore[attr-defined]
        return asked, len(streams._numbers)

    asked, remembered = asyncio.run(listen())
    assert asked < 20  # some looks for what other processes wrote, and one reading
    assert remembered == 0
