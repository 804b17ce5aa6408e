"""From a request to a stored message, or to a refusal with its code and reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select

from api.push.draft import Draft, Scheduled, scheduled, store
from api.push.ledger import histories_of
from api.push.number import NumberHash, masked, read_number
from api.push.policy import CHANNELS_SENT, Policy
from api.push.rules import (
    Decline,
    History,
    Proposal,
    declines,
    first_allowed,
)
from api.push.tables import State, declined, messages
from api.push.wanted import Kitchen, NotOrderable, Ready, Wanted, digest_of
from corpora.migrations import writing
from corpora.push_template import PushChannel
from corpora.types import CorporaError
from retriever.context import Customer
from retriever.errors import RetrieverError
from retriever.push import PushError


@dataclass(frozen=True, slots=True)
class Request:
    """One message to one number. ``at`` is when it is to go, now if nothing is said; with ``until`` it
    may be put off that long by rules that only ask for another time.
    """

    key: str
    number: str
    wanted: Wanted
    campaign: str = ""
    wave: int = 0
    at: dt.datetime | None = None
    until: dt.datetime | None = None
    customer: Customer = field(default_factory=Customer)

    @property
    def digest(self) -> str:
        """The same for the same request."""
        wanted = self.wanted
        return digest_of(
            {
                "number": self.number,
                "template": wanted.template_id,
                "channel": wanted.channel.value,
                "item": wanted.item_id,
                "values": dict(wanted.values),
                "region": wanted.region,
                "order": wanted.order
                and [wanted.order.template_id, sorted(wanted.order.values.items())],
                "campaign": self.campaign,
                "wave": self.wave,
                "at": self.at,
                "until": self.until,
            }
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """Stored: it will be sent at ``at`` or end up where somebody sees it."""

    message_id: str
    state: State
    at: dt.datetime
    repeated: bool
    ready: Ready | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Not sent and never will be; every rule against it, the weightiest first."""

    declines: tuple[Decline, ...]


class IdempotencyConflict(Exception):
    """A key that was used for another request."""

    code = "idempotency_conflict"
    field = "idempotency_key"

    def __init__(self, key: str) -> None:
        super().__init__(f"幂等键 {key!r} 已经用于另一个请求；换一个键，或发同样的内容")


class NotSendable(Exception):
    """A channel that is shown on our own screens and not sent through a gateway."""

    code = "channel_not_sendable"
    field = "channel"

    def __init__(self, channel: PushChannel) -> None:
        super().__init__(
            f"渠道 {channel.value} 显示在自己的屏幕上，不经网关发送；用 /v1/push/render 取内容"
        )


EXPECTED: Final = (CorporaError, RetrieverError, PushError, NotSendable, NotOrderable)
"""What can be wrong with a request."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that could be rendered, before the rules."""

    request: Request
    number: str
    hashed: str
    ready: Ready
    unfit: tuple[Decline, ...]

    @property
    def proposal(self) -> Proposal:
        """Without its time."""
        return Proposal(
            self.ready.purpose,
            self.ready.message.channel,
            dt.datetime.min.replace(tzinfo=dt.UTC),
            self.request.campaign,
            self.request.wave,
            self.ready.message.approved,
        )


class Sending:
    """Stores what may go. The rules are judged and the message stored in one transaction, so that
    two requests at once cannot both be the last one that a cap allows.
    """

    def __init__(self, engine: Engine, policy: Policy, hashed: NumberHash, signature: str) -> None:
        self._engine = engine
        self._policy = policy
        self._hashed = hashed
        self._signature = signature

    def send(
        self, kitchen: Kitchen, request: Request, caller: str, now: dt.datetime
    ) -> Accepted | Refused:
        """One request; what is wrong with it is raised."""
        (found,) = self.send_all(kitchen, [request], caller, now)
        if isinstance(found, Exception):
            raise found
        return found

    def send_all(
        self, kitchen: Kitchen, requests: Sequence[Request], caller: str, now: dt.datetime
    ) -> list[Accepted | Refused | Exception]:
        """Each request by itself, stored together: what one is refused for costs no other."""
        prepared = [self._prepared(kitchen, request) for request in requests]
        good = [one for one in prepared if isinstance(one, _Prepared)]
        found: list[Accepted | Refused | Exception] = []
        queue: list[Scheduled] = []
        with writing(self._engine) as connection:
            known = self._known(connection, caller, [one.request.key for one in good])
            histories = histories_of(connection, [one.hashed for one in good], self._signature, now)
            for one in prepared:
                if isinstance(one, Exception):
                    found.append(one)
                    continue
                if (row := known.get(one.request.key)) is not None:
                    found.append(_repeated(row, one.request))
                    continue
                judged = self._judged(one, histories[one.hashed], now)
                if isinstance(judged, Refused):
                    self._note_refusal(connection, one, judged, caller, now)
                    found.append(judged)
                    continue
                stored = scheduled(self._draft(one, caller), judged.at)
                queue.append(stored)
                histories[one.hashed] = histories[one.hashed].with_past(judged.as_past)
                accepted = Accepted(stored.message_id, State.QUEUED, judged.at, False, one.ready)
                found.append(accepted)
                known[one.request.key] = _Stored(
                    stored.message_id, State.QUEUED.value, judged.at, one.request.digest
                )
            store(connection, queue, now, self._policy)
        return found

    def _prepared(self, kitchen: Kitchen, request: Request) -> _Prepared | Exception:
        try:
            if request.wanted.channel not in CHANNELS_SENT:
                raise NotSendable(request.wanted.channel)
            number = read_number(request.number)
            wanted, unfit = kitchen.fitted(request.customer, request.wanted)
            ready = kitchen.made(wanted)
        except EXPECTED as error:
            return error
        return _Prepared(request, number, self._hashed(number), ready, unfit)

    def _judged(self, one: _Prepared, history: History, now: dt.datetime) -> Proposal | Refused:
        request = one.request
        proposal = replace(one.proposal, at=max(request.at or now, now))
        if one.unfit:
            return Refused((*one.unfit, *declines(proposal, history, self._policy)))
        if request.until is None:
            against = declines(proposal, history, self._policy)
            return Refused(against) if against else proposal
        found = first_allowed(proposal, history, self._policy, request.until)
        return found if isinstance(found, Proposal) else Refused(found)

    def _draft(self, one: _Prepared, caller: str) -> Draft:
        message = one.ready.message
        return Draft(
            caller=caller,
            key=one.request.key,
            digest=one.request.digest,
            number=one.number,
            masked=masked(one.number),
            hashed=one.hashed,
            channel=message.channel,
            purpose=one.ready.purpose,
            template_id=message.template_id,
            template_version=message.template_version,
            item_versions=message.item_versions,
            signature=self._signature,
            text=message.text,
            package=message.package,
            fallback=message.fallback,
            campaign=one.request.campaign,
            wave=one.request.wave,
            orderable=one.ready.orderable,
        )

    def _known(self, connection: Connection, caller: str, keys: Sequence[str]) -> dict[str, Any]:
        columns = messages.c
        rows = connection.execute(
            select(
                columns.idempotency_key,
                columns.id,
                columns.state,
                columns.planned_at,
                columns.request_digest,
            ).where(columns.caller == caller, columns.idempotency_key.in_(keys))
        )
        return {row.idempotency_key: row for row in rows}

    def _note_refusal(
        self,
        connection: Connection,
        one: _Prepared,
        refused: Refused,
        caller: str,
        now: dt.datetime,
    ) -> None:
        """Nothing is dropped silently: what was not sent is counted beside what was."""
        first = refused.declines[0]
        connection.execute(
            insert(declined).values(
                caller=caller,
                number_hash=one.hashed,
                number_masked=masked(one.number),
                channel=one.ready.message.channel.value,
                template_id=one.ready.message.template_id,
                campaign=one.request.campaign,
                code=first.code,
                reason=first.reason,
                at=now,
            )
        )


@dataclass(frozen=True, slots=True)
class _Stored:
    """A row that was written a moment ago, as ``_known`` gives it."""

    id: str
    state: str
    planned_at: dt.datetime
    request_digest: str


def _repeated(row: Any, request: Request) -> Accepted | IdempotencyConflict:
    if row.request_digest != request.digest:
        return IdempotencyConflict(request.key)
    return Accepted(row.id, State(row.state), row.planned_at, True)
