"""The octets of short messages: what a handset joins and reads is the text."""

from __future__ import annotations

import pytest
import smsutil  # type: ignore[import-untyped]  # noqa: F401 its codec is the oracle for the alphabet
from hypothesis import given
from hypothesis import strategies as st

from retriever.push import SmsEncoding, pieces_of, split_sms
from retriever.push.sms import GSM_ALPHABET, GSM_EXTENSION
from retriever.push.wire import octets_of, text_reference

EVERY_GSM = [c for c in GSM_ALPHABET if c != "\x1b"] + list(GSM_EXTENSION)
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400),
    st.text(st.sampled_from("您的流量A1😀𠮷"), min_size=60, max_size=400),
    st.text(st.sampled_from(EVERY_GSM), min_size=1, max_size=600),
)


def test_a_text_that_stands_alone_has_no_header() -> None:
    (piece,) = pieces_of(split_sms("您好"), 7)
    assert (piece.header, piece.body.hex(), piece.data_coding) == (b"", "60a8597d", 8)


def test_pieces_of_a_long_text_say_which_they_are_of_which_message() -> None:
    first, second = pieces_of(split_sms("您" * 71), 0xA7)
    assert first.header.hex() == "050003a70201"
    assert second.header.hex() == "050003a70202"
    assert second.octets == second.header + ("您" * 4).encode("utf-16-be")
    assert len(first.octets) == 140


@pytest.mark.parametrize("character", EVERY_GSM)
def test_the_alphabet_is_that_of_the_standard(character: str) -> None:
    assert octets_of(character, SmsEncoding.GSM7) == character.encode("gsm0338")


@given(ANY_TEXT, st.integers(0, 255))
def test_a_handset_that_joins_the_pieces_reads_the_text(text: str, reference: int) -> None:
    sms = split_sms(text)
    pieces = pieces_of(sms, reference)
    joined = b"".join(piece.body for piece in pieces)
    codec = "utf-16-be" if sms.encoding is SmsEncoding.UCS2 else "gsm0338"
    assert joined.decode(codec) == text
    if len(pieces) > 1:
        headers = [piece.header for piece in pieces]
        assert headers == [
            bytes([5, 0, 3, reference, len(pieces), n + 1]) for n in range(len(pieces))
        ]


@given(ANY_TEXT)
def test_every_piece_fits_what_the_air_carries(text: str) -> None:
    sms = split_sms(text)
    for piece in pieces_of(sms, 1):
        if sms.encoding is SmsEncoding.UCS2:
            assert len(piece.octets) <= 140
            piece.body.decode("utf-16-be")  # no surrogate pair is torn
        else:  # septets; with the header, 7 of them and a fill bit
            assert len(piece.body) <= (153 if piece.header else 160)


def test_what_the_header_cannot_count_is_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        pieces_of(split_sms("您"), 256)
    with pytest.raises(ValueError, match="255 do"):
        pieces_of(split_sms("您" * 67 * 256), 0)


def test_a_reference_made_from_the_text_is_the_same_for_the_same_text() -> None:
    made = {text_reference(f"第{n}条") for n in range(2000)}
    assert made == set(range(256))
    assert text_reference("您好") == text_reference("您好")
