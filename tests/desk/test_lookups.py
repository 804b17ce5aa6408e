from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, func, select

from api.desk.lookups import KEPT_FOR, OF_A_HALL, OWN, of_hall, own, record, sense_of
from api.desk.tables import lookups, writing
from api.desk.whose import Person
from corpora.migrations import reading

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def look(engine: Engine, staff: str, query: str, at: dt.datetime = NOW, hall: str = "h-1") -> bool:
    with writing(engine) as connection:
        return record(connection, Person(staff, hall), query, "", at)


def mine(engine: Engine, staff: str) -> list[str]:
    with reading(engine) as connection:
        return [one.query for one in own(connection, staff)]


def theirs(engine: Engine, hall: str = "h-1", now: dt.datetime = NOW) -> list[tuple[str, int]]:
    with reading(engine) as connection:
        return [(one.query, one.count) for one in of_hall(connection, hall, now)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("流量包怎么退", "流量包，怎么退？"),
        ("两块钱的流量包", "2元的流量包"),
        ("ＱＱ飞车", "qq 飞车"),
    ],
)
def test_two_ways_to_write_a_question_are_one(one: str, other: str) -> None:
    assert sense_of(one) == sense_of(other) != ""


def test_own_questions_are_the_newest_twenty_each_once(engine: Engine) -> None:
    for n in range(OWN + 5):
        look(engine, "s-1", f"{n}元套餐", NOW + n * MINUTE)
    look(engine, "s-1", "3元套餐！", NOW + 60 * MINUTE)
    look(engine, "s-1", "24元套餐", NOW + 61 * MINUTE, hall="h-2")
    found = mine(engine, "s-1")
    assert len(found) == OWN
    assert found[:3] == ["24元套餐", "3元套餐！", "23元套餐"]
    assert mine(engine, "s-2") == []


def test_one_person_does_not_fill_the_list_of_a_hall(engine: Engine) -> None:
    for n in range(5):
        look(engine, "s-1", "日包怎么开", NOW + n * MINUTE)
    assert theirs(engine) == []
    look(engine, "s-2", "日包怎么开？")
    assert theirs(engine) == [("日包怎么开", 2)]


def test_a_hall_counts_people_of_its_own_in_the_last_thirty_days(engine: Engine) -> None:
    for n in range(3):
        look(engine, f"s-{n}", "副卡")
        look(engine, f"s-{n}", "亲情网", NOW - n * 20 * DAY)
    look(engine, "s-8", "副卡", hall="h-2")
    look(engine, "s-9", "副卡", hall="")
    assert theirs(engine) == [("副卡", 3), ("亲情网", 2)]
    assert theirs(engine, "h-2") == []
    assert theirs(engine, "") == []


def test_a_hall_has_its_twenty_questions_that_most_people_asked(engine: Engine) -> None:
    for n in range(OF_A_HALL + 3):
        for person in range(2 + (n % 2)):
            look(engine, f"s-{person}", f"{n}元套餐", NOW + n * MINUTE)
    found = theirs(engine, now=NOW + DAY)
    assert len(found) == OF_A_HALL
    assert [count for _, count in found] == [3] * 11 + [2] * 9
    assert found[0][0] == "21元套餐"


def test_what_is_older_than_ninety_days_goes_with_the_next_look_up(engine: Engine) -> None:
    look(engine, "s-1", "旧问题", NOW - KEPT_FOR - MINUTE)
    look(engine, "s-2", "新问题", NOW)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(lookups)) == 1
    assert mine(engine, "s-1") == []


@pytest.mark.parametrize("query", ["", " ", "？！", "问" * 101, "\u200b"])
def test_what_is_no_short_question_is_not_kept(engine: Engine, query: str) -> None:
    assert look(engine, "s-1", query) is False
    assert mine(engine, "s-1") == []


def test_what_is_kept_is_masked(engine: Engine) -> None:
    look(engine, "s-1", "帮 138-0000-1234 查停机")
    assert mine(engine, "s-1") == ["帮 [手机号] 查停机"]
    with reading(engine) as connection:
        (row,) = connection.execute(select(lookups))
    assert "0000" not in str(row)
    assert "1234" not in str(row)
