"""Many at once, and many rows: caps hold between requests, and no step reads all that ever was sent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, event, func, select

from api.push import orders
from api.push.outbox import Outbox
from api.push.policy import Cap, Per
from api.push.records import order_list
from api.push.request import IdempotencyConflict, Request
from api.push.rules import Decline, Why
from api.push.sending import Accepted, Refused, Sending
from api.push.tables import declined, messages
from api.push.tables import orders as order_table
from api.push.turn import writing
from api.push.wanted import Kitchen, Ready, Wanted
from corpora.migrations import open_database, reading
from corpora.push_template import Purpose, PushChannel
from corpora.types import FieldError
from retriever.context import Customer
from retriever.errors import NotFound
from retriever.push import PushMessage
from tests.push.outbox.builders import (
    HASHED,
    LEASE,
    NOON,
    NUMBER,
    POLICY,
    Clock,
    ToldGateway,
    agree,
    make_draft,
    make_worker,
    put,
    row,
)

SIGNATURE = "示例移动"
OFFER = Ready(
    PushMessage(
        template_id="tpl-offer",
        channel=PushChannel.SMS,
        text="【示例移动】优惠",
        encoding="UCS-2",
        characters=8,
        segments=("【示例移动】优惠",),
        signature=SIGNATURE,
        unsubscribe="",
        byte_count=16,
        warnings=(),
        item_versions=(),
        approved=True,
    ),
    Purpose.MARKETING,
    None,
)

NOTICE = replace(OFFER, purpose=Purpose.NOTICE)


class OneDish:
    """A kitchen that makes one message, on the days on which it may."""

    def __init__(self, dish: Ready = OFFER) -> None:
        self.dish = dish
        self.days: list[dt.date] = []
        self.closed = False

    def on(self, day: dt.date) -> OneDish:
        self.days.append(day)
        return self

    def fitted(self, _: Customer, wanted: Wanted) -> tuple[Wanted, tuple[Decline, ...]]:
        return wanted, ()

    def made(self, _: Wanted) -> Ready:
        if self.closed:
            raise NotFound("nothing of the kind")
        return self.dish

    @property
    def kitchen(self) -> Kitchen:
        return cast(Kitchen, self)


def request(key: str, **changes: Any) -> Request:
    return replace(Request(key, NUMBER, Wanted("tpl-offer", PushChannel.SMS)), **changes)


def sending(engine: Engine) -> Sending:
    with writing(engine) as connection:
        agree(connection, make_draft(), None)
    return Sending(engine, POLICY, HASHED, SIGNATURE)


def test_of_requests_at_once_only_as_many_pass_as_a_cap_allows(engine: Engine) -> None:
    house, dish = sending(engine), OneDish()

    def ask(n: int) -> type[Any]:
        return type(house.send(dish.kitchen, request(f"k{n}"), "tests", NOON))

    with ThreadPoolExecutor(8) as pool:
        counted = Counter(pool.map(ask, range(16)))
    assert counted == {Accepted: 1, Refused: 15}


def test_of_requests_at_once_under_one_key_one_is_stored(engine: Engine) -> None:
    house, dish = sending(engine), OneDish()

    def ask(_: int) -> Any:
        return house.send(dish.kitchen, request("same"), "tests", NOON)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(16)))
    assert len({one.message_id for one in found}) == 1
    assert sum(not one.repeated for one in found) == 1
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(messages)) == 1


def test_one_key_of_several_callers_is_a_message_of_each(engine: Engine) -> None:
    house, dish = sending(engine), OneDish(NOTICE)

    def ask(n: int) -> Any:
        return house.send(dish.kitchen, request("same"), f"caller {n % 4}", NOON)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(16)))
    assert len({one.message_id for one in found}) == 4
    assert sum(not one.repeated for one in found) == 4


def test_of_messages_at_once_to_one_customer_each_has_a_number_of_its_own(engine: Engine) -> None:
    house, dish = sending(engine), OneDish(NOTICE)

    def ask(n: int) -> None:
        house.send(dish.kitchen, request(f"k{n}"), "tests", NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(24)))
    with reading(engine) as connection:
        sources = list(connection.scalars(select(messages.c.source)))
    assert sorted(sources) == [f"10086{n:02d}" for n in range(24)]


def test_a_request_that_no_database_can_hold_costs_no_other_that_comes_at_the_same_time(
    engine: Engine,
) -> None:
    house = sending(engine)
    broken = replace(NOTICE, message=replace(NOTICE.message, text="half a pair: \ud83d"))

    def ask(n: int) -> Any:
        dish = OneDish(broken if n % 5 == 0 else NOTICE)
        try:
            return house.send(dish.kitchen, request(f"k{n}"), "tests", NOON)
        except UnicodeEncodeError as error:
            return error

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(ask, range(20)))
    assert [isinstance(one, Accepted) for one in found] == [n % 5 != 0 for n in range(20)]
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(messages)) == 16


@pytest.mark.parametrize(
    ("caps", "count"), [((), 5), ((Cap(Purpose.NOTICE, Per.CUSTOMER, most=2, days=1),), 2)]
)
def test_notices_go_unless_the_policy_caps_them(
    engine: Engine, caps: tuple[Cap, ...], count: int
) -> None:
    house = Sending(engine, replace(POLICY, caps=caps), HASHED, SIGNATURE)
    asked = [request(f"k{n}") for n in range(4)]
    found = house.send_all(OneDish(NOTICE).kitchen, asked, "tests", NOON)
    found.append(house.send(OneDish(NOTICE).kitchen, request("last"), "tests", NOON))
    assert sum(isinstance(one, Accepted) for one in found) == count


def test_a_notice_of_a_campaign_counts_for_the_offer_behind_it(engine: Engine) -> None:
    house = sending(engine)
    house.send(OneDish(NOTICE).kitchen, request("a", campaign="spring", wave=1), "tests", NOON)
    second = request("b", campaign="spring", wave=1)
    found = house.send(OneDish().kitchen, second, "tests", NOON)
    assert isinstance(found, Refused)
    assert [one.code for one in found.declines] == [Why.WAVE_OUT_OF_ORDER]


def test_no_requests_are_no_transaction(engine: Engine) -> None:
    assert sending(engine).send_all(OneDish().kitchen, [], "tests", NOON) == []


def test_the_first_answer_comes_again_when_nothing_can_be_rendered_any_more(
    engine: Engine,
) -> None:
    house, dish = sending(engine), OneDish()
    first = house.send(dish.kitchen, request("k"), "tests", NOON)
    dish.closed = True
    again = house.send(dish.kitchen, request("k"), "tests", NOON + dt.timedelta(days=9))
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (again.message_id, again.repeated) == (first.message_id, True)
    with pytest.raises(IdempotencyConflict):
        house.send(dish.kitchen, request("k", campaign="other"), "tests", NOON)
    with pytest.raises(NotFound):
        house.send(dish.kitchen, request("new"), "tests", NOON)
    with pytest.raises(NotFound):
        house.send(dish.kitchen, request("k"), "another caller", NOON)


def test_a_batch_that_uses_a_key_for_two_bodies_stores_the_first(engine: Engine) -> None:
    pair = [request("k"), request("k", campaign="other")]
    first, second = sending(engine).send_all(OneDish().kitchen, pair, "tests", NOON)
    assert isinstance(first, Accepted)
    assert isinstance(second, IdempotencyConflict)


def test_no_number_can_be_guessed_from_what_tells_requests_apart(engine: Engine) -> None:
    asked = request("k")
    accepted = sending(engine).send(OneDish().kitchen, asked, "tests", NOON)
    assert isinstance(accepted, Accepted)
    kept = row(engine, accepted.message_id).request_digest
    assert kept == asked.digest(HASHED(NUMBER))
    assert kept != asked.digest(NUMBER)


def test_a_message_is_made_of_what_holds_on_its_day_and_not_planned_for_years(
    engine: Engine,
) -> None:
    house, dish = sending(engine), OneDish()
    later = NOON + dt.timedelta(days=40)
    house.send(dish.kitchen, request("k", at=later), "tests", NOON)
    house.send(dish.kitchen, request("past", at=NOON - dt.timedelta(days=9)), "tests", NOON)
    assert dish.days == [later.date(), NOON.date()]
    far = NOON + dt.timedelta(days=367)
    with pytest.raises(FieldError, match="366"):
        house.send(dish.kitchen, request("far", at=far), "tests", NOON)


def test_a_refused_request_that_comes_again_counts_once(engine: Engine) -> None:
    house, dish = Sending(engine, POLICY, HASHED, SIGNATURE), OneDish()
    for key in ("a", "a", "b"):
        assert isinstance(house.send(dish.kitchen, request(key), "tests", NOON), Refused)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(declined)) == 2


def test_orders_can_be_read_beyond_the_first_page(engine: Engine) -> None:
    one = {
        "number": NUMBER,
        "number_hash": HASHED(NUMBER),
        "number_masked": "138****1234",
        "item_id": "flow-10",
        "item_version": "2",
        "command": "KTLLB10",
        "message_id": "m",
        "confirmation_id": "c",
        "state": "ordered",
        "first_reply": "KTLLB10",
        "second_reply": "Y",
    }
    rows = [
        one | {"id": f"o{n:03d}", "asked_at": NOON - dt.timedelta(seconds=n // 7)}
        for n in range(150)
    ]
    with writing(engine) as connection:
        connection.execute(order_table.insert(), rows)
    first = order_list(engine, None)
    second = order_list(engine, None, before=first[-1].id)
    assert [found.id for found in (*first, *second)] == [made["id"] for made in rows]
    with pytest.raises(NotFound):
        order_list(engine, None, before="nobody")


def test_no_step_of_a_worker_reads_a_whole_table(
    tmp_path: Path, gateway: ToldGateway, clock: Clock
) -> None:
    # SQLite alone: a server plans by what is in its tables, and these are empty
    engine = open_database(f"sqlite:///{tmp_path / 'z.db'}", create=True)
    put(engine, make_draft())
    seen: list[tuple[str, Any]] = []

    def listen(*given: Any) -> None:
        seen.append((given[2], given[3]))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        worker = make_worker(engine, gateway, clock)
        worker.work()
        worker.sweep()
        Outbox(engine, POLICY, lease=LEASE).release("w1")
        with writing(engine) as connection:
            orders.expire(connection, NOON)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    plans = {}
    with reading(engine) as connection:
        for statement, parameters in seen:
            if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
                told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans[statement] = [line.detail for line in told]
    engine.dispose()
    assert len(plans) > 8
    strays = "DELETE FROM push_strays"  # a table of a day
    scans = {
        statement: plan
        for statement, plan in plans.items()
        if any(line.startswith("SCAN push_") for line in plan) and not statement.startswith(strays)
    }
    assert scans == {}
    (forgetting,) = [one for one in plans if one.startswith("UPDATE push_messages SET number=")]
    assert "ix_push_messages_kept" in plans[forgetting][0]
    (claiming,) = [one for one in plans if "priority = " in one]
    assert plans[claiming][0].endswith("(state=? AND priority=? AND next_try<?)")
