"""What every way out keeps to, whatever happens at the other end."""

from __future__ import annotations

import time

import pytest

from api.push.gateways.protocol import Fate, Outcome, Receipt, Reply
from tests.push.gateways.builders import NUMBER, SOURCE, joined, make_outgoing
from tests.push.gateways.ways import Way
from tests.real.smpp_server import eventually

pytestmark = pytest.mark.real

every_way = pytest.mark.parametrize("way", ["log", "http", "smpp"], indirect=True)
# a folder answers at once, refuses nothing and never dies in between
remote = pytest.mark.parametrize("way", ["http", "smpp"], indirect=True)
UNICODE = "".join(
    chr(code)
    for code in (
        *range(0x20, 0x7F),
        *range(0xA0, 0x180),
        *range(0x4E00, 0x4E80),
        *range(0xFF01, 0xFF5F),
    )
)


@every_way
def test_a_message_arrives_with_its_numbers_and_its_words(way: Way) -> None:
    sent = way.open().send(make_outgoing("您好，套餐已办理。"))
    assert sent.outcome is Outcome.ACCEPTED
    assert all(sent.gateway_ids)
    (arrived,) = way.arrived()
    assert (arrived.number, arrived.source) == (NUMBER, SOURCE)
    assert joined(arrived.pieces) == "您好，套餐已办理。"


@every_way
@pytest.mark.parametrize(
    "text",
    [
        "您好" * 200,
        "流量😀" * 60 + "𠮷野家",
        UNICODE,
        "GSM {only} [text] €~^|\\ " * 20,
        "\n换行\r\n与\t制表\0",
        "ÄÖÜäöüßàèéìòùñÑ¿¡§£¥¤ΔΦΓΛΩΠΨΣΘΞ@$_",
    ],
)
def test_every_character_arrives_whole(way: Way, text: str) -> None:
    assert way.open().send(make_outgoing(text)).outcome is Outcome.ACCEPTED
    (arrived,) = way.arrived()
    assert joined(arrived.pieces) == text


@every_way
def test_an_idempotent_way_takes_a_message_once_however_often_it_is_sent(way: Way) -> None:
    gateway = way.open()
    outcomes = {gateway.send(make_outgoing(id="same")).outcome for _ in range(3)}
    assert outcomes == {Outcome.ACCEPTED}
    assert len(way.arrived()) == (1 if gateway.idempotent else 3)


@remote
def test_what_is_refused_is_told_with_a_code_and_did_not_arrive(way: Way) -> None:
    gateway = way.open()
    way.refuse_next()
    sent = gateway.send(make_outgoing("您好" * 100))
    assert sent.outcome is Outcome.REFUSED
    assert sent.problem in ("http:422:invalid_number", "smpp:0x0000000b")
    assert sent.detail
    assert not way.arrived()
    assert gateway.send(make_outgoing(id="m-2")).outcome is Outcome.ACCEPTED


@every_way
def test_a_gateway_that_is_not_there_gets_nothing_and_works_when_it_is_back(way: Way) -> None:
    gateway = way.open(timeout=3.0)
    assert gateway.send(make_outgoing(id="before")).outcome is Outcome.ACCEPTED
    way.vanish()
    sent = gateway.send(make_outgoing(id="gone"))
    assert sent.outcome is Outcome.NOT_SENT
    assert sent.problem
    assert sent.detail
    way.come_back()
    for _ in range(50):
        sent = gateway.send(make_outgoing(id="after"))
        if sent.outcome is not Outcome.NOT_SENT:
            break
        time.sleep(0.1)
    assert sent.outcome is Outcome.ACCEPTED
    assert len(way.arrived()) == 2


@remote
def test_a_gateway_that_hangs_leaves_a_message_uncertain_in_time(way: Way) -> None:
    gateway = way.open(timeout=1.0)
    way.hang()
    before = time.monotonic()
    sent = gateway.send(make_outgoing())
    assert time.monotonic() - before < 3.0
    assert sent.outcome is Outcome.UNCERTAIN
    assert not sent.gateway_ids
    assert len(way.arrived()) == 1  # it had it, and nobody was told


@remote
def test_a_gateway_that_dies_after_taking_a_message_leaves_it_uncertain(way: Way) -> None:
    gateway = way.open(timeout=3.0)
    way.die_after_taking()
    sent = gateway.send(make_outgoing())
    assert sent.outcome is Outcome.UNCERTAIN
    assert len(way.arrived()) == 1


@remote
def test_an_answer_that_comes_twice_is_never_taken_for_the_next_ones(way: Way) -> None:
    gateway = way.open()
    way.answer_twice()
    first = gateway.send(make_outgoing(id="m-1"))
    way.refuse_next()
    second = gateway.send(make_outgoing(id="m-2"))
    third = gateway.send(make_outgoing(id="m-3"))
    outcomes = [sent.outcome for sent in (first, second, third)]
    assert outcomes == [Outcome.ACCEPTED, Outcome.REFUSED, Outcome.ACCEPTED]
    assert not any("twice" in name for sent in (first, third) for name in sent.gateway_ids)
    assert first.gateway_ids != third.gateway_ids


@every_way
def test_what_became_of_a_message_can_be_asked(way: Way) -> None:
    gateway = way.open()
    message = make_outgoing()
    sent = gateway.send(message)
    assert gateway.query(message, sent.gateway_ids) is Fate.ON_ITS_WAY


@remote
def test_a_message_that_was_delivered_is_known_as_delivered(way: Way) -> None:
    gateway = way.open()
    message = make_outgoing()
    sent = gateway.send(message)
    way.deliver(sent.gateway_ids[0], message.id)
    assert gateway.query(message, sent.gateway_ids) is Fate.DELIVERED


@remote
def test_a_customer_who_refuses_is_not_told_as_a_failure(way: Way) -> None:
    reports: list[Receipt | Reply] = []
    gateway = way.open(received=reports.append)
    message = make_outgoing()
    sent = gateway.send(message)
    way.report_a_customer_who_refuses(sent.gateway_ids[0], message.id)

    # a message centre says so in a receipt, a gateway over HTTP when it is asked
    def told() -> set[Fate | None]:
        received = {report.fate for report in reports if isinstance(report, Receipt)}
        return {gateway.query(message, sent.gateway_ids), *received}

    assert eventually(lambda: Fate.REFUSED in told())


@every_way
def test_a_message_that_was_never_sent_is_never_said_to_be_on_its_way(way: Way) -> None:
    gateway = way.open()
    fate = gateway.query(make_outgoing(id="never"), ())
    assert fate is (Fate.UNKNOWN if gateway.idempotent else None)


@every_way
def test_who_cannot_be_reached_says_nothing_of_a_message(way: Way) -> None:
    gateway = way.open(timeout=1.0)
    sent = gateway.send(make_outgoing())
    way.vanish()
    assert gateway.query(make_outgoing(), sent.gateway_ids) is None
    way.come_back()


@every_way
def test_credentials_and_numbers_are_told_to_nobody(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    gateway = way.open(timeout=1.0)
    told = [gateway.name, repr(gateway)]
    told += [str(gateway.send(make_outgoing(id=f"m-{n}"))) for n in range(2)]
    way.vanish()
    told.append(str(gateway.send(make_outgoing())))
    gateway.close()
    told += [record.getMessage() for record in caplog.records]
    for secret in (*way.secrets, NUMBER, "流量包"):
        assert not any(secret in words for words in told)
    way.come_back()


@every_way
def test_a_gateway_may_be_closed_twice(way: Way) -> None:
    gateway = way.open()
    gateway.send(make_outgoing())
    gateway.close()
    gateway.close()
