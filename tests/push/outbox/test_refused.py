"""A gateway that reports that the customer wants no messages: the message ends, the no is written down."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select

from api.push.gateways.protocol import Fate, Outcome, Outgoing, Receipt, Sent
from api.push.ledger import Evidence, Person, consent, histories_of
from api.push.reports import Reports
from api.push.rules import Proposal, Why, declines
from api.push.tables import State, consents, events, refusals
from api.push.turn import writing
from corpora.migrations import reading
from corpora.push_template import Purpose, PushChannel
from tests.push.outbox.builders import (
    HASHED,
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

SIGNATURE = "示例移动"
OFFER = make_draft("offer", purpose=Purpose.MARKETING)
LONG = make_draft("long", purpose=Purpose.MARKETING, text="【示例移动】" + "您好" * 60)


def take(engine: Engine, fate: Fate, name: str, at: dt.datetime = NOON, problem: str = "") -> None:
    receipt = Receipt(fate, at, gateway_id=name, problem=problem)
    Reports(engine, POLICY, HASHED, SIGNATURE).take(receipt)


def standing(engine: Engine) -> int:
    with reading(engine) as connection:
        rows = connection.execute(select(refusals).where(refusals.c.until.is_(None)))
        return len(rows.all())


def codes_of_the_next_offer(engine: Engine, at: dt.datetime) -> set[str]:
    proposal = Proposal(Purpose.MARKETING, PushChannel.SMS, at)
    with reading(engine) as connection:
        known = histories_of(connection, [OFFER.hashed], SIGNATURE, at)
    return {one.code for one in declines(proposal, known[OFFER.hashed], POLICY)}


def test_the_message_ends_and_the_receipt_is_the_evidence_of_a_refusal(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    first = put(engine, OFFER)
    make_worker(engine, gateway, clock).work()
    waiting = put(engine, make_draft("next", purpose=Purpose.MARKETING))
    take(engine, Fate.REFUSED, f"{first}-0", problem="smpp:REJECTD:042")
    found = row(engine, first)
    assert (found.state, found.problem) == (State.REFUSED, "smpp:REJECTD:042")
    assert (found.number, found.ended_at) == (None, NOON)
    assert row(engine, waiting).state == State.WITHDRAWN
    with reading(engine) as connection:
        (no,) = connection.execute(select(refusals))
        assert {one.until for one in connection.execute(select(consents))} == {NOON}
    assert (no.kind, no.signature, no.recorded_by, no.until) == (
        "marketing",
        SIGNATURE,
        "网关",
        None,
    )
    assert all(part in no.evidence for part in (first, f"{first}-0", "smpp:REJECTD:042"))
    # what never came to the customer fills no cap
    assert codes_of_the_next_offer(engine, NOON) == {Why.REFUSED_BEFORE, Why.NO_CONSENT}


def test_the_same_receipt_after_a_newer_consent_says_nothing_new(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    offer = put(engine, LONG)
    make_worker(engine, gateway, clock).work()
    take(engine, Fate.REFUSED, f"{offer}-0")
    take(engine, Fate.REFUSED, f"{offer}-1")
    assert standing(engine) == 1
    clock.pass_by(days=1)
    with writing(engine) as connection:
        person = Person(OFFER.hashed, OFFER.masked)
        consent(connection, person, SIGNATURE, None, Evidence("受理单 2", "tests", clock.at))
    take(engine, Fate.REFUSED, f"{offer}-0", clock.at)
    assert (row(engine, offer).state, standing(engine)) == (State.REFUSED, 0)
    assert codes_of_the_next_offer(engine, clock.at) == set()


def test_a_receipt_that_is_faster_than_the_acknowledgement_counts(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    offer = put(engine, OFFER)
    gateway.outcomes = [Sent(Outcome.ACCEPTED, ("g1",))]
    gateway.while_sending = lambda _: take(engine, Fate.REFUSED, "g1")
    make_worker(engine, gateway, clock).work()
    found = row(engine, offer)
    assert (found.state, found.sent_at, standing(engine)) == (State.REFUSED, NOON, 1)


def test_a_receipt_that_names_our_message_may_come_while_it_is_sent(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    def report(message: Outgoing) -> None:
        receipt = Receipt(Fate.REFUSED, NOON, message_id=message.id)
        Reports(engine, POLICY, HASHED, SIGNATURE).take(receipt)

    gateway.while_sending = report
    offer = put(engine, OFFER)
    make_worker(engine, gateway, clock).work()
    found = row(engine, offer)
    assert (found.state, found.sent_at, found.tries) == (State.REFUSED, NOON, 1)


def test_no_sms_follows_an_mms_that_the_customer_refuses(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    pictures = make_draft(
        channel=PushChannel.MMS, package=b"mms", fallback="【示例移动】短的", text="长的"
    )
    bill = put(engine, pictures)
    worker = make_worker(engine, gateway, clock)
    worker.work()
    take(engine, Fate.REFUSED, f"{bill}-0")
    assert (worker.work(), row(engine, bill).state) == (0, State.REFUSED)


@pytest.mark.parametrize("other", [Fate.ON_ITS_WAY, Fate.FAILED, Fate.DELIVERED])
def test_a_report_on_another_piece_leaves_it_refused(
    engine: Engine, gateway: ToldGateway, clock: Clock, other: Fate
) -> None:
    for first, second in ((Fate.REFUSED, other), (other, Fate.REFUSED)):
        offer = put(engine, make_draft(str(first), text=LONG.text))
        make_worker(engine, gateway, clock).work()
        take(engine, first, f"{offer}-0")
        take(engine, second, f"{offer}-1")
        assert row(engine, offer).state == State.REFUSED
    assert standing(engine) == 1


def test_what_was_delivered_stays_so_and_the_refusal_counts_once(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    offer = put(engine, OFFER)
    make_worker(engine, gateway, clock).work()
    for fate in (Fate.DELIVERED, Fate.REFUSED, Fate.REFUSED):
        take(engine, fate, f"{offer}-0")
    assert (row(engine, offer).state, standing(engine)) == (State.DELIVERED, 1)
    with reading(engine) as connection:
        noted = select(events).where(events.c.message_id == offer, events.c.kind == "refused")
        assert len(connection.execute(noted).all()) == 1


def test_the_refusal_counts_under_the_signature_of_its_message(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    other = put(engine, make_draft(signature="别的签名", number=NUMBER))
    make_worker(engine, gateway, clock).work()
    take(engine, Fate.REFUSED, f"{other}-0")
    with reading(engine) as connection:
        assert list(connection.scalars(select(refusals.c.signature))) == ["别的签名"]
    assert codes_of_the_next_offer(engine, NOON) == {Why.NO_CONSENT}
