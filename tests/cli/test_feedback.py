"""``zhiku feedback list``: a table for people, JSON for machines, nothing where nothing was said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from api.desk.feedback import FeedbackKind, Said, take
from api.desk.tables import writing
from api.desk.whose import Person
from corpora.migrations import open_database
from tests.cli.commands import Place

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    engine = open_database(f"sqlite:///{made.store}", create=True)
    with writing(engine) as connection:
        for n, kind in enumerate(FeedbackKind):
            said = Said(kind, f"{n}元套餐", "pack-day5", text="客户号码13800001234")
            person = Person(f"s-{n}", "h-1")
            take(connection, said, person, "ab12cd34", "20260301-abc", NOON + n * dt.timedelta(1))
    engine.dispose()
    return made


def test_feedback_is_listed_newest_first_and_chosen_by_day_and_kind(place: Place) -> None:
    told = place.zhiku("feedback", "list", "--json").json["feedback"]
    assert [one["kind"] for one in told] == ["suggestion", "outdated", "missing", "wrong"]
    assert told[0]["text"] == "客户号码[手机号]"
    assert (told[0]["staff"], told[0]["item_id"]) == ("s-3", "pack-day5")
    late = place.zhiku("feedback", "list", "--since", "2026-03-04", "--json").json["feedback"]
    assert [one["kind"] for one in late] == ["suggestion", "outdated"]
    only = place.zhiku("feedback", "list", "--kind", "wrong", "--kind", "missing", "--json").json
    assert [one["kind"] for one in only["feedback"]] == ["missing", "wrong"]
    one = place.zhiku("feedback", "list", "--limit", "1", "--json").json["feedback"]
    assert one == told[:1]


def test_a_list_for_people_names_kind_item_and_words(place: Place) -> None:
    shown = place.zhiku("feedback", "list", COLUMNS="160").out
    assert "过时了" in shown
    assert "pack-day5" in shown
    assert "[手机号]" in shown
    assert "s-3/h-1" in shown


def test_where_nothing_was_ever_kept_nothing_is_made(tmp_path: Path) -> None:
    place = Place(tmp_path)
    ran = place.zhiku("feedback", "list")
    assert (ran.status, ran.out) == (0, "")
    assert "没有反馈" in ran.err
    assert not place.store.exists()


def test_a_kind_that_there_is_not_is_refused(place: Place) -> None:
    assert place.zhiku("feedback", "list", "--kind", "angry").refused("angry")
