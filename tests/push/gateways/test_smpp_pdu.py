"""Units of SMPP as octets: whole, whatever is in them, and as another implementation has them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from api.push.gateways.smpp.pdu import (
    Command,
    Frames,
    Malformed,
    Party,
    Pdu,
    Queried,
    ShortMessage,
    bind_body,
    c_string,
    message_id_of,
    query_body,
)

octet = st.integers(0, 255)
ascii_text = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=20)
parties = st.builds(Party, ascii_text, octet, octet)
messages = st.builds(
    ShortMessage,
    parties,
    parties,
    st.binary(max_size=254),
    octet,
    octet,
    octet,
    ascii_text.map(lambda text: text[:5]),
    st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=40), max_size=3),
)
units = st.builds(
    Pdu,
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=300),
)


def theirs(message: ShortMessage, sequence: int) -> Any:
    return smpp34.SubmitSm(
        message.source.number,
        message.destination.number,
        message.octets,
        service_type=message.service_type,
        source_addr_ton=message.source.ton,
        source_addr_npi=message.source.npi,
        dest_addr_ton=message.destination.ton,
        dest_addr_npi=message.destination.npi,
        esm_class=message.esm_class,
        registered_delivery=message.registered_delivery,
        data_coding=message.data_coding,
        tlvs=[smpp34.Tlv(tag, value) for tag, value in message.optional.items()],
        sequence_number=sequence,
    )


@given(messages)
def test_a_message_comes_back_as_it_was(message: ShortMessage) -> None:
    assert ShortMessage.decode(message.encode()) == message


@given(messages, st.integers(1, 0x7FFFFFFF))
def test_another_implementation_writes_the_same_octets(
    message: ShortMessage, sequence: int
) -> None:
    ours = Pdu(Command.SUBMIT_SM, 0, sequence, message.encode()).encode()
    assert ours == bytes(theirs(message, sequence).encode())


@given(messages, st.integers(1, 0x7FFFFFFF))
def test_another_implementation_reads_what_we_write(message: ShortMessage, sequence: int) -> None:
    read = smpp34.decode(Pdu(Command.DELIVER_SM, 0, sequence, message.encode()).encode())
    assert isinstance(read, smpp34.DeliverSm)
    assert read.short_message == message.octets
    assert (read.source_addr, read.destination_addr) == (
        message.source.number,
        message.destination.number,
    )
    assert (read.esm_class, read.data_coding) == (message.esm_class, message.data_coding)
    assert {tlv.tag: tlv.value for tlv in read.tlvs} == message.optional


@given(st.lists(units, max_size=6), st.lists(st.integers(1, 50), max_size=40))
def test_units_come_whole_however_the_network_cuts_them(sent: list[Pdu], cuts: list[int]) -> None:
    stream = b"".join(unit.encode() for unit in sent)
    frames, read, at = Frames(), [], 0
    for length in (*cuts, len(stream)):
        read += frames.feed(stream[at : at + length])
        at += length
    assert read == sent


@given(st.binary(max_size=200))
def test_no_octets_make_reading_fail_otherwise_than_told(octets: bytes) -> None:
    for read in (ShortMessage.decode, Queried.decode):
        with suppress(Malformed):
            read(octets)
    message_id_of(octets)


@pytest.mark.parametrize("length", [0, 15, 1_000_000, 0xFFFFFFFF])
def test_a_length_that_cannot_be_true_ends_the_stream(length: int) -> None:
    with pytest.raises(Malformed):
        Frames().feed(length.to_bytes(4, "big") + bytes(12))


@pytest.mark.parametrize("text", ["号码", "a\0b", "x" * 21])
def test_what_does_not_fit_a_field_is_not_cut(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        c_string(text, 20)


def test_a_text_that_is_too_long_is_not_cut() -> None:
    with pytest.raises(ValueError, match="254"):
        ShortMessage(Party("1"), Party("2"), bytes(255)).encode()


def test_bodies_of_binding_and_asking_stand_as_the_standard_has_them() -> None:
    assert bind_body("id", "pw", "") == b"id\0pw\0\0\x34\0\0\0"
    assert query_body("a1", Party("10086", 3, 1)) == b"a1\0\x03\x0110086\0"
    assert Queried.decode(b"a1\0\0\x02\x07") == Queried("a1", 2, 7)
    assert message_id_of(b"a1\0") == "a1"
    assert message_id_of(b"") == ""


def test_a_unit_shows_neither_number_nor_words() -> None:
    message = ShortMessage(Party("13800000001"), Party("10658"), "您好".encode("utf-16-be"))
    shown = repr(message) + repr(Pdu(Command.SUBMIT_SM, 0, 1, message.encode()))
    assert "13800000001" not in shown
    assert "10658" not in shown
    assert "octets" not in shown
