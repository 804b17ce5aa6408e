"""Messages on their way out, and what arrived of them."""

from __future__ import annotations

from collections.abc import Sequence

from api.push.gateways.protocol import Outgoing
from corpora.push_template import Purpose, PushChannel
from retriever.push import SmsPiece, pieces_of, split_sms
from retriever.push.sms import GSM_ALPHABET, GSM_EXTENSION

NUMBER = "13800000001"
SOURCE = "1065800123"
_EXTENSION = {code: character for character, code in GSM_EXTENSION.items()}


def make_outgoing(
    text: str = "【示例移动】您好，流量包已开通。",
    *,
    id: str = "m-1",  # noqa: A002 the field's name
    number: str = NUMBER,
    channel: PushChannel = PushChannel.SMS,
    package: bytes = b"",
    reference: int = 7,
) -> Outgoing:
    is_sms = channel is PushChannel.SMS
    wire = pieces_of(split_sms(text), reference) if is_sms else ()
    return Outgoing(id, number, SOURCE, channel, Purpose.NOTICE, text, wire, package)


def joined(pieces: Sequence[SmsPiece]) -> str:
    """What a handset shows: pieces in the order of their headers, then read."""
    ordered = sorted(pieces, key=lambda piece: piece.header[-1:] or b"\0")
    (coding,) = {piece.data_coding for piece in pieces}
    octets = b"".join(piece.body for piece in ordered)
    if coding == 8:
        return octets.decode("utf-16-be")
    escaped = octets.replace(b"\x1b", b"\xff")
    text, septets = "", iter(escaped)
    for septet in septets:
        text += _EXTENSION[next(septets)] if septet == 0xFF else GSM_ALPHABET[septet]
    return text


def cut(octets: bytes, coding: int) -> SmsPiece:
    """A piece from what stands in short_message with the bit for a header set."""
    length = octets[0] + 1
    return SmsPiece(octets[:length], octets[length:], coding)
