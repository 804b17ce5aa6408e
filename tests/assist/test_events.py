from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, func, select

from api.assist.events import (
    KEPT,
    SHOWN,
    EventKind,
    Happening,
    after,
    dialogue,
    is_written,
    last_code,
    last_number,
    latest,
    situation,
    write,
)
from api.assist.tables import events, writing
from corpora.migrations import open_database, reading

NOW = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of each kind in turn."""
    opened = open_database(database_url, create=True)
    yield opened
    opened.dispose()


def line(text: str, line_id: str = "") -> Happening:
    return Happening(EventKind.LINE, {"speaker": "customer", "text": text}, line_id)


def answer(code: str, *, answered: bool = True) -> Happening:
    item = {"codes": [{"system": "boss", "value": code}]}
    return Happening(EventKind.ANSWER, {"answer": {"answered": answered, "item": item}})


def put(engine: Engine, contact: str, *happenings: Happening, at: dt.datetime = NOW) -> list[int]:
    with writing(engine) as connection:
        return [event.number for event in write(connection, contact, happenings, at)]


def test_events_are_numbered_within_their_contact_and_read_in_order(engine: Engine) -> None:
    assert put(engine, "a", line("一"), line("二")) == [1, 2]
    assert put(engine, "b", line("别人")) == [1]
    assert put(engine, "a", line("三")) == [3]
    with reading(engine) as connection:
        found = after(connection, "a", 1)
        assert [(one.number, one.content["text"]) for one in found] == [(2, "二"), (3, "三")]
        assert found[0].at == NOW
        assert latest(connection, ["a", "b", "c"]) == {"a": 3, "b": 1}
        assert (last_number(connection, "a"), last_number(connection, "c")) == (3, 0)


def test_a_line_that_comes_again_is_written_once(engine: Engine) -> None:
    assert put(engine, "a", line("一", "17"), line("一又来", "17"), line("二", "18")) == [1, 2]
    assert put(engine, "a", line("一", "17"), line("三")) == [3]
    assert put(engine, "b", line("一", "17")) == [1]
    with reading(engine) as connection:
        assert dialogue(connection, "a") == ["一", "二", "三"]
        assert is_written(connection, "a", "18")
        assert not is_written(connection, "b", "18")


def test_a_panel_that_opens_late_gets_the_latest_events_only(engine: Engine) -> None:
    put(engine, "a", *(line(str(n)) for n in range(SHOWN + 5)))
    with reading(engine) as connection:
        found = after(connection, "a", 0)
    assert [one.number for one in found] == list(range(6, SHOWN + 6))


def test_what_was_said_is_gone_after_a_shift(engine: Engine) -> None:
    put(engine, "a", line("旧"))
    put(engine, "b", line("新"), at=NOW + KEPT)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar_one() == 2
    put(engine, "b", line("再新"), at=NOW + KEPT + dt.timedelta(seconds=1))
    with reading(engine) as connection:
        assert after(connection, "a", 0) == []
        assert [one.content["text"] for one in after(connection, "b", 0)] == ["新", "再新"]


def test_the_last_situation_and_the_last_answered_product_are_remembered(engine: Engine) -> None:
    put(engine, "a", Happening(EventKind.CONTEXT, {"region": "yj"}), answer("30010001"))
    put(engine, "a", Happening(EventKind.CONTEXT, {"region": "yj/yundu"}), answer("30010002"))
    with reading(engine) as connection:
        assert situation(connection, "a") == {"region": "yj/yundu"}
        assert last_code(connection, "a") == "30010002"
        assert situation(connection, "b") is None
        assert last_code(connection, "b") == ""
    put(engine, "a", answer("30010003", answered=False))
    with reading(engine) as connection:
        assert last_code(connection, "a") == ""
