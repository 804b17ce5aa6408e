"""Messages in an outbox, and a gateway that does what it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine, select

from api.push.draft import Draft, scheduled, store
from api.push.gateways.protocol import Fate, Outcome, Outgoing, Sent
from api.push.ledger import Evidence, Person, consent
from api.push.number import NumberHash, masked
from api.push.policy import CHINA, Policy
from api.push.tables import messages
from api.push.turn import writing
from api.push.worker import Worker
from corpora.migrations import reading
from corpora.push_template import Purpose, PushChannel

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=CHINA)
POLICY = Policy()
HASHED = NumberHash("a secret of tests only")
NUMBER = "13800001234"
LEASE = dt.timedelta(seconds=60)


@dataclass
class Clock:
    """A moment that tests move."""

    at: dt.datetime = NOON

    def __call__(self) -> dt.datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += dt.timedelta(**span)


@dataclass
class ToldGateway:
    """Answers with what it was told, one outcome a message, then takes everything."""

    outcomes: list[Sent] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    idempotent: bool = False
    taken: list[Outgoing] = field(default_factory=list)
    while_sending: Callable[[Outgoing], None] = lambda _: None
    name: str = "told:"

    def send(self, message: Outgoing) -> Sent:
        self.taken.append(message)
        self.while_sending(message)
        if self.outcomes:
            return self.outcomes.pop(0)
        ids = tuple(f"{message.id}-{n}" for n in range(max(1, len(message.wire))))
        return Sent(Outcome.ACCEPTED, ids)

    def query(self, message: Outgoing, gateway_ids: tuple[str, ...]) -> Fate | None:
        return self.fates.get(message.id)

    def close(self) -> None:
        pass


def make_draft(key: str = "k1", number: str = NUMBER, **changes: Any) -> Draft:
    draft = Draft(
        caller="tests",
        key=key,
        digest="d" * 64,
        number=number,
        masked=masked(number),
        hashed=HASHED(number),
        channel=PushChannel.SMS,
        purpose=Purpose.NOTICE,
        template_id="tpl-notice",
        template_version=3,
        item_versions=("flow-10@2",),
        signature="示例移动",
        text=f"【示例移动】您办理的业务已生效 {key}",
    )
    return replace(draft, **changes)


def put(engine: Engine, draft: Draft, at: dt.datetime = NOON, policy: Policy = POLICY) -> str:
    """Stores a message; who gets marketing has agreed to it."""
    one = scheduled(draft, at)
    with writing(engine) as connection:
        if draft.purpose is Purpose.MARKETING:
            agree(connection, draft, None)
        store(connection, [one], at, policy)
    return one.message_id


def agree(connection: Connection, draft: Draft, channel: PushChannel | None) -> None:
    said = Evidence("受理单 1", "tests", NOON - dt.timedelta(days=9))
    consent(connection, Person(draft.hashed, draft.masked), draft.signature, channel, said)


def row(engine: Engine, message_id: str) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(messages).where(messages.c.id == message_id)).one()


def states(engine: Engine, ids: Sequence[str]) -> list[str]:
    return [row(engine, one).state for one in ids]


def make_worker(engine: Engine, gateway: ToldGateway, clock: Clock, name: str = "w1") -> Worker:
    return Worker(engine, gateway, POLICY, name=name, clock=clock, lease=LEASE)
