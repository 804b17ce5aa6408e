"""Short messages as gateways take them: octets of each piece and the header that joins a long message.

The joining header is the concatenation element with an 8-bit reference (3GPP TS 23.040, 9.2.3.24.1).
CMPP and SMPP carry the header before the octets of the text, marked by TP_udhi and esm_class 0x40.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from retriever.push.sms import GSM_ALPHABET, GSM_EXTENSION, Sms, SmsEncoding

DATA_CODING: Final = {SmsEncoding.GSM7: 0, SmsEncoding.UCS2: 8}
"""SMPP's data_coding and CMPP's Msg_Fmt, which agree on these two."""
MAX_PIECES: Final = 255  # the header counts them in one octet

_ESCAPE: Final = 0x1B
_CODES: Final = {character: bytes([code]) for code, character in enumerate(GSM_ALPHABET)} | {
    character: bytes([_ESCAPE, code]) for character, code in GSM_EXTENSION.items()
}


@dataclass(frozen=True, slots=True)
class SmsPiece:
    """One piece of a message: ``header`` is empty where it stands alone."""

    header: bytes
    body: bytes
    data_coding: int

    @property
    def octets(self) -> bytes:
        """What stands in short_message (SMPP) or Msg_Content (CMPP)."""
        return self.header + self.body

    def to_json(self) -> dict[str, object]:
        """Octets as hexadecimal digits."""
        return {
            "header": self.header.hex(),
            "body": self.body.hex(),
            "data_coding": self.data_coding,
        }


def pieces_of(sms: Sms, reference: int) -> tuple[SmsPiece, ...]:
    """The pieces of ``sms``. ``reference`` (0–255) is the same in all of them.

    Handsets join what has one sender, one reference and one count, so messages that are sent to
    one number within minutes of each other need different references. Latin text has one septet
    an octet, as both protocols carry it; the message centre packs it for the air.

    >>> from retriever.push.sms import split_sms
    >>> [piece.octets.hex() for piece in pieces_of(split_sms("您好"), 7)]
    ['60a8597d']
    """
    if not 0 <= reference <= 0xFF:
        raise ValueError(f"reference {reference} does not fit one octet")
    total = len(sms.segments)
    if total > MAX_PIECES:
        raise ValueError(f"{total} pieces do not fit one message; {MAX_PIECES} do")
    coding = DATA_CODING[sms.encoding]
    if total == 1:
        return (SmsPiece(b"", octets_of(sms.segments[0], sms.encoding), coding),)
    return tuple(
        SmsPiece(bytes([5, 0, 3, reference, total, number]), octets_of(text, sms.encoding), coding)
        for number, text in enumerate(sms.segments, start=1)
    )


def octets_of(text: str, encoding: SmsEncoding) -> bytes:
    """Big-endian UTF-16, or the GSM alphabet with one septet an octet."""
    if encoding is SmsEncoding.UCS2:
        return text.encode("utf-16-be")
    return b"".join(_CODES[character] for character in text)


def text_reference(text: str) -> int:
    """A reference that depends on the text alone, for who has no counter: equal texts, equal octets."""
    return blake2b(text.encode("utf-16-be", "surrogatepass"), digest_size=1).digest()[0]
