"""Two workers, a database that is away, a gateway that says strange things: nothing is lost or doubled."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import Engine, select

from api.push.gateways.protocol import Fate, Outcome, Outgoing, Receipt, Reply, Sent
from api.push.outbox import Outbox, Tried
from api.push.records import decide
from api.push.reports import Reports
from api.push.tables import State, messages, refusals, replies, strays
from api.push.turn import writing
from corpora.migrations import StoreError, reading
from corpora.push_template import Purpose, PushChannel
from tests.push.outbox.builders import (
    HASHED,
    LEASE,
    NOON,
    NUMBER,
    POLICY,
    Clock,
    ToldGateway,
    make_draft,
    make_worker,
    put,
    row,
)

NOT_SENT = Sent(Outcome.NOT_SENT, problem="http:503")
TAKEN = Sent(Outcome.ACCEPTED, ("late",))


def reports(engine: Engine) -> Reports:
    return Reports(engine, POLICY, HASHED, "示例移动")


def tried(message_id: str, sent: Sent) -> Tried:
    return Tried(message_id, sent, "told:", idempotent=False)


class Relay:
    """A message that one worker began, that was given up and queued again, and that another began."""

    def __init__(self, engine: Engine, *, begun: bool) -> None:
        self.box = Outbox(engine, POLICY, lease=LEASE)
        self.id = put(engine, make_draft())
        self.box.claim("first", NOON, 9)
        assert self.box.step("first", NOON, None, self.id) is not None
        self.later = NOON + LEASE + dt.timedelta(seconds=1)
        assert self.box.recover(self.later) == 1
        decide(
            engine,
            self.id,
            resend=True,
            reason="客户没有收到",
            caller="tests",
            now=self.later,
            policy=POLICY,
        )
        if begun:
            self.box.claim("second", self.later, 9)
            assert self.box.step("second", self.later, None, self.id) is not None


def test_a_late_word_of_an_earlier_try_does_not_end_the_one_that_runs(engine: Engine) -> None:
    relay = Relay(engine, begun=True)
    relay.box.step("first", relay.later, tried(relay.id, NOT_SENT), None)
    assert row(engine, relay.id).state == State.SENDING
    assert relay.box.claim("third", relay.later + dt.timedelta(minutes=1), 9) == []
    relay.box.step("second", relay.later, tried(relay.id, TAKEN), None)
    assert row(engine, relay.id).state == State.SENT


@pytest.mark.parametrize("begun", [True, False])
def test_a_late_acknowledgement_is_believed_whoever_has_the_message(
    engine: Engine, begun: bool
) -> None:
    relay = Relay(engine, begun=begun)
    relay.box.step("first", relay.later, tried(relay.id, TAKEN), None)
    assert row(engine, relay.id).state == State.SENT
    assert relay.box.claim("third", relay.later, 9) == []
    relay.box.step("second", relay.later, tried(relay.id, NOT_SENT), None)
    assert row(engine, relay.id).state == State.SENT


def test_an_acknowledgement_waits_for_a_database_that_is_away(
    engine: Engine, gateway: ToldGateway, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = put(engine, make_draft())
    stop, away = threading.Event(), [StoreError("away")] * 2
    step = Outbox.step

    def failing(self: Outbox, *given: object) -> Outgoing | None:
        if given[2] is None:
            return step(self, *given)  # type: ignore[arg-type]
        if away:
            raise away.pop()
        stop.set()
        return step(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Outbox, "step", failing)
    make_worker(engine, gateway, clock).run(stop)
    assert (row(engine, message_id).state, away) == (State.SENT, [])
    assert len(gateway.taken) == 1


def test_a_gateway_that_is_slow_to_tell_does_not_hold_up_a_sweep(
    engine: Engine, clock: Clock
) -> None:
    class Slow(ToldGateway):
        asked = 0

        def query(self, message: Outgoing, gateway_ids: tuple[str, ...]) -> Fate | None:
            self.asked += 1
            clock.pass_by(seconds=6)
            return None

    slow = Slow([Sent(Outcome.UNCERTAIN)] * 3)
    for n in range(3):
        put(engine, make_draft(f"k{n}"))
    worker = make_worker(engine, slow, clock)
    worker.work()
    for asked in (1, 2, 3):  # each in its turn
        worker.sweep()
        assert slow.asked == asked
    with reading(engine) as connection:
        begun = select(messages.c.next_try).where(messages.c.next_try > NOON)
        assert len(connection.execute(begun).all()) == 3


def test_a_message_without_a_number_is_dead_instead_of_sent_to_nobody(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    from api.push.rows import change

    message_id = put(engine, make_draft())
    with writing(engine) as connection:
        change(connection, message_id, number=None)
    assert make_worker(engine, gateway, clock).work() == 0
    assert (row(engine, message_id).state, row(engine, message_id).problem) == (
        State.DEAD,
        "number_gone",
    )


def test_a_report_that_nobody_claimed_settles_nothing_later(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    assert reports(engine).take(Receipt(Fate.FAILED, NOON, gateway_id="17")) is None
    clock.pass_by(days=1, seconds=1)
    worker = make_worker(engine, gateway, clock)
    worker.sweep()
    with reading(engine) as connection:
        assert connection.execute(select(strays)).all() == []
    gateway.outcomes = [Sent(Outcome.ACCEPTED, ("17",))]
    message_id = put(engine, make_draft(), clock.at)
    worker.work()
    assert row(engine, message_id).state == State.SENT


def test_a_fallback_finds_its_place_whatever_keys_a_caller_uses(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    mms = make_draft(channel=PushChannel.MMS, package=b"mms", fallback="【示例移动】短的")
    message_id = put(engine, mms)
    put(engine, make_draft(f"fallback:{message_id}"), NOON + dt.timedelta(days=1))
    gateway.outcomes = [Sent(Outcome.REFUSED)]
    assert make_worker(engine, gateway, clock).work() == 2


def test_an_mms_that_comes_after_all_calls_its_sms_back(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    mms = make_draft(channel=PushChannel.MMS, package=b"mms", fallback="【示例移动】短的")
    message_id = put(engine, mms)
    worker = make_worker(engine, gateway, clock)
    worker.work()
    for fate in (Fate.FAILED, Fate.DELIVERED):
        reports(engine).take(Receipt(fate, NOON, gateway_id=f"{message_id}-0"))
    assert worker.work() == 0
    with reading(engine) as connection:
        found = connection.execute(select(messages.c.state, messages.c.problem)).all()
    assert sorted(map(tuple, found)) == [("delivered", ""), ("withdrawn", "mms_delivered")]


def test_a_record_names_the_gateway_also_where_a_receipt_was_faster(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    def report(message: Outgoing) -> None:
        reports(engine).take(Receipt(Fate.DELIVERED, NOON, message_id=message.id))

    gateway.while_sending = report
    message_id = put(engine, make_draft())
    make_worker(engine, gateway, clock).work()
    found = row(engine, message_id)
    assert (found.state, found.gateway, found.tries) == (State.DELIVERED, "told:", 1)


@pytest.mark.parametrize("number", ["10086", "", "075512345678"])
def test_words_from_what_is_no_mobile_number_are_taken_off_the_gateways_hands(
    engine: Engine, number: str
) -> None:
    assert reports(engine).take(Reply(number, "10086", "退订", NOON)) is None


def test_words_that_a_database_cannot_hold_are_kept_as_far_as_it_can(engine: Engine) -> None:
    source = "1" * 30
    strange = Reply(NUMBER, source, "\0退\0订\ud800", NOON, gateway_id="a\0b\ud800")
    reports(engine).take(strange)
    with reading(engine) as connection:
        (kept,) = connection.execute(select(replies)).all()
    assert (kept.text, kept.source) == ("退订?", source[:20])
    told = Receipt(Fate.FAILED, NOON, gateway_id="x" * 99, source="a\0", problem="p\0" * 99)
    assert reports(engine).take(told) is None


def test_a_gateways_name_used_again_hides_no_refusal(engine: Engine) -> None:
    for text in ("好的", "退订"):
        reports(engine).take(Reply(NUMBER, "10086", text, NOON, gateway_id="1"))
    with reading(engine) as connection:
        assert [one.kind for one in connection.execute(select(refusals))] == ["marketing"]


def test_a_message_that_a_person_sends_again_counts_where_it_goes(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [Sent(Outcome.UNCERTAIN)]
    offer = put(engine, make_draft(purpose=Purpose.MARKETING))
    make_worker(engine, gateway, clock).work()
    clock.pass_by(days=1)
    decide(
        engine, offer, resend=True, reason="客户要求", caller="tests", now=clock.at, policy=POLICY
    )
    assert row(engine, offer).planned_at == clock.at
