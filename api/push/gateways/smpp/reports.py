"""What a message centre hands over: receipts on messages, and words of customers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Set
from typing import Final

from api.push.gateways.protocol import Fate, Receipt, Reply
from api.push.gateways.smpp.pdu import (
    USER_DATA_HEADER,
    Malformed,
    ShortMessage,
    Tag,
    message_id_of,
)
from retriever.push.sms import GSM_ALPHABET, GSM_EXTENSION

FATES: Final[Mapping[int, Fate]] = {
    1: Fate.ON_ITS_WAY,  # ENROUTE
    2: Fate.DELIVERED,
    3: Fate.FAILED,  # EXPIRED
    4: Fate.FAILED,  # DELETED
    5: Fate.FAILED,  # UNDELIVERABLE
    6: Fate.ON_ITS_WAY,  # ACCEPTED: many message centres mean by it that they have it
    8: Fate.FAILED,  # REJECTED
}
"""Message states; 7 is that the message centre does not know, so nobody does."""
_STATES: Final = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
    "ACCEPTD": 6,
    "UNKNOWN": 7,
    "REJECTD": 8,
}
_KINDS: Final = 0x3C  # the bits of esm_class that say what kind of message it is
_RECEIPT_KINDS: Final = frozenset({0x04, 0x20})  # final, intermediate
_FIELD: Final = re.compile(r"\b(id|stat|err):(\S+)", re.IGNORECASE)
_CHINESE: Final = re.compile(r"(?:\+|00)?86(1[0-9]{10})")
_EXTENSION: Final = {code: character for character, code in GSM_EXTENSION.items()}
_ESCAPE: Final = 0x1B


def report_of(
    delivered: ShortMessage, at: dt.datetime, refused_errors: Set[str] = frozenset()
) -> Receipt | Reply:
    """Reads one deliver_sm. Pieces of a long reply stay pieces: each is acknowledged by itself.

    The time is that of its arrival: message centres write theirs without a zone. ``refused_errors``
    are those of ``SmppAddress``.
    """
    octets = delivered.octets or delivered.optional.get(Tag.MESSAGE_PAYLOAD, b"")
    if delivered.esm_class & USER_DATA_HEADER and octets:
        if len(octets) <= octets[0]:
            raise Malformed("a header that is longer than the text")
        octets = octets[octets[0] + 1 :]
    # databases keep no zeros: a report that can never be stored would come for ever
    text = text_of(octets, delivered.data_coding).replace("\0", "\ufffd")
    gateway_id = message_id_of(delivered.optional.get(Tag.RECEIPTED_MESSAGE_ID, b""))
    number, source = national(delivered.source.number), delivered.destination.number
    is_receipt = delivered.esm_class & _KINDS in _RECEIPT_KINDS
    if is_receipt or (gateway_id and Tag.MESSAGE_STATE in delivered.optional):
        return _receipt(delivered.optional, text, gateway_id, number, source, at, refused_errors)
    return Reply(number, source, text, at, gateway_id)


def _receipt(
    optional: Mapping[int, bytes],
    text: str,
    gateway_id: str,
    number: str,
    source: str,
    at: dt.datetime,
    refused_errors: Set[str],
) -> Receipt:
    told = {found[1].lower(): found[2] for found in _FIELD.finditer(text.partition("text:")[0])}
    word = told.get("stat", "").upper()
    octets = optional.get(Tag.MESSAGE_STATE, b"")
    state = octets[-1] if octets else _STATES.get(word[:7], 0)
    fate = FATES.get(state, Fate.ON_ITS_WAY)
    problem = ""
    if fate is not Fate.DELIVERED and state not in (1, 6):
        word = word or next((name for name, n in _STATES.items() if n == state), "unreadable")
        network = optional.get(Tag.NETWORK_ERROR_CODE, b"")
        error = told.get("err", "") or network[-2:].hex()
        problem = ":".join(("smpp", word[:16], error[:16])).rstrip(":")
        if refused_errors & {word, error.upper()}:
            fate = Fate.REFUSED
    gateway_id = gateway_id or message_id_of(told.get("id", "").encode("latin-1", "replace"))
    return Receipt(fate, at, gateway_id, "", number, source, problem)


def text_of(octets: bytes, data_coding: int) -> str:
    """The words; what cannot be read becomes a mark, because refusing them would lose them.

    >>> text_of(bytes.fromhex("1b65 00"), 0), text_of(bytes.fromhex("62d26536"), 8)
    ('€@', '拒收')
    """
    match data_coding:
        case 8 | 0x18 | 0x19 | 0x1A | 0x1B:
            return octets.decode("utf-16-be", "replace")
        case 15:  # of CMPP, and of message centres that speak both
            return octets.decode("gb18030", "replace")
        case 0 | 0xF0 | 0xF1 | 0xF2 | 0xF3:
            return _gsm(octets)
        case _:
            return octets.decode("latin-1")


def national(number: str) -> str:
    """A Chinese mobile number as customers write it.

    >>> national("+8613800000000"), national("8613800000000"), national("1065800")
    ('13800000000', '13800000000', '1065800')
    """
    found = _CHINESE.fullmatch(number)
    return found[1] if found else number


def _gsm(octets: bytes) -> str:
    """One septet an octet; an escape before what it does not know is a space, as the standard says."""
    characters: list[str] = []
    is_escaped = False
    for octet in octets:
        if octet == _ESCAPE and not is_escaped:
            is_escaped = True
            continue
        plain = GSM_ALPHABET[octet] if octet < len(GSM_ALPHABET) else "\ufffd"
        characters.append(_EXTENSION.get(octet, plain) if is_escaped else plain)
        is_escaped = False
    return "".join(characters)
