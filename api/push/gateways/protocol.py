"""The gateway seam: a message goes out, an outcome comes back, reports come in later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from corpora.push_template import Purpose, PushChannel
from retriever.push import SmsPiece


class GatewayError(Exception):
    """A gateway that cannot be used as it is set up; the message says in Chinese how to mend it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out. ``id`` is its idempotency key: the same message has it at every try.

    ``source`` is the number that the customer sees, its extension included. ``wire`` belongs to SMS,
    ``package`` (multipart/related) to MMS. The text and the number never appear in a log.
    """

    id: str
    number: str
    source: str
    channel: PushChannel
    purpose: Purpose
    text: str
    wire: tuple[SmsPiece, ...] = ()
    package: bytes = b""


class Outcome(StrEnum):
    """What a try to send came to.

    ``accepted``   the gateway has it, and said so
    ``refused``    the gateway will not take it, now or ever
    ``not_sent``   certainly not taken: it may be tried again
    ``uncertain``  it may have been taken: trying again may send it twice
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Sent:
    """The outcome of one try. ``gateway_ids`` are the gateway's names for what it took, one a piece;
    ``problem`` is a short code such as ``smpp:0x00000058``; ``detail`` is for people, in Chinese.
    """

    outcome: Outcome
    gateway_ids: tuple[str, ...] = ()
    problem: str = ""
    detail: str = ""


class Fate(StrEnum):
    """What became of a message that a gateway had taken."""

    ON_ITS_WAY = "on_its_way"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    """The customer wants no messages: the receiver's or the operator's list says so."""
    UNKNOWN = "unknown"
    """The gateway does not know the message: it was never taken."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report on a message. ``message_id`` is ours where the gateway hands it back, ``gateway_id``
    the gateway's; ``source`` and ``number`` tie a report to a message that has neither.
    """

    fate: Fate
    at: dt.datetime
    gateway_id: str = ""
    message_id: str = ""
    number: str = ""
    source: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Words that a customer sent: from ``number`` to ``source``, the number that a message came from."""

    number: str
    source: str
    text: str
    at: dt.datetime
    gateway_id: str = ""
    """The gateway's name for these words: the same ones may be handed over twice."""


Received = Callable[[Receipt | Reply], None]
"""Stores a report; only after it returned does a gateway acknowledge. It may be called from a thread
of the gateway; what it raises means that the report was not stored and must be handed over again."""


MOST_TIMEOUTS: Final = 10
"""A lease on a message must be longer than so many timeouts: who sends is still at it until then."""
LONGEST_NAME: Final = 64
"""Characters of a name that a gateway gives; longer ones are forgotten, because nobody could keep them."""
LONGEST_GATEWAY: Final = 200
"""Characters of a gateway's own name."""


class Gateway(Protocol):
    """A way out. ``send`` never raises for what happens on the way: every outcome is an outcome.

    One thread sends at a time. ``idempotent`` gateways take a message once however often it is sent
    with the same id, so that one whose outcome is unknown may be sent again. ``send`` comes back
    within MOST_TIMEOUTS times the timeout that the gateway was opened with.
    """

    @property
    def name(self) -> str:
        """What appears in records, without credentials, such as ``smpp://gateway:2775``."""
        ...

    @property
    def idempotent(self) -> bool:
        """Whether sending the same message again is harmless."""
        ...

    def send(self, message: Outgoing) -> Sent:
        """One try."""
        ...

    def query(self, message: Outgoing, gateway_ids: tuple[str, ...]) -> Fate | None:
        """What became of a message; nothing where the gateway cannot say now or ever."""
        ...

    def close(self) -> None:
        """Ends in order; reports that were not acknowledged come again."""
        ...
