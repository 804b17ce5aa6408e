"""The SMPP gateway against a server that others wrote: outcomes, reports, and deaths in between."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.push.gateways.opened import open_gateway
from api.push.gateways.protocol import Fate, Gateway, Outcome, Receipt, Received, Reply
from corpora.push_template import PushChannel
from tests.push.gateways.builders import NUMBER, SOURCE, make_outgoing
from tests.real.smpp_server import SmppServer, eventually

pytestmark = pytest.mark.real

LONG = "您好" * 100  # three pieces
_LOST = (Outcome.NOT_SENT, Outcome.UNCERTAIN)
REPOSITORY = Path(__file__).resolve().parents[3]


@contextmanager
def opened(
    server: SmppServer,
    options: str = "",
    *,
    timeout: float = 5.0,
    received: Received = lambda _: None,
) -> Iterator[Gateway]:
    gateway = open_gateway(server.url + options, received=received, timeout=timeout)
    try:
        yield gateway
    finally:
        gateway.close()


def test_pieces_go_out_with_their_header_their_coding_and_the_wish_for_a_receipt(
    smpp: SmppServer,
) -> None:
    message = make_outgoing(LONG)
    with opened(smpp) as gateway:
        sent = gateway.send(message)
    taken = smpp.received()
    assert sent.outcome is Outcome.ACCEPTED
    assert sorted(sent.gateway_ids) == sorted(piece.id for piece in taken)
    in_order = sorted(taken, key=lambda piece: piece.octets[5])
    assert tuple(piece.id for piece in in_order) == sent.gateway_ids
    assert [piece.octets for piece in in_order] == [piece.octets for piece in message.wire]
    assert {
        (piece.esm_class, piece.data_coding, piece.registered, piece.source, piece.destination)
        for piece in taken
    } == {(0x40, 8, 1, SOURCE, NUMBER)}


def test_a_short_message_goes_out_without_a_header(smpp: SmppServer) -> None:
    with opened(smpp) as gateway:
        gateway.send(make_outgoing("code 1234"))
    (taken,) = smpp.received()
    assert (taken.esm_class, taken.data_coding, taken.octets) == (0, 0, b"code 1234")


@pytest.mark.parametrize(
    ("url", "problem", "words"),
    [
        ("smpp://zhiku:falsch@", "smpp:0x0000000e", "密码错误"),
        ("smpp://fremd:geheim@", "smpp:0x0000000f", "账号错误"),
    ],
)
def test_wrong_credentials_are_told_and_lose_nothing(
    smpp: SmppServer, url: str, problem: str, words: str
) -> None:
    gateway = open_gateway(f"{url}127.0.0.1:{smpp.port}", received=lambda _: None)
    sent = gateway.send(make_outgoing())
    gateway.close()
    assert (sent.outcome, sent.problem) == (Outcome.NOT_SENT, problem)
    assert words in sent.detail
    assert not smpp.received()


def test_the_password_may_come_beside_the_url(smpp: SmppServer) -> None:
    url = f"smpp://zhiku@127.0.0.1:{smpp.port}"
    gateway = open_gateway(url, received=lambda _: None, secret="geheim")
    assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED
    gateway.close()


def test_a_login_that_is_refused_works_once_it_is_allowed(smpp: SmppServer) -> None:
    smpp.order("bind refuse 0x0D")
    with opened(smpp) as gateway:
        assert gateway.send(make_outgoing()).problem == "smpp:0x0000000d"
        smpp.order("bind answer")
        assert eventually(lambda: gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED)
    assert len(smpp.received()) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x14, Outcome.NOT_SENT),
        (0x58, Outcome.NOT_SENT),
        (0x08, Outcome.NOT_SENT),
        (0x64, Outcome.NOT_SENT),
        (0x04, Outcome.NOT_SENT),
        (0x0B, Outcome.REFUSED),
        (0x45, Outcome.REFUSED),
        (0x65, Outcome.REFUSED),
        (0x400, Outcome.REFUSED),
    ],
)
def test_statuses_mean(smpp: SmppServer, status: int, outcome: Outcome) -> None:
    smpp.order(f"next refuse {status}")
    with opened(smpp) as gateway:
        sent = gateway.send(make_outgoing(LONG))
        assert (sent.outcome, sent.problem) == (outcome, f"smpp:0x{status:08x}")
        assert not smpp.received()
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED


def test_a_unit_that_was_not_understood_was_not_taken(smpp: SmppServer) -> None:
    smpp.order("next nack")
    with opened(smpp) as gateway:
        assert gateway.send(make_outgoing()).outcome is Outcome.NOT_SENT
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED
    assert len(smpp.received()) == 1


def test_when_nobody_knows_which_unit_was_not_understood_it_is_uncertain(smpp: SmppServer) -> None:
    smpp.order("next nack-unnumbered")
    with opened(smpp) as gateway:
        assert gateway.send(make_outgoing()).outcome is Outcome.UNCERTAIN
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED


def test_answers_to_strange_numbers_confuse_nothing(smpp: SmppServer) -> None:
    smpp.order("next strange")
    with opened(smpp) as gateway:
        sent = gateway.send(make_outgoing(LONG))
    assert sent.outcome is Outcome.ACCEPTED
    assert sorted(sent.gateway_ids) == sorted(piece.id for piece in smpp.received())


def test_a_piece_that_a_busy_centre_puts_off_goes_again_and_arrives_once(smpp: SmppServer) -> None:
    for plan in ("answer", "refuse 0x58", "refuse 0x14", "refuse 0x58"):
        smpp.order(f"next {plan}")
    with opened(smpp) as gateway:
        sent = gateway.send(make_outgoing(LONG))
    assert sent.outcome is Outcome.ACCEPTED
    pieces = sorted(smpp.received(), key=lambda piece: piece.octets[5])
    assert [piece.octets[5] for piece in pieces] == [1, 2, 3]
    assert tuple(piece.id for piece in pieces) == sent.gateway_ids


def test_a_centre_that_stays_busy_in_the_middle_leaves_the_message_uncertain(
    smpp: SmppServer,
) -> None:
    smpp.order("next answer")
    smpp.order("always refuse 0x58")
    with opened(smpp, timeout=1.0) as gateway:
        sent = gateway.send(make_outgoing(LONG))
    (first,) = smpp.received()
    assert (sent.outcome, sent.problem) == (Outcome.UNCERTAIN, "smpp:0x00000058")
    assert sent.gateway_ids == (first.id,)


@pytest.mark.parametrize("plan", ["refuse 0x0B", "hang", "drop-before"])
@pytest.mark.parametrize("window", [1, 10])
def test_a_message_of_which_a_later_piece_was_lost_is_uncertain_with_the_names_so_far(
    smpp: SmppServer, plan: str, window: int
) -> None:
    smpp.order("next answer")
    smpp.order(f"always {plan}")
    with opened(smpp, f"?window={window}", timeout=1.0) as gateway:
        sent = gateway.send(make_outgoing(LONG))
    assert sent.outcome is Outcome.UNCERTAIN
    assert sent.gateway_ids == (smpp.received()[0].id,)
    assert "3 段中" in sent.detail


def test_a_line_that_drops_after_the_answer_leaves_nothing_uncertain(smpp: SmppServer) -> None:
    smpp.order("always drop-after")
    with opened(smpp) as gateway:
        for n in range(5):
            assert gateway.send(make_outgoing(id=f"m-{n}")).outcome is Outcome.ACCEPTED
            time.sleep(0.05)
    assert len(smpp.received()) == 5


def test_other_messages_are_refused_with_the_reason(smpp: SmppServer) -> None:
    with opened(smpp) as gateway:
        for channel in (PushChannel.MMS, PushChannel.DUAL_SCREEN):
            sent = gateway.send(make_outgoing(channel=channel, package=b"x"))
            assert (sent.outcome, sent.problem) == (Outcome.REFUSED, "smpp:channel")
            assert "彩信" in sent.detail
        sent = gateway.send(make_outgoing(number="号码"))
        assert (sent.outcome, sent.problem) == (Outcome.REFUSED, "smpp:field")
    assert not smpp.received()


@pytest.mark.parametrize("form", ["text", "tlv"])
def test_receipts_name_the_message_and_its_fate(smpp: SmppServer, form: str) -> None:
    stored: list[Receipt | Reply] = []
    smpp.order(f"receipts {form}")
    with opened(smpp, received=stored.append) as gateway:
        sent = gateway.send(make_outgoing(LONG))
        assert eventually(lambda: len(stored) == 3)
        smpp.order(f"receipt {sent.gateway_ids[0]} UNDELIVERABLE {form}")
        assert eventually(lambda: len(stored) == 4)
    receipts = [report for report in stored if isinstance(report, Receipt)]
    assert {report.gateway_id for report in receipts} == set(sent.gateway_ids)
    assert {(report.number, report.source) for report in receipts} == {(NUMBER, SOURCE)}
    assert [report.fate for report in receipts] == [Fate.DELIVERED] * 3 + [Fate.FAILED]
    assert receipts[3].problem.startswith("smpp:UNDELIV")
    assert eventually(lambda: smpp.deliveries() == [0] * 4)


def test_replies_come_in_their_alphabets(smpp: SmppServer) -> None:
    stored: list[Receipt | Reply] = []
    refusal = "拒收，谢谢".encode("utf-16-be").hex()
    piece = "050003090201" + "第一段".encode("utf-16-be").hex()
    smpp.order(f"deliver 86{NUMBER} {SOURCE} 0 0 52")
    smpp.order(f"deliver {NUMBER} {SOURCE} 0 8 {refusal}")
    smpp.order(f"deliver {NUMBER} {SOURCE} 0 3 e9")
    smpp.order(f"deliver {NUMBER} {SOURCE} 0x40 8 {piece}")
    with opened(smpp, received=stored.append):
        assert eventually(lambda: smpp.deliveries() == [0] * 4)  # although nothing was sent
    replies = [report for report in stored if isinstance(report, Reply)]
    assert [reply.text for reply in replies] == ["R", "拒收，谢谢", "é", "第一段"]
    assert {(reply.number, reply.source) for reply in replies} == {(NUMBER, SOURCE)}


def test_a_report_that_was_not_stored_comes_again_until_it_is(
    smpp: SmppServer, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Receipt | Reply] = []

    def third_time(report: Receipt | Reply) -> None:
        tries.append(report)
        if len(tries) < 3:
            raise RuntimeError(f"store is down for {NUMBER}")

    smpp.order(f"deliver {NUMBER} {SOURCE} 0 0 52")
    with opened(smpp, received=third_time):
        assert eventually(lambda: len(smpp.deliveries()) == 3)
    assert smpp.deliveries() == [0x64, 0x64, 0]
    assert len(tries) == 3
    assert "RuntimeError" in caplog.text
    assert NUMBER not in caplog.text


def test_a_report_whose_acknowledgement_was_lost_comes_again(smpp: SmppServer) -> None:
    stored: list[Receipt | Reply] = []

    def drops(report: Receipt | Reply) -> None:
        stored.append(report)
        if len(stored) == 1:
            smpp.order("drop")

    smpp.order(f"deliver {NUMBER} {SOURCE} 0 0 52")
    with opened(smpp, received=drops):
        assert eventually(lambda: 0 in smpp.deliveries())
    assert [type(report) for report in stored] == [Reply, Reply]


@pytest.mark.parametrize("order", ["drop", "unbind"])
def test_a_line_that_was_ended_is_built_up_again(smpp: SmppServer, order: str) -> None:
    stored: list[Receipt | Reply] = []
    with opened(smpp, received=stored.append) as gateway:
        assert gateway.send(make_outgoing(id="m-1")).outcome is Outcome.ACCEPTED
        smpp.order(order)
        assert eventually(lambda: smpp.order("sessions") == "1")  # although nobody sends
        smpp.order(f"deliver {NUMBER} {SOURCE} 0 0 52")
        assert eventually(lambda: len(stored) == 1)
        assert gateway.send(make_outgoing(id="m-2")).outcome is Outcome.ACCEPTED
    assert eventually(lambda: smpp.order("sessions") == "0")


def test_a_centre_that_is_killed_and_comes_back_gets_the_next_message(smpp: SmppServer) -> None:
    with opened(smpp) as gateway:
        assert gateway.send(make_outgoing(id="m-1")).outcome is Outcome.ACCEPTED
        smpp.kill()
        # where the loss is noticed only after the unit was written, nobody knows
        assert gateway.send(make_outgoing(id="m-2")).outcome in _LOST
        smpp.start()
        assert eventually(lambda: gateway.send(make_outgoing(id="m-3")).outcome is Outcome.ACCEPTED)
    assert len(smpp.received()) == 2


def test_a_centre_that_asks_whether_we_are_there_is_answered(smpp: SmppServer) -> None:
    smpp.order("enquire-after 100")
    with opened(smpp) as gateway:
        first = gateway.send(make_outgoing(id="m-1"))
        time.sleep(3.0)  # it ends a session that does not answer within two seconds
        second = gateway.send(make_outgoing(id="m-2"))
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert len({taken.session for taken in smpp.received()}) == 1


def test_a_quiet_line_stays_up_as_long_as_the_centre_answers(smpp: SmppServer) -> None:
    with opened(smpp, "?keep_alive=1", timeout=0.5) as gateway:
        gateway.send(make_outgoing(id="m-1"))
        time.sleep(3.0)
        gateway.send(make_outgoing(id="m-2"))
    assert len({taken.session for taken in smpp.received()}) == 1


def test_the_fate_of_a_message_is_that_of_all_its_pieces(smpp: SmppServer) -> None:
    message = make_outgoing(LONG)
    with opened(smpp) as gateway:
        ids = gateway.send(message).gateway_ids
        assert gateway.query(message, ids) is Fate.ON_ITS_WAY
        for name in ids:
            smpp.order(f"state {name} DELIVERED")
        assert gateway.query(message, ids) is Fate.DELIVERED
        assert gateway.query(message, ids[:2]) is None  # of the third nobody can be asked
        assert gateway.query(message, (*ids[:2], "forgotten")) is None
        smpp.order(f"state {ids[1]} UNKNOWN")
        assert gateway.query(message, ids) is None
        smpp.order(f"state {ids[1]} EXPIRED")
        assert gateway.query(message, ids) is Fate.FAILED
        assert gateway.query(message, ids[1:2]) is Fate.FAILED


def test_several_gateways_use_one_account_at_the_same_time(smpp: SmppServer) -> None:
    names: list[str] = []

    def sends(first: int) -> None:
        with opened(smpp) as gateway:
            for n in range(first, first + 100):
                sent = gateway.send(make_outgoing(LONG, id=f"m-{n}", number=f"138{n:08d}"))
                assert sent.outcome is Outcome.ACCEPTED
                names.extend(sent.gateway_ids)

    threads = [threading.Thread(target=sends, args=(100 * n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = smpp.received()
    assert len(taken) == 900
    assert sorted(names) == sorted(piece.id for piece in taken)
    assert len({piece.session for piece in taken}) == 3
    assert set(Counter(piece.destination for piece in taken).values()) == {3}


def test_a_sender_that_is_killed_told_nothing_that_the_centre_does_not_have(
    smpp: SmppServer,
) -> None:
    command = [sys.executable, "-m", "tests.push.gateways.doomed_sender", smpp.url]
    told: list[str] = []
    for _ in range(3):
        smpp.reset()
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as sender:
            assert sender.stdout is not None
            told = [sender.stdout.readline() for _ in range(40)]
            sender.kill()
            told += sender.stdout.readlines()
        assert eventually(lambda: smpp.order("sessions") == "0")
        accepted = [line.split() for line in told if line.endswith("\n")]
        assert {words[1] for words in accepted} == {"accepted"}
        taken = {piece.destination: piece.id for piece in smpp.received()}
        assert len(taken) == len(smpp.received())  # none twice
        assert all(taken[number] == name for number, _, name in accepted)
        assert len(taken) - len(accepted) in (0, 1)  # at most the one in flight
    with opened(smpp) as gateway:
        assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED
