"""How a text becomes short messages: its encoding and its segments (GSM 03.38, 3GPP TS 23.038)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GSM_ALPHABET: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters of the default alphabet, each at its code."""
GSM_EXTENSION: Final = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
"""Characters that follow an escape: two septets each, and never torn apart."""
# ESC belongs to the alphabet on the air but is no character of a text
_GSM_BASIC: Final = frozenset(GSM_ALPHABET) - {"\x1b"}


class SmsEncoding(StrEnum):
    """The alphabets of a short message."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


# Units of a message alone, and of one piece of a long message: its header takes 6 of 140 bytes.
_ALONE: Final = {SmsEncoding.GSM7: 160, SmsEncoding.UCS2: 70}
_PIECE: Final = {SmsEncoding.GSM7: 153, SmsEncoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Sms:
    """A text as it will be sent; ``characters`` are what is billed: septets or UTF-16 units."""

    encoding: SmsEncoding
    characters: int
    segments: tuple[str, ...]
    payload_bytes: int


def utf16_units(text: str) -> int:
    """The length that gateways count for Chinese text: an emoji counts 2.

    >>> utf16_units("流量😀")
    4
    """
    return sum(_utf16(character) for character in text)


def split_sms(text: str) -> Sms:
    """Split ``text`` into the segments that are sent; they rejoin to ``text``.

    >>> [len(segment) for segment in split_sms("您" * 71).segments]
    [67, 4]
    """
    if all(character in _GSM_BASIC or character in GSM_EXTENSION for character in text):
        encoding, units_of = SmsEncoding.GSM7, _septets
    else:
        encoding, units_of = SmsEncoding.UCS2, _utf16
    characters = sum(units_of(character) for character in text)
    if characters <= _ALONE[encoding]:
        segments: tuple[str, ...] = (text,)
    else:
        segments = _cut(text, _PIECE[encoding], units_of)
    payload = sum(_payload_bytes(segment, encoding) for segment in segments)
    return Sms(encoding, characters, segments, payload)


def _cut(text: str, room: int, units_of: Callable[[str], int]) -> tuple[str, ...]:
    """Fill pieces from the front; a character that takes two units moves over as a whole."""
    pieces: list[str] = []
    start = used = 0
    for position, character in enumerate(text):
        units = units_of(character)
        if used + units > room:
            pieces.append(text[start:position])
            start, used = position, 0
        used += units
    pieces.append(text[start:])
    return tuple(pieces)


def _septets(character: str) -> int:
    return 2 if character in GSM_EXTENSION else 1


def _utf16(character: str) -> int:
    return 2 if character > "\uffff" else 1  # beyond the BMP: a surrogate pair


def _payload_bytes(segment: str, encoding: SmsEncoding) -> int:
    if encoding is SmsEncoding.UCS2:
        return 2 * utf16_units(segment)
    return (7 * sum(_septets(character) for character in segment) + 7) // 8
