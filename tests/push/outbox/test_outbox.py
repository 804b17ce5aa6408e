"""Stored before it is acknowledged, sent once, and never forgotten."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select

from api.push.gateways.protocol import Fate, Outcome, Outgoing, Receipt, Sent
from api.push.ledger import Evidence, Person, refuse
from api.push.number import masked
from api.push.reports import Reports
from api.push.rules import Refused
from api.push.tables import FINAL, State, events, messages
from api.push.turn import writing
from api.push.worker import Worker
from corpora.migrations import reading
from corpora.push_template import Purpose, PushChannel
from retriever.push import split_sms
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
    states,
)

NOT_SENT = Sent(Outcome.NOT_SENT, problem="http:503", detail="网关忙")
UNCERTAIN = Sent(Outcome.UNCERTAIN, problem="timeout", detail="没有回音")
REFUSED = Sent(Outcome.REFUSED, problem="smpp:0x0000000b", detail="号码无效")
PERSON = Person(HASHED(NUMBER), masked(NUMBER))


def reports(engine: Engine) -> Reports:
    return Reports(engine, POLICY, HASHED, "示例移动")


def history(engine: Engine, message_id: str) -> list[str]:
    with reading(engine) as connection:
        kinds = select(events.c.kind).where(events.c.message_id == message_id)
        return list(connection.scalars(kinds.order_by(events.c.id)))


def test_what_was_stored_is_sent_exactly_so(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    draft = make_draft(text="【示例移动】" + "长" * 80)
    message_id = put(engine, draft)
    assert make_worker(engine, gateway, clock).work() == 1
    (taken,) = gateway.taken
    assert (taken.id, taken.number, taken.text) == (message_id, NUMBER, draft.text)
    assert taken.source == "1008600"
    assert [piece.body for piece in taken.wire] == [
        segment.encode("utf-16-be") for segment in split_sms(draft.text).segments
    ]
    assert row(engine, message_id).state == State.SENT
    assert history(engine, message_id) == ["accepted", "accepted"]


def test_messages_to_one_number_have_their_own_extension_and_reference(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    long = "【示例移动】" + "长" * 80
    for n in range(3):
        put(engine, make_draft(f"k{n}", text=long))
    put(engine, make_draft("other", "13900001234"))
    make_worker(engine, gateway, clock).work()
    mine = [taken for taken in gateway.taken if taken.number == NUMBER]
    assert sorted(taken.source for taken in mine) == ["1008600", "1008601", "1008602"]
    assert len({taken.wire[0].header for taken in mine}) == 3


def test_notices_go_first_then_the_older(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    offer = put(engine, make_draft("a", purpose=Purpose.MARKETING), NOON - dt.timedelta(hours=2))
    later = put(engine, make_draft("b"))
    earlier = put(engine, make_draft("c"), NOON - dt.timedelta(hours=1))
    make_worker(engine, gateway, clock).work()
    assert [taken.id for taken in gateway.taken] == [earlier, later, offer]


def test_what_is_planned_for_later_waits(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    put(engine, make_draft(), NOON + dt.timedelta(hours=1))
    worker = make_worker(engine, gateway, clock)
    assert worker.work() == 0
    clock.pass_by(hours=1)
    assert worker.work() == 1


def test_what_was_certainly_not_sent_is_tried_again_after_a_while(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [NOT_SENT, NOT_SENT]
    message_id = put(engine, make_draft())
    worker = make_worker(engine, gateway, clock)
    assert worker.work() == 1
    assert worker.work() == 0
    clock.pass_by(seconds=5)
    assert worker.work() == 1
    clock.pass_by(seconds=9)
    assert worker.work() == 0
    clock.pass_by(seconds=1)
    assert worker.work() == 1
    assert row(engine, message_id).state == State.SENT
    assert len({taken.id for taken in gateway.taken}) == 1


def test_what_was_tried_too_often_comes_onto_the_dead_letter_list_with_its_number(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [NOT_SENT] * POLICY.tries
    message_id = put(engine, make_draft())
    worker = make_worker(engine, gateway, clock)
    for _ in range(POLICY.tries + 2):
        worker.work()
        clock.pass_by(minutes=15)
    found = row(engine, message_id)
    assert (found.state, found.tries, found.problem) == (State.DEAD, POLICY.tries, "http:503")
    assert found.number == NUMBER
    assert len(gateway.taken) == POLICY.tries


def test_what_was_not_sent_in_its_time_is_dead(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    message_id = put(engine, make_draft())
    clock.at += POLICY.lifetime[Purpose.NOTICE]
    make_worker(engine, gateway, clock).work()
    assert (row(engine, message_id).state, gateway.taken) == (State.DEAD, [])


def test_what_the_gateway_refuses_has_failed_and_its_number_is_gone(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [REFUSED]
    message_id = put(engine, make_draft())
    make_worker(engine, gateway, clock).work()
    found = row(engine, message_id)
    assert (found.state, found.problem, found.number) == (State.FAILED, "smpp:0x0000000b", None)
    assert (found.number_masked, found.number_hash) == ("138****1234", HASHED(NUMBER))


def test_nobody_sends_again_what_may_have_left(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [UNCERTAIN]
    message_id = put(engine, make_draft())
    worker = make_worker(engine, gateway, clock)
    worker.work()
    for _ in range(5):
        clock.pass_by(hours=1)
        worker.work()
        worker.sweep()
    assert row(engine, message_id).state == State.UNCERTAIN
    assert len(gateway.taken) == 1


def test_a_gateway_that_takes_a_message_once_gets_it_again_but_never_marketing(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.idempotent = True
    gateway.outcomes = [UNCERTAIN, UNCERTAIN]
    notice = put(engine, make_draft("a"))
    offer = put(engine, make_draft("b", purpose=Purpose.MARKETING))
    worker = make_worker(engine, gateway, clock)
    worker.work()
    clock.pass_by(minutes=1)
    worker.work()
    assert states(engine, [notice, offer]) == [State.SENT, State.UNCERTAIN]


def test_what_a_worker_was_sending_when_it_died_is_uncertain_and_the_rest_goes_out(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    ids = [put(engine, make_draft(f"k{n}")) for n in range(3)]

    class Killed(BaseException):
        pass

    def die(_: Outgoing) -> None:
        raise Killed

    gateway.while_sending = die
    with pytest.raises(Killed):
        make_worker(engine, gateway, clock).work()
    gateway.while_sending = lambda _: None
    (first,) = [taken.id for taken in gateway.taken]
    assert sorted(states(engine, ids)) == [State.CLAIMED, State.CLAIMED, State.SENDING]
    second = make_worker(engine, gateway, clock, "w2")
    assert second.sweep().uncertain == 0  # its lease still runs
    clock.at += LEASE + dt.timedelta(seconds=1)
    assert second.sweep().uncertain == 1
    assert second.work() == 2
    others = [one for one in ids if one != first]
    assert row(engine, first).state == State.UNCERTAIN
    assert states(engine, others) == [State.SENT, State.SENT]
    assert [taken.id for taken in gateway.taken].count(first) == 1


def test_a_worker_that_was_too_slow_sends_nothing_that_another_took_over(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    put(engine, make_draft("a"))
    put(engine, make_draft("b"))
    other = ToldGateway()

    def dawdle(_: Outgoing) -> None:
        gateway.while_sending = lambda _: None
        clock.at += LEASE + dt.timedelta(seconds=1)
        second = make_worker(engine, other, clock, "w2")
        second.sweep()
        second.work()

    gateway.while_sending = dawdle
    make_worker(engine, gateway, clock).work()
    sent = [taken.id for taken in (*gateway.taken, *other.taken)]
    assert len(sent) == len(set(sent)) == 2


def test_an_acknowledgement_that_comes_late_is_believed(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    message_id = put(engine, make_draft())

    def be_given_up(_: Outgoing) -> None:
        clock.at += LEASE + dt.timedelta(seconds=1)
        make_worker(engine, ToldGateway(), clock, "w2").sweep()
        assert row(engine, message_id).state == State.UNCERTAIN

    gateway.while_sending = be_given_up
    make_worker(engine, gateway, clock).work()
    assert row(engine, message_id).state == State.SENT


@pytest.mark.parametrize("kind", [Refused.MARKETING, Refused.ALL])
def test_a_refusal_after_it_was_stored_withdraws_marketing(
    engine: Engine, gateway: ToldGateway, clock: Clock, kind: Refused
) -> None:
    offer = put(engine, make_draft("a", purpose=Purpose.MARKETING))
    notice = put(engine, make_draft("b"))
    with writing(engine) as connection:
        refuse(connection, PERSON, "示例移动", kind, Evidence("电话", "10086", NOON))
    make_worker(engine, gateway, clock).work()
    assert states(engine, [offer, notice]) == [State.WITHDRAWN, State.SENT]
    assert row(engine, offer).number is None


def test_marketing_that_comes_due_at_night_waits_for_the_morning(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    night = NOON.replace(hour=22, minute=30)
    offer = put(engine, make_draft(purpose=Purpose.MARKETING), night)
    clock.at = night
    worker = make_worker(engine, gateway, clock)
    assert worker.work() == 0
    assert row(engine, offer).next_try == dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    clock.pass_by(hours=9, minutes=30)
    assert worker.work() == 1


def test_a_receipt_delivers_and_the_number_is_forgotten(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    message_id = put(engine, make_draft())
    make_worker(engine, gateway, clock).work()
    receipt = Receipt(Fate.DELIVERED, NOON, gateway_id=f"{message_id}-0")
    for _ in range(2):
        assert reports(engine).take(receipt) == message_id
    found = row(engine, message_id)
    assert (found.state, found.number) == (State.DELIVERED, None)
    assert history(engine, message_id) == ["accepted", "accepted", "delivered"]


def test_a_long_message_is_delivered_when_its_last_piece_is(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    message_id = put(engine, make_draft(text="【示例移动】" + "长" * 80))
    make_worker(engine, gateway, clock).work()
    taken = reports(engine)
    taken.take(Receipt(Fate.DELIVERED, NOON, gateway_id=f"{message_id}-1"))
    taken.take(Receipt(Fate.DELIVERED, NOON, gateway_id=f"{message_id}-1"))
    assert row(engine, message_id).state == State.SENT
    taken.take(Receipt(Fate.DELIVERED, NOON, gateway_id=f"{message_id}-0"))
    assert row(engine, message_id).state == State.DELIVERED


def test_a_receipt_may_be_faster_than_the_acknowledgement(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    message_id = put(engine, make_draft())

    def report(message: Outgoing) -> None:
        told = Receipt(Fate.DELIVERED, NOON, gateway_id=f"{message.id}-0")
        assert reports(engine).take(told) is None  # nobody knows this name yet
        assert reports(engine).take(told) is None

    gateway.while_sending = report
    make_worker(engine, gateway, clock).work()
    assert row(engine, message_id).state == State.DELIVERED


def test_a_receipt_without_a_known_name_is_tied_by_the_two_numbers(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [UNCERTAIN]
    message_id = put(engine, make_draft())
    make_worker(engine, gateway, clock).work()
    receipt = Receipt(
        Fate.DELIVERED, NOON, gateway_id="never-heard", number=NUMBER, source="1008600"
    )
    assert reports(engine).take(receipt) == message_id
    assert row(engine, message_id).state == State.DELIVERED


def test_a_receipt_with_our_id_settles_what_was_uncertain(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [UNCERTAIN]
    message_id = put(engine, make_draft())
    make_worker(engine, gateway, clock).work()
    told = reports(engine)
    assert told.take(Receipt(Fate.ON_ITS_WAY, NOON, message_id=message_id)) == message_id
    assert row(engine, message_id).state == State.SENT
    told.take(Receipt(Fate.FAILED, NOON, message_id=message_id, problem="UNDELIV"))
    assert (row(engine, message_id).state, row(engine, message_id).problem) == (
        State.FAILED,
        "UNDELIV",
    )


@pytest.mark.parametrize(
    ("fate", "state"),
    [
        (Fate.ON_ITS_WAY, State.SENT),
        (Fate.DELIVERED, State.DELIVERED),
        (Fate.FAILED, State.FAILED),
        (Fate.REFUSED, State.REFUSED),
        (None, State.UNCERTAIN),
    ],
)
def test_a_query_settles_what_was_uncertain(
    engine: Engine, gateway: ToldGateway, clock: Clock, fate: Fate | None, state: State
) -> None:
    gateway.outcomes = [UNCERTAIN]
    message_id = put(engine, make_draft())
    worker = make_worker(engine, gateway, clock)
    worker.work()
    if fate:
        gateway.fates[message_id] = fate
    assert worker.sweep().resolved == (fate is not None)
    assert row(engine, message_id).state == state


@pytest.mark.parametrize(
    ("purpose", "state"), [(Purpose.NOTICE, State.QUEUED), (Purpose.MARKETING, State.DEAD)]
)
def test_what_the_gateway_never_took_goes_again_unless_it_is_marketing(
    engine: Engine, gateway: ToldGateway, clock: Clock, purpose: Purpose, state: State
) -> None:
    gateway.outcomes = [UNCERTAIN]
    message_id = put(engine, make_draft(purpose=purpose))
    worker = make_worker(engine, gateway, clock)
    worker.work()
    gateway.fates[message_id] = Fate.UNKNOWN
    worker.sweep()
    assert row(engine, message_id).state == state


@pytest.mark.parametrize("how", ["refused", "receipt"])
def test_an_mms_that_does_not_arrive_is_followed_by_its_sms(
    engine: Engine, gateway: ToldGateway, clock: Clock, how: str
) -> None:
    draft = make_draft(
        channel=PushChannel.MMS, package=b"mms", fallback="【示例移动】短的", text="长的"
    )
    message_id = put(engine, draft)
    worker = make_worker(engine, gateway, clock)
    if how == "refused":
        gateway.outcomes = [REFUSED]
        worker.work()
    else:
        worker.work()
        failed = Receipt(Fate.FAILED, NOON, gateway_id=f"{message_id}-0")
        reports(engine).take(failed)
        worker.work()
    mms, sms = gateway.taken
    assert (mms.package, mms.wire) == (b"mms", ())
    assert (sms.channel, sms.text, sms.number) == (PushChannel.SMS, "【示例移动】短的", NUMBER)
    with reading(engine) as connection:
        follows = select(messages.c.id).where(messages.c.fallback_of == message_id)
        assert list(connection.scalars(follows)) == [sms.id]


def test_numbers_are_forgotten_three_days_after_they_could_be_needed(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [Sent(Outcome.ACCEPTED, ("a",)), UNCERTAIN, REFUSED]
    ids = [put(engine, make_draft(f"k{n}")) for n in range(3)]
    worker = make_worker(engine, gateway, clock)
    worker.work()
    worker.sweep()
    assert sum(row(engine, one).number is not None for one in ids) == 2
    clock.pass_by(days=3, seconds=1)
    worker.sweep()
    assert all(row(engine, one).number is None for one in ids)


def test_a_stopped_worker_gives_back_what_it_did_not_try(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    import threading

    ids = [put(engine, make_draft(f"k{n}")) for n in range(3)]
    stop = threading.Event()
    gateway.while_sending = lambda _: stop.set()
    make_worker(engine, gateway, clock).run(stop)
    assert sorted(states(engine, ids)) == [State.QUEUED, State.QUEUED, State.SENT]
    assert len(gateway.taken) == 1


def test_two_workers_share_the_queue_without_sending_anything_twice(
    engine: Engine, clock: Clock
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ids = [put(engine, make_draft(f"k{n}", f"1380000{n:04d}")) for n in range(60)]
    gateways = [ToldGateway(), ToldGateway()]
    workers = [make_worker(engine, one, clock, f"w{n}") for n, one in enumerate(gateways)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Worker.work, workers))
    taken = [message.id for one in gateways for message in one.taken]
    assert sorted(taken) == sorted(ids)


def test_final_states_are_those_that_nothing_leaves_by_itself() -> None:
    assert set(State) - FINAL == {
        State.QUEUED,
        State.CLAIMED,
        State.SENDING,
        State.SENT,
        State.UNCERTAIN,
    }
