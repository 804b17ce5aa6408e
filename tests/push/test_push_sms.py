"""How texts become segments, checked against arithmetic and against smsutil."""

from __future__ import annotations

import pytest
import smsutil  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from retriever.push import SmsEncoding, split_sms
from retriever.push.sms import utf16_units

# Long enough to need several pieces; emoji are frequent, because only they can be torn apart.
CHINESE = st.text(
    st.one_of(
        st.sampled_from("您的流量已用完，A1"),
        st.sampled_from("😀𠮷🎁"),
        st.characters(exclude_categories=["Cs"]),
    ),
    min_size=1,
    max_size=400,
)
GSM = st.text(st.sampled_from("abcXYZ 0129@£€[]{}^~|\\\n"), min_size=1, max_size=600)
# smsutil counts the escape code itself as a character of the alphabet; it is none.
ANY_TEXT = st.one_of(CHINESE, GSM).filter(lambda text: "\x1b" not in text)


@pytest.mark.parametrize(
    ("length", "pieces"), [(1, [1]), (70, [70]), (71, [67, 4]), (134, [67, 67]), (135, [67, 67, 1])]
)
def test_chinese_takes_70_alone_and_67_in_pieces(length: int, pieces: list[int]) -> None:
    sms = split_sms("您" * length)
    assert [len(segment) for segment in sms.segments] == pieces
    assert (sms.encoding, sms.characters, sms.payload_bytes) == (
        SmsEncoding.UCS2,
        length,
        2 * length,
    )


@pytest.mark.parametrize(
    ("length", "pieces"), [(160, [160]), (161, [153, 8]), (306, [153, 153]), (307, [153, 153, 1])]
)
def test_plain_latin_takes_160_alone_and_153_in_pieces(length: int, pieces: list[int]) -> None:
    sms = split_sms("a" * length)
    assert [len(segment) for segment in sms.segments] == pieces
    assert sms.encoding is SmsEncoding.GSM7


def test_160_septets_fill_140_bytes() -> None:
    assert split_sms("a" * 160).payload_bytes == 140


def test_a_euro_sign_takes_two_septets_and_stays_whole() -> None:
    assert split_sms("€" * 80).characters == 160
    assert [len(segment) for segment in split_sms("€" * 81).segments] == [76, 5]


def test_an_emoji_counts_two_and_moves_over_whole() -> None:
    sms = split_sms("您" * 66 + "😀" + "您" * 10)
    assert sms.characters == 78
    assert sms.segments == ("您" * 66, "😀" + "您" * 10)


def test_the_escape_code_is_no_character_of_a_latin_text() -> None:
    assert split_sms("a\x1b").encoding is SmsEncoding.UCS2


@given(ANY_TEXT)
def test_pieces_rejoin_to_the_text(text: str) -> None:
    assert "".join(split_sms(text).segments) == text


@given(CHINESE)
def test_no_piece_is_over_its_room_and_no_surrogate_pair_is_torn(text: str) -> None:
    sms = split_sms(text)
    if sms.encoding is SmsEncoding.UCS2:
        room = 70 if len(sms.segments) == 1 else 67
        for segment in sms.segments:
            on_air = segment.encode("utf-16-be")  # raises when half a pair stands alone
            assert len(on_air) // 2 == utf16_units(segment) <= room
            assert segment


@given(ANY_TEXT)
def test_encoding_and_pieces_agree_with_smsutil(text: str) -> None:
    theirs = smsutil.split(text)
    ours = split_sms(text)
    names = {"gsm0338": SmsEncoding.GSM7, "utf_16_be": SmsEncoding.UCS2}
    assert ours.encoding is names[theirs.encoding]
    assert ours.segments == tuple(part.content for part in theirs.parts)
    if ours.encoding is SmsEncoding.UCS2:
        assert ours.payload_bytes == theirs.total_bytes
    else:
        assert ours.characters == theirs.total_bytes  # smsutil's "bytes" are septets here
