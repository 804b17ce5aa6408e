"""What the service says about messages; numbers are masked. States and codes are plain strings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.client.shapes import Shape


@dataclass(frozen=True, slots=True)
class Rendered(Shape):
    """A message as a gateway takes it; MMS parts, cards and octets are in ``raw``."""

    template_id: str
    template_version: int
    approved: bool
    channel: str
    characters: int
    bytes: int
    signature: str
    unsubscribe: str
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    item_versions: tuple[str, ...]
    encoding: str | None = None
    segments: tuple[str, ...] | None = None
    text: str | None = None
    fallback: str | None = None
    parts: tuple[Mapping[str, Any], ...] | None = None


@dataclass(frozen=True, slots=True)
class Decline(Shape):
    """A rule against a message; ``allowed_from`` where it only asks for another time."""

    code: str
    reason: str
    allowed_from: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted(Shape):
    """Stored, to be sent at ``at``; ``repeated`` where the same key had been there before."""

    message_id: str
    state: str
    at: dt.datetime
    repeated: bool


@dataclass(frozen=True, slots=True)
class Refusal(Shape):
    """Not sent and never will be; the rules against it, or what was wrong with the request."""

    code: str
    detail: str
    declines: tuple[Decline, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchResult(Shape):
    """What became of one message of a batch: ``accepted`` or a ``refusal``."""

    idempotency_key: str
    accepted: Accepted | None = None
    code: str | None = None
    detail: str | None = None
    declines: tuple[Decline, ...] = ()

    @property
    def refusal(self) -> Refusal | None:
        """Why it was not stored; None where it was."""
        if self.accepted:
            return None
        return Refusal(self.code or "", self.detail or "", self.declines, raw=self.raw)


@dataclass(frozen=True, slots=True)
class Batch(Shape):
    """A result for each message, in the order sent."""

    accepted: int
    refused: int
    results: tuple[BatchResult, ...]


@dataclass(frozen=True, slots=True)
class Reason(Shape):
    """Why it was planned so."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Against(Shape):
    """An offer that was not taken, and the rules against it."""

    template_id: str
    declines: tuple[Decline, ...]


@dataclass(frozen=True, slots=True)
class Step(Shape):
    """What would go to one customer, when ``send`` is true; ``against`` says why not the others."""

    number: str
    send: bool
    template_id: str | None = None
    item_id: str | None = None
    channel: str | None = None
    at: dt.datetime | None = None
    preview: str | None = None
    segments: int | None = None
    reasons: tuple[Reason, ...] = ()
    against: tuple[Against, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan(Shape):
    """What would go to whom; ``codes`` counts those who get nothing by the first rule against it."""

    steps: tuple[Step, ...]
    sent: int
    not_sent: int
    codes: Mapping[str, int]
    segments: int
    expected_calls: float | None


@dataclass(frozen=True, slots=True)
class Event(Shape):
    """Something that happened to a message."""

    kind: str
    detail: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """What exactly was sent, and what became of it."""

    message_id: str
    number: str
    channel: str
    purpose: str
    template_id: str
    template_version: int
    item_versions: tuple[str, ...]
    campaign: str
    text: str
    state: str
    tries: int
    problem: str
    detail: str
    accepted_at: dt.datetime
    planned_at: dt.datetime
    sent_at: dt.datetime | None
    ended_at: dt.datetime | None
    history: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Wish(Shape):
    """A consent or refusal; without ``until`` it holds."""

    what: str
    channel: str
    evidence: str
    recorded_by: str
    since: dt.datetime
    until: dt.datetime | None
    ended_by: str


@dataclass(frozen=True, slots=True)
class History(Shape):
    """What a number agreed to, refused and was sent; the newest first."""

    number: str
    consents: tuple[Wish, ...]
    refusals: tuple[Wish, ...]
    messages: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Outcome(Shape):
    """What came of one template in one campaign, in messages. ``declined`` are those that rules spoke
    against, ``refused`` those of which a gateway reports that the customer wants none.
    """

    campaign: str
    template_id: str
    accepted: int
    declined: int
    waiting: int
    sent: int
    delivered: int
    failed: int
    refused: int
    uncertain: int
    dead: int
    withdrawn: int
    replied: int
    opted_out: int
    ordered: int
    called: int


@dataclass(frozen=True, slots=True)
class Effect(Shape):
    """Outcomes by campaign and template."""

    since: dt.datetime
    until: dt.datetime
    effects: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Outbox(Shape):
    """How many messages stand where, and those that somebody should look at."""

    states: Mapping[str, int]
    oldest_waiting: dt.datetime | None
    dead: tuple[Record, ...]
    uncertain: tuple[Record, ...]
