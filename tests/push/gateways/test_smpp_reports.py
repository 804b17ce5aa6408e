"""What deliver_sm means: receipts in their forms, replies in their alphabets."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.push.gateways.protocol import Fate, Receipt, Reply
from api.push.gateways.smpp.address import address_of
from api.push.gateways.smpp.pdu import Malformed, Party, ShortMessage, Tag
from api.push.gateways.smpp.reports import report_of, text_of
from retriever.push import SmsEncoding, split_sms
from retriever.push.wire import octets_of

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
FORM = "id:{} sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 stat:{} err:{} text:{}"


def delivered(
    octets: bytes = b"",
    coding: int = 0,
    esm_class: int = 0,
    source: str = "13800000001",
    optional: dict[int, bytes] | None = None,
) -> ShortMessage:
    return ShortMessage(
        Party(source), Party("1065800123"), octets, coding, esm_class, optional=optional or {}
    )


def receipt(message: ShortMessage) -> Receipt:
    report = report_of(message, NOW)
    assert isinstance(report, Receipt)
    return report


def reply(message: ShortMessage) -> Reply:
    report = report_of(message, NOW)
    assert isinstance(report, Reply)
    return report


@pytest.mark.parametrize(
    ("word", "fate", "problem"),
    [
        ("DELIVRD", Fate.DELIVERED, ""),
        ("ENROUTE", Fate.ON_ITS_WAY, ""),
        ("ACCEPTD", Fate.ON_ITS_WAY, ""),
        ("UNDELIV", Fate.FAILED, "smpp:UNDELIV:042"),
        ("EXPIRED", Fate.FAILED, "smpp:EXPIRED:042"),
        ("DELETED", Fate.FAILED, "smpp:DELETED:042"),
        ("REJECTD", Fate.FAILED, "smpp:REJECTD:042"),
        ("UNKNOWN", Fate.ON_ITS_WAY, "smpp:UNKNOWN:042"),
        ("MK:0012", Fate.ON_ITS_WAY, "smpp:MK:0012:042"),
    ],
)
def test_a_receipt_tells_in_its_text_what_became_of_a_message(
    word: str, fate: Fate, problem: str
) -> None:
    text = FORM.format("a1-7", word, "042", "id:FALSE stat:DELIVRD").encode()
    assert receipt(delivered(text, esm_class=0x04)) == Receipt(
        fate, NOW, "a1-7", "", "13800000001", "1065800123", problem
    )


@pytest.mark.parametrize(
    ("state", "fate", "problem"),
    [
        (2, Fate.DELIVERED, ""),
        (1, Fate.ON_ITS_WAY, ""),
        (5, Fate.FAILED, "smpp:UNDELIV:0b01"),
        (7, Fate.ON_ITS_WAY, "smpp:UNKNOWN:0b01"),
    ],
)
@pytest.mark.parametrize("esm_class", [0x00, 0x04, 0x20])
def test_a_receipt_tells_it_in_optional_parameters(
    state: int, fate: Fate, problem: str, esm_class: int
) -> None:
    optional = {
        int(Tag.RECEIPTED_MESSAGE_ID): b"a1-7\0",
        int(Tag.MESSAGE_STATE): bytes([state]),
        int(Tag.NETWORK_ERROR_CODE): b"\x03\x0b\x01",
    }
    told = receipt(delivered(esm_class=esm_class, optional=optional))
    assert (told.fate, told.gateway_id, told.problem) == (fate, "a1-7", problem)


@pytest.mark.parametrize(
    ("word", "error", "fate"),
    [
        ("REJECTD", "042", Fate.REFUSED),
        ("UNDELIV", "042", Fate.REFUSED),
        ("REJECTD", "043", Fate.FAILED),
        ("mk:0012", "000", Fate.REFUSED),
        ("MK:00123", "000", Fate.ON_ITS_WAY),
        ("DELIVRD", "042", Fate.DELIVERED),
        ("ACCEPTD", "042", Fate.ON_ITS_WAY),
    ],
)
def test_only_named_errors_mean_that_the_customer_refuses(
    word: str, error: str, fate: Fate
) -> None:
    codes = address_of("smpp://a:b@gate?refused_errors=042,mk:0012").refused_errors
    text = FORM.format("a1-7", word, error, "").encode()
    told = report_of(delivered(text, esm_class=0x04), NOW, codes)
    assert isinstance(told, Receipt)
    assert told.fate is fate


def test_a_named_error_is_also_read_from_the_optional_parameter() -> None:
    optional = {
        int(Tag.RECEIPTED_MESSAGE_ID): b"a1-7\0",
        int(Tag.MESSAGE_STATE): bytes([8]),
        int(Tag.NETWORK_ERROR_CODE): b"\x03\x0b\x01",
    }
    told = report_of(delivered(optional=optional), NOW, frozenset({"0B01"}))
    assert isinstance(told, Receipt)
    assert (told.fate, told.problem) == (Fate.REFUSED, "smpp:REJECTD:0b01")


def test_a_receipt_that_says_nothing_is_handed_over_with_its_numbers() -> None:
    told = receipt(delivered(b"hm", esm_class=0x04))
    assert told == Receipt(
        Fate.ON_ITS_WAY, NOW, "", "", "13800000001", "1065800123", "smpp:unreadable"
    )


@pytest.mark.parametrize(
    ("octets", "coding", "text"),
    [
        (b"R", 0, "R"),
        ("拒收请回复".encode("utf-16-be"), 8, "拒收请回复"),
        ("拒收".encode("utf-16-be"), 0x19, "拒收"),
        ("拒收".encode("gb18030"), 15, "拒收"),
        ("né".encode("latin-1"), 3, "né"),
        (b"T", 1, "T"),
        (b"\x1b\x65\x1bA", 0, "€A"),
        (b"\xc0", 0, "\ufffd"),
        ("你".encode("utf-16-be")[:1], 8, "\ufffd"),
    ],
)
def test_a_reply_is_read_in_its_alphabet(octets: bytes, coding: int, text: str) -> None:
    assert reply(delivered(octets, coding)) == Reply("13800000001", "1065800123", text, NOW)


@given(st.text(max_size=60))
def test_what_we_can_write_we_can_read(text: str) -> None:
    encoding = split_sms(text).encoding
    coding = 8 if encoding is SmsEncoding.UCS2 else 0
    assert text_of(octets_of(text, encoding), coding) == text


def test_a_piece_of_a_long_reply_comes_without_its_header() -> None:
    octets = bytes([5, 0, 3, 9, 2, 1]) + "上半".encode("utf-16-be")
    assert reply(delivered(octets, 8, esm_class=0x40)).text == "上半"


def test_a_long_reply_in_an_optional_parameter_is_read() -> None:
    payload = {int(Tag.MESSAGE_PAYLOAD): ("好" * 300).encode("utf-16-be")}
    assert reply(delivered(coding=8, optional=payload)).text == "好" * 300


def test_a_header_longer_than_the_text_is_turned_away() -> None:
    with pytest.raises(Malformed):
        report_of(delivered(b"\x09\0", esm_class=0x40), NOW)


@pytest.mark.parametrize("number", ["+8613800000001", "8613800000001", "008613800000001"])
def test_numbers_come_as_messages_named_them(number: str) -> None:
    assert reply(delivered(b"R", source=number)).number == "13800000001"


def test_an_empty_reply_is_a_reply() -> None:
    assert reply(delivered()).text == ""


def test_no_report_holds_what_a_database_cannot_keep() -> None:
    assert "\0" not in reply(delivered(b"\0a\0b", 8)).text
    long = {int(Tag.RECEIPTED_MESSAGE_ID): b"x" * 65, int(Tag.MESSAGE_STATE): b"\2"}
    assert receipt(delivered(esm_class=0x04, optional=long)).gateway_id == ""
    text = FORM.format("x" * 65, "UNDELIV" * 9, "9" * 99, "").encode()
    told = receipt(delivered(text, esm_class=0x04))
    assert told.gateway_id == ""
    assert len(told.problem) < 80
    with pytest.raises(Malformed):
        ShortMessage.decode(b"\0" + b"\0\1" + b"1" * 21 + b"\0" + bytes(20))
