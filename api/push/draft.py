"""A message that is about to be stored, whole: what is sent later is exactly this."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, bindparam, func, insert, select

from api.push.policy import CHINA, Policy
from api.push.tables import State, events, messages
from corpora import serial
from corpora.push_template import Purpose, PushChannel, PushTemplate
from retriever.push import PushMessage, PushSettings, render, split_sms

PRIORITY: Final = {Purpose.NOTICE: 0, Purpose.CARE: 1, Purpose.MARKETING: 2}
"""What goes first when much is due."""
DEADLINE: Final = "deadline"
"""The placeholder of a second message that is filled when the first reply comes."""
_EXTENSIONS: Final = 100  # two digits behind the port tie a reply to its message
_REFERENCES: Final = 256  # one octet joins the pieces of a message


@dataclass(frozen=True, slots=True)
class Orderable:
    """What a reply to a message may order: the word for it, and the template of the second message
    with everything that fills it but the deadline, which nobody knows yet.
    """

    item_id: str
    item_version: str
    command: str
    template: PushTemplate
    template_version: int
    values: Mapping[str, str]

    def to_json(self) -> str:
        """As it is stored beside the message."""
        kept = {"template": serial.dump(self.template).decode(), "values": dict(self.values)}
        names = ("item_id", "item_version", "command", "template_version")
        return orjson.dumps(kept | {name: getattr(self, name) for name in names}).decode()

    @classmethod
    def from_json(cls, written: str) -> Orderable:
        """What ``to_json`` wrote."""
        kept = orjson.loads(written)
        return cls(**kept | {"template": serial.template_from(kept["template"])})

    def second_message(self, deadline: dt.datetime, settings: PushSettings) -> PushMessage:
        """Names service, price, effect, hotline, and until when a yes counts."""
        local = deadline.astimezone(CHINA)
        return render(
            self.template,
            {**self.values, DEADLINE: f"{local:%Y-%m-%d %H:%M}"},
            item=None,
            item_version="",
            settings=settings,
            load_image=_no_picture,
            template_version=self.template_version,
        )


def _no_picture(name: str) -> bytes:
    raise FileNotFoundError(name)


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything of a message but its times and its place in the queue."""

    caller: str
    key: str
    digest: str
    number: str
    masked: str
    hashed: str
    channel: PushChannel
    purpose: Purpose
    template_id: str
    template_version: int
    item_versions: tuple[str, ...]
    signature: str
    text: str
    package: bytes = b""
    fallback: str = ""
    campaign: str = ""
    wave: int = 0
    orderable: Orderable | None = None
    confirms: str | None = None
    expires_at: dt.datetime | None = None
    pieces: int | None = None
    """Of an SMS, where they are known: counting them again takes a tenth of storing it."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A draft with its id and the time at which it is to go."""

    message_id: str
    draft: Draft
    at: dt.datetime


# made once: making a statement takes longer than running it
_COUNTED: Final = (
    select(messages.c.number_hash, func.count())
    .where(messages.c.number_hash.in_(bindparam("hashes", expanding=True)))
    .group_by(messages.c.number_hash)
)
_MESSAGE: Final = insert(messages)
_EVENT: Final = insert(events)


def scheduled(draft: Draft, at: dt.datetime) -> Scheduled:
    """With an id of its own."""
    return Scheduled(uuid.uuid4().hex, draft, at)


def store(
    connection: Connection, given: Sequence[Scheduled], now: dt.datetime, policy: Policy
) -> None:
    """Puts messages into the queue. The caller's transaction makes them durable.

    Of messages to one customer each has another extension and reference than those before it.
    """
    if not given:
        return
    hashes = {one.draft.hashed for one in given}
    counted = connection.execute(_COUNTED, {"hashes": sorted(hashes)})
    before: Counter[str] = Counter(dict(map(tuple, counted)))
    rows = []
    for one in given:
        rows.append(_row(one, before[one.draft.hashed], now, policy))
        before[one.draft.hashed] += 1
    connection.execute(_MESSAGE, rows)
    accepted = [
        {"message_id": one.message_id, "kind": "accepted", "detail": one.draft.caller, "at": now}
        for one in given
    ]
    connection.execute(_EVENT, accepted)


def _row(one: Scheduled, before: int, now: dt.datetime, policy: Policy) -> dict[str, Any]:
    draft = one.draft
    sms = draft.channel is PushChannel.SMS
    return {
        "id": one.message_id,
        "caller": draft.caller,
        "idempotency_key": draft.key,
        "request_digest": draft.digest,
        "number": draft.number,
        "number_masked": draft.masked,
        "number_hash": draft.hashed,
        "channel": draft.channel.value,
        "purpose": draft.purpose.value,
        "priority": PRIORITY[draft.purpose],
        "template_id": draft.template_id,
        "template_version": draft.template_version,
        "item_versions": orjson.dumps(list(draft.item_versions)).decode(),
        "campaign": draft.campaign,
        "wave": draft.wave,
        "signature": draft.signature,
        "source": f"{policy.ports[draft.purpose]}{before % _EXTENSIONS:02d}",
        "text": draft.text,
        "package": draft.package or None,
        "fallback": draft.fallback,
        "fallback_of": None,
        "pieces": draft.pieces or (len(split_sms(draft.text).segments) if sms else 1),
        "reference": before % _REFERENCES,
        "orderable": draft.orderable.to_json() if draft.orderable else "",
        "confirms": draft.confirms,
        "state": State.QUEUED.value,
        "tries": 0,
        "next_try": one.at,
        "expires_at": draft.expires_at or one.at + policy.lifetime[draft.purpose],
        "worker": None,
        "claimed_until": None,
        "gateway": "",
        "problem": "",
        "detail": "",
        "accepted_at": now,
        "planned_at": one.at,
        "sent_at": None,
        "ended_at": None,
    }
