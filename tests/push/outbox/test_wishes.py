"""What customers want counts until a message leaves, for each channel by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, delete

from api.push.effect import effects
from api.push.gateways.protocol import Fate, Outcome, Receipt, Sent
from api.push.ledger import Evidence, Person, consent, histories_of, refuse, withdraw_consent
from api.push.number import masked
from api.push.reports import Reports
from api.push.rules import Proposal, Refused, Why, declines
from api.push.tables import State, consents
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
    agree,
    make_draft,
    make_worker,
    put,
    row,
    states,
)

PERSON = Person(HASHED(NUMBER), masked(NUMBER))
SIGNATURE = "示例移动"
PICTURES = make_draft(
    "mms",
    purpose=Purpose.MARKETING,
    channel=PushChannel.MMS,
    package=b"mms",
    fallback="【示例移动】短的",
    text="长的",
    campaign="spring",
    wave=1,
)
REFUSED = Sent(Outcome.REFUSED, problem="smpp:0x00000011")


def said(at: dt.datetime = NOON) -> Evidence:
    return Evidence("电话", "10086", at)


def test_a_consent_that_is_withdrawn_withdraws_what_waits(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    offer = put(engine, make_draft("a", purpose=Purpose.MARKETING))
    care = put(engine, make_draft("b", purpose=Purpose.CARE))
    with writing(engine) as connection:
        withdraw_consent(connection, PERSON, SIGNATURE, said())
    found = row(engine, offer)
    assert (found.state, found.problem, found.number) == (State.WITHDRAWN, "no_consent", None)
    make_worker(engine, gateway, clock).work()
    assert [taken.id for taken in gateway.taken] == [care]


def test_without_a_consent_nothing_of_marketing_leaves(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    offer = put(engine, make_draft(purpose=Purpose.MARKETING))
    with writing(engine) as connection:
        connection.execute(delete(consents))
    assert make_worker(engine, gateway, clock).work() == 0
    assert (row(engine, offer).state, row(engine, offer).number) == (State.WITHDRAWN, None)


@pytest.mark.parametrize(("channel", "count"), [(PushChannel.MMS, 1), (None, 2)])
def test_the_sms_after_an_mms_needs_a_consent_of_its_own(
    engine: Engine, gateway: ToldGateway, clock: Clock, channel: PushChannel | None, count: int
) -> None:
    put(engine, PICTURES)
    with writing(engine) as connection:
        connection.execute(delete(consents))
        agree(connection, PICTURES, channel)
    gateway.outcomes = [REFUSED]
    make_worker(engine, gateway, clock).work()
    assert len(gateway.taken) == count


def test_the_sms_after_an_mms_counts_for_caps_and_waves_and_was_asked_for_once(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    put(engine, PICTURES)
    gateway.outcomes = [REFUSED]
    make_worker(engine, gateway, clock).work()
    assert [taken.channel for taken in gateway.taken] == [PushChannel.MMS, PushChannel.SMS]
    again = Proposal(Purpose.MARKETING, PushChannel.SMS, NOON, "spring", 1)
    with reading(engine) as connection:
        known = histories_of(connection, [PERSON.hashed], SIGNATURE, NOON)[PERSON.hashed]
        day = dt.timedelta(days=1)
        (effect,) = effects(connection, NOON - day, NOON + day)
    codes = {decline.code for decline in declines(again, known, POLICY)}
    assert codes == {Why.FREQUENCY_CAP, Why.WAVE_OUT_OF_ORDER}
    assert (effect.accepted, effect.sent, effect.failed) == (1, 1, 1)


@pytest.mark.parametrize(("days", "refused"), [(-1, True), (0, False), (1, False)])
def test_a_consent_ends_only_refusals_that_came_before_it(
    engine: Engine, days: int, refused: bool
) -> None:
    with writing(engine) as connection:
        refuse(connection, PERSON, SIGNATURE, Refused.MARKETING, said())
        consent(connection, PERSON, SIGNATURE, None, said(NOON + dt.timedelta(days=days)))
        known = histories_of(connection, [PERSON.hashed], SIGNATURE, NOON)[PERSON.hashed]
    assert bool(known.refusals) is refused


def test_what_is_put_off_counts_where_it_goes(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    clock.at = NOON.replace(hour=22, minute=30)
    offer = put(engine, make_draft(purpose=Purpose.MARKETING), clock.at)
    make_worker(engine, gateway, clock).work()
    assert row(engine, offer).planned_at == NOON.replace(hour=8) + dt.timedelta(days=1)


def test_a_report_of_what_was_given_up_says_that_it_left(
    engine: Engine, gateway: ToldGateway, clock: Clock
) -> None:
    gateway.outcomes = [Sent(Outcome.UNCERTAIN)]
    offer = put(engine, make_draft(purpose=Purpose.MARKETING))
    worker = make_worker(engine, gateway, clock)
    worker.work()
    gateway.fates[offer] = Fate.UNKNOWN
    worker.sweep()
    assert states(engine, [offer]) == [State.DEAD]
    taken = Reports(engine, POLICY, HASHED, SIGNATURE)
    taken.take(Receipt(Fate.ON_ITS_WAY, NOON, message_id=offer))
    assert states(engine, [offer]) == [State.SENT]
