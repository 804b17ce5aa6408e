from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from api.desk import acknowledgements as ack
from api.desk.feedback import Feedback, FeedbackKind, Said, listed, take
from api.desk.paging import UnknownPage
from api.desk.tables import writing
from api.desk.whose import Person
from corpora.migrations import reading
from corpora.types import SubLibrary
from tests.builders import make_held, make_item

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
PERSON = Person("s-1", "h-1")
WRONG = Said(FeedbackKind.WRONG, "日包多少钱", "pack-day5")


def say(
    engine: Engine,
    said: Said = WRONG,
    at: dt.datetime = NOW,
    person: Person = PERSON,
    caller: str = "ab12cd34",
) -> tuple[Feedback, bool]:
    with writing(engine) as connection:
        return take(connection, said, person, caller, "20260301-abc", at)


def heard(engine: Engine, **asked: object) -> list[Feedback]:
    with reading(engine) as connection:
        return list(listed(connection, **({"limit": 200} | asked)).rows)  # type: ignore[arg-type]


def test_feedback_comes_back_as_it_was_said(engine: Engine) -> None:
    held = make_held(make_item("pack-day5", sub_library=SubLibrary.TIPS), version=7)
    kept, is_new = say(engine, replace(WRONG, held=held, text="贵了"))
    assert is_new
    assert (kept.item_version, kept.sub_library) == (7, "tips")
    assert heard(engine) == [kept]
    assert heard(engine, library=SubLibrary.BUSINESS) == []
    assert heard(engine, library=SubLibrary.TIPS) == [kept]


def test_the_same_within_a_minute_is_the_same_and_later_it_is_not(engine: Engine) -> None:
    first, _ = say(engine)
    again, is_new = say(engine, at=NOW + 59 * SECOND)
    assert (again, is_new) == (first, False)
    later, is_new = say(engine, at=NOW + 60 * SECOND)
    assert is_new
    assert later.id != first.id


@pytest.mark.parametrize(
    "other",
    [
        replace(WRONG, kind=FeedbackKind.MISSING),
        replace(WRONG, query="日包怎么开"),
        replace(WRONG, item_id="pack-month10"),
        replace(WRONG, text="还有一句"),
    ],
)
def test_something_else_is_never_taken_for_a_second_click(engine: Engine, other: Said) -> None:
    say(engine)
    assert say(engine, other)[1]


def test_two_people_say_the_same_twice(engine: Engine) -> None:
    say(engine)
    assert say(engine, person=Person("s-2", "h-1"))[1]
    assert say(engine, person=Person("", ""), caller="one")[1]
    assert say(engine, person=Person("", ""), caller="two")[1]


@pytest.mark.real
def test_two_clicks_at_once_are_one(engine: Engine) -> None:
    together = threading.Barrier(4)

    def click(_: int) -> tuple[Feedback, bool]:
        together.wait()
        return say(engine)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(click, range(4)))
    assert len({kept.id for kept, _ in said}) == 1
    assert sorted(is_new for _, is_new in said) == [False, False, False, True]


def test_pages_are_stable_also_among_those_of_one_moment(engine: Engine) -> None:
    for n in range(7):
        say(engine, replace(WRONG, text=str(n)), NOW + (n // 3) * SECOND)
    whole = [one.id for one in heard(engine)]
    walked: list[str] = []
    after = ""
    while True:
        with reading(engine) as connection:
            page = listed(connection, limit=2, after=after)
        walked += [one.id for one in page.rows]
        say(engine, replace(WRONG, text=f"later {len(walked)}"), NOW + 60 * SECOND)
        if not (after := page.next):
            break
    assert walked == whole
    with reading(engine) as connection, pytest.raises(UnknownPage):
        listed(connection, limit=2, after="0" * 16)


def test_feedback_is_chosen_by_moment_and_kind(engine: Engine) -> None:
    for n, kind in enumerate(FeedbackKind):
        say(engine, Said(kind, text="x"), NOW + n * SECOND)
    last = [FeedbackKind.SUGGESTION, FeedbackKind.OUTDATED]
    assert [one.kind for one in heard(engine, since=NOW + 2 * SECOND)] == last
    assert [one.kind for one in heard(engine, kinds=[FeedbackKind.MISSING])] == [
        FeedbackKind.MISSING
    ]
    assert [one.kind.label for one in heard(engine)] == ["建议", "过时了", "没说全", "不对"]


def test_an_acknowledgement_comes_back_as_it_was_given(engine: Engine) -> None:
    warned = (ack.Warned("pack-day5", 3, "tip-no-refund", 2), ack.Warned("tip-plan", 1))
    told = ack.Told("SL1", "CPBG", ("30010002",), warned, ack.Decision.TURNED_BACK)
    with writing(engine) as connection:
        kept = ack.record(connection, told, PERSON, "ab12cd34", "20260301-abc", NOW)
        other = ack.record(
            connection, replace(told, order="SL2"), PERSON, "ab12cd34", "20260301-abc", NOW + SECOND
        )
    with reading(engine) as connection:
        assert ack.listed(connection, order="SL1", limit=5).rows == (kept,)
        assert ack.listed(connection, limit=5).rows == (other, kept)
        assert ack.listed(connection, since=NOW + SECOND, limit=5).rows == (other,)
        page = ack.listed(connection, limit=1)
        assert page.next == other.id
        assert ack.listed(connection, limit=1, after=page.next).rows == (kept,)
