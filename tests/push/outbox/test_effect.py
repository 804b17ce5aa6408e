"""What came of messages, by campaign and template."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine

from api.push.effect import Effect, effects, expected_calls, record_call
from api.push.gateways.protocol import Fate, Outcome, Receipt, Reply, Sent
from api.push.reports import Reports
from api.push.turn import writing
from corpora.migrations import reading
from corpora.push_template import Purpose
from tests.push.outbox.builders import (
    HASHED,
    NOON,
    POLICY,
    Clock,
    ToldGateway,
    make_draft,
    make_worker,
    put,
)


def number(n: int) -> str:
    return f"1380000{n:04d}"


def found(engine: Engine, **filters: str) -> list[Effect]:
    day = dt.timedelta(days=1)
    with reading(engine) as connection:
        return effects(connection, NOON - day, NOON + day, **filters)


def test_each_message_counts_once_for_what_became_of_it(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [
        *[Sent(Outcome.ACCEPTED, (f"g{n}",)) for n in range(5)],
        Sent(Outcome.REFUSED, problem="x"),
        Sent(Outcome.UNCERTAIN),
        Sent(Outcome.NOT_SENT),
    ]
    for n in range(8):
        draft = make_draft(f"k{n}", number(n), purpose=Purpose.MARKETING, campaign="spring")
        put(engine, draft, NOON + dt.timedelta(microseconds=n))
    put(engine, make_draft("other", number(9)))
    clock.pass_by(seconds=1)
    make_worker(engine, gateway, clock).work()
    reports = Reports(engine, POLICY, HASHED, "示例移动")
    reports.take(Receipt(Fate.DELIVERED, NOON, gateway_id="g1"))
    reports.take(Receipt(Fate.FAILED, NOON, gateway_id="g2"))
    reports.take(Receipt(Fate.REFUSED, NOON, gateway_id="g3"))
    source = gateway.taken[1].source
    for text in ("好", "谢谢", "退订"):
        clock.pass_by(seconds=1)
        reports.take(Reply(gateway.taken[1].number, source, text, clock.at))
    notices, marketing = found(engine)
    assert (notices.campaign, notices.template_id, notices.accepted) == ("", "tpl-notice", 1)
    assert marketing.campaign == "spring"
    # the notice went first and took an acknowledgement; the last message got one without being told
    assert (marketing.accepted, marketing.sent, marketing.waiting) == (8, 5, 1)
    assert (marketing.delivered, marketing.failed, marketing.refused) == (1, 2, 1)
    assert marketing.uncertain == 1
    assert (marketing.replied, marketing.opted_out) == (1, 1)


def test_a_call_counts_for_the_newest_message_of_the_last_days(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    put(engine, make_draft("a", number(1), template_id="tpl-a"))
    worker = make_worker(engine, gateway, clock)
    worker.work()
    clock.pass_by(hours=1)
    newest = put(engine, make_draft("b", number(1), template_id="tpl-b"), clock.at)
    worker.work()
    with writing(engine) as connection:
        later = clock.at + dt.timedelta(hours=2)
        assert record_call(connection, HASHED(number(1)), later, POLICY) == newest
        assert record_call(connection, HASHED(number(1)), later, POLICY) == newest
        assert record_call(connection, HASHED(number(2)), later, POLICY) is None
        too_late = clock.at + POLICY.call_within + dt.timedelta(seconds=1)
        assert record_call(connection, HASHED(number(1)), too_late, POLICY) is None
    assert [one.called for one in found(engine)] == [0, 1]
    assert [one.template_id for one in found(engine, template_id="tpl-b")] == ["tpl-b"]
    assert found(engine, campaign="none") == []


def test_expected_calls_follow_what_was_seen_and_say_nothing_of_what_was_not() -> None:
    seen = [
        Effect("a", "tpl-1", sent=60, called=3),
        Effect("b", "tpl-1", sent=40, called=2),
        Effect("b", "tpl-2", sent=29, called=9),
    ]
    assert expected_calls(seen, {"tpl-1": 1000}) == 50.0
    assert expected_calls(seen, {"tpl-1": 10, "tpl-2": 10}) is None
    assert expected_calls([], {"tpl-1": 1}) is None
