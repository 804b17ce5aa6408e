"""The protocol data units of SMPP 3.4 that a sender of messages needs, as octets and back.

Our own, because no maintained library fits: the client of smpp34 (MIT) acknowledges reports before
its caller has seen, let alone stored them, and its codec has no classes for binding, asking and
their answers; aiosmpplib lives in an event loop; smpp.pdu3 is of 2019; smpplib is LGPL. Tests compare
these octets with smpp34's.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from api.push.gateways.protocol import LONGEST_NAME

RESPONSE: Final = 0x80000000
"""The bit that makes an answer of a command."""
LAST_SEQUENCE: Final = 0x7FFFFFFF
USER_DATA_HEADER: Final = 0x40
"""The bit of esm_class that says: the text begins with a header."""
_HEADER: Final = struct.Struct(">IIII")
_LONGEST_NUMBER: Final = 20
_LONGEST: Final = 64 * 1024 + 1024  # message_payload has 64 KiB at most
_VERSION: Final = 0x34


class Command(IntEnum):
    """What a unit asks for."""

    GENERIC_NACK = 0x80000000
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102


class Tag(IntEnum):
    """Optional parameters that are read."""

    RECEIPTED_MESSAGE_ID = 0x1E
    NETWORK_ERROR_CODE = 0x423
    MESSAGE_PAYLOAD = 0x424
    MESSAGE_STATE = 0x427


class Malformed(Exception):
    """Octets that are no unit; in a stream nothing after them can be understood."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One unit; ``body`` may hold a number and a text, so it is never shown."""

    command: int
    status: int
    sequence: int
    body: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Its octets."""
        length = _HEADER.size + len(self.body)
        return _HEADER.pack(length, self.command, self.status, self.sequence) + self.body


class Frames:
    """Cuts a stream into units, however the network cut it into pieces."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, octets: bytes) -> list[Pdu]:
        """The units that ``octets`` complete; Malformed where a length cannot be true."""
        self._rest += octets
        units: list[Pdu] = []
        while len(self._rest) >= _HEADER.size:
            length, command, status, sequence = _HEADER.unpack_from(self._rest)
            if not _HEADER.size <= length <= _LONGEST:
                raise Malformed(f"a unit of {length} octets")
            if len(self._rest) < length:
                break
            units.append(Pdu(command, status, sequence, bytes(self._rest[_HEADER.size : length])))
            del self._rest[:length]
        return units


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a message."""

    number: str = field(repr=False)
    ton: int = 0
    npi: int = 1

    def encode(self) -> bytes:
        """Kind, plan and digits."""
        return bytes([self.ton, self.npi]) + c_string(self.number, _LONGEST_NUMBER)


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """The body of submit_sm and deliver_sm, which have the same fields."""

    source: Party
    destination: Party
    octets: bytes = field(repr=False)
    data_coding: int = 0
    esm_class: int = 0
    registered_delivery: int = 0
    service_type: str = ""
    optional: Mapping[int, bytes] = field(default_factory=dict, repr=False)

    def encode(self) -> bytes:
        """ValueError where a field does not fit."""
        if len(self.octets) > 254:
            raise ValueError(f"{len(self.octets)} octets do not fit short_message; 254 do")
        return b"".join(
            (
                c_string(self.service_type, 5),
                self.source.encode(),
                self.destination.encode(),
                bytes([self.esm_class, 0, 0]),  # protocol_id, priority_flag
                b"\0\0",  # sent at once, valid as long as the message centre likes
                bytes([self.registered_delivery, 0, self.data_coding, 0, len(self.octets)]),
                self.octets,
                *(
                    struct.pack(">HH", tag, len(value)) + value
                    for tag, value in self.optional.items()
                ),
            )
        )

    @classmethod
    def decode(cls, body: bytes) -> ShortMessage:
        """Malformed where the fields do not fill the body."""
        fields = _Fields(body)
        service_type = fields.c_string()
        source = _party(fields)
        destination = _party(fields)
        esm_class, _, _ = fields.octet(), fields.octet(), fields.octet()
        fields.c_string()
        fields.c_string()
        registered, _, coding, _ = fields.octet(), fields.octet(), fields.octet(), fields.octet()
        octets = fields.take(fields.octet())
        return cls(
            source,
            destination,
            octets,
            coding,
            esm_class,
            registered,
            service_type,
            fields.optional(),
        )


@dataclass(frozen=True, slots=True)
class Queried:
    """The body of query_sm_resp: ``state`` is one of the message states of SMPP."""

    message_id: str
    state: int
    error: int

    @classmethod
    def decode(cls, body: bytes) -> Queried:
        """Malformed where something is missing."""
        fields = _Fields(body)
        message_id = fields.c_string()
        fields.c_string()
        return cls(message_id, fields.octet(), fields.octet())


def bind_body(system_id: str, password: str, system_type: str) -> bytes:
    """The body of bind_transceiver; all numbers of the account come in."""
    return (
        c_string(system_id, 15)
        + c_string(password, 8)
        + c_string(system_type, 12)
        + bytes([_VERSION, 0, 0, 0])
    )


def query_body(message_id: str, source: Party) -> bytes:
    """The body of query_sm: a message is named with the number that it came from."""
    return c_string(message_id, LONGEST_NAME) + source.encode()


def message_id_of(octets: bytes) -> str:
    """The name at the front of a body or a parameter; empty where there is none of at most 64
    characters that can be shown.
    """
    name = octets.partition(b"\0")[0].decode("latin-1")
    return name if len(name) <= LONGEST_NAME and name.isprintable() else ""


def c_string(text: str, longest: int) -> bytes:
    """Octets that end in a zero; ValueError where they do not fit."""
    if not text.isascii() or "\0" in text or len(text) > longest:
        raise ValueError(f"not {longest} ASCII characters at most")
    return text.encode("ascii") + b"\0"


class _Fields:
    """A body read from front to back."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def octet(self) -> int:
        return self.take(1)[0]

    def take(self, length: int) -> bytes:
        if self._at + length > len(self._body):
            raise Malformed("a body that ends too early")
        self._at += length
        return self._body[self._at - length : self._at]

    def c_string(self) -> str:
        end = self._body.find(b"\0", self._at)
        if end < 0:
            raise Malformed("a string without an end")
        octets = self.take(end + 1 - self._at)
        return octets[:-1].decode("latin-1")

    def optional(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while self._at < len(self._body):
            tag, length = struct.unpack(">HH", self.take(4))
            found.setdefault(tag, self.take(length))
        return found


def _party(fields: _Fields) -> Party:
    ton, npi = fields.octet(), fields.octet()
    number = fields.c_string()
    if len(number) > _LONGEST_NUMBER:
        raise Malformed("a number that is too long")
    return Party(number, ton, npi)
