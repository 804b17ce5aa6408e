from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from api.desk.shift import AWAY, Shift, continued, note_seen, shift_of
from api.desk.tables import writing
from corpora.migrations import reading

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_a_first_visit_has_no_shift_before() -> None:
    assert continued(None, NINE) == Shift(NINE, NINE, None)


def test_a_break_is_no_new_shift() -> None:
    lunch = continued(continued(None, NINE), NINE + AWAY - dt.timedelta(seconds=1))
    assert (lunch.began_at, lunch.previous_seen_at) == (NINE, None)


def test_after_four_hours_a_shift_begins_and_the_last_one_is_remembered_throughout() -> None:
    evening = continued(continued(None, NINE), NINE + 3 * HOUR)
    morning = continued(evening, NINE + 24 * HOUR)
    assert morning == Shift(NINE + 24 * HOUR, NINE + 24 * HOUR, NINE + 3 * HOUR)
    assert continued(morning, NINE + 26 * HOUR).previous_seen_at == NINE + 3 * HOUR


def test_a_clock_that_went_back_moves_nothing() -> None:
    before = continued(None, NINE)
    assert continued(before, NINE - HOUR) == before


@given(st.lists(st.timedeltas(dt.timedelta(0), dt.timedelta(hours=12)), max_size=20))
def test_a_shift_begins_after_the_one_before_ended(steps: list[dt.timedelta]) -> None:
    now, shift = NINE, continued(None, NINE)
    for step in steps:
        now += step
        shift = continued(shift, now)
        assert shift.seen_at == now
        assert shift.began_at <= now
        if shift.previous_seen_at is not None:
            assert shift.began_at - shift.previous_seen_at >= AWAY


def test_shifts_are_kept_and_a_look_within_a_minute_is_no_write(engine: Engine) -> None:
    def seen(at: dt.datetime) -> Shift:
        with writing(engine) as connection:
            return note_seen(connection, "s-1", at)

    def kept() -> Shift | None:
        with reading(engine) as connection:
            return shift_of(connection, "s-1")

    assert kept() is None
    seen(NINE)
    assert kept() == Shift(NINE, NINE, None)
    seen(NINE + dt.timedelta(seconds=59))
    assert kept() == Shift(NINE, NINE, None)
    seen(NINE + dt.timedelta(seconds=60))
    seen(NINE + 12 * HOUR)
    assert kept() == Shift(NINE + 12 * HOUR, NINE + 12 * HOUR, NINE + dt.timedelta(seconds=60))
