"""From a request to a stored message, or to a refusal with its code and reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from api.push.draft import Draft, Scheduled, scheduled, store
from api.push.ledger import histories_of
from api.push.number import NumberHash, masked, read_number
from api.push.policy import CHANNELS_SENT, CHINA, Policy
from api.push.request import EXPECTED, IdempotencyConflict, NotSendable, Request
from api.push.rules import (
    Decline,
    History,
    Proposal,
    declines,
    first_allowed,
)
from api.push.tables import State, declined, messages
from api.push.turn import writing
from api.push.wanted import Kitchen, Ready
from corpora.types import FieldError


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


_FARTHEST: Final = dt.timedelta(
    days=366
)  # as far as histories look back; until then a number is kept


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with its number read."""

    request: Request
    number: str
    hashed: str
    digest: str


_KNOWN: Final = select(
    *(messages.c[name] for name in ("idempotency_key", "id", "state", "planned_at")),
    messages.c.request_digest,
).where(
    messages.c.caller == bindparam("by"),
    messages.c.idempotency_key.in_(bindparam("keys", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request that could be rendered, before the rules."""

    asked: _Asked
    ready: Ready
    unfit: tuple[Decline, ...]

    @property
    def request(self) -> Request:
        """As it came."""
        return self.asked.request

    @property
    def hashed(self) -> str:
        """Whose number it is."""
        return self.asked.hashed

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
        all_asked = [self._asked(request) for request in requests]
        prepared = [
            one if isinstance(one, Exception) else _prepared(kitchen, one, now) for one in all_asked
        ]
        good = [one for one in prepared if isinstance(one, _Prepared)]
        found: list[Accepted | Refused | Exception] = []
        queue: list[Scheduled] = []
        with writing(self._engine) as connection:
            known = self._known(connection, caller, [request.key for request in requests])
            histories = histories_of(connection, [one.hashed for one in good], self._signature, now)
            for asked, one in zip(all_asked, prepared, strict=True):
                # the first answer also where the request could not be rendered any more
                if isinstance(asked, _Asked) and (row := known.get(asked.request.key)) is not None:
                    found.append(_repeated(row, asked))
                    continue
                if isinstance(one, Exception):
                    found.append(one)
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
                    stored.message_id, State.QUEUED.value, judged.at, one.asked.digest
                )
            store(connection, queue, now, self._policy)
        return found

    def _asked(self, request: Request) -> _Asked | Exception:
        try:
            number = read_number(request.number)
        except EXPECTED as error:
            return error
        hashed = self._hashed(number)
        return _Asked(request, number, hashed, request.digest(hashed))

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
            digest=one.asked.digest,
            number=one.asked.number,
            masked=masked(one.asked.number),
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
        rows = connection.execute(_KNOWN, {"by": caller, "keys": keys})
        return {row.idempotency_key: row for row in rows}

    def _note_refusal(
        self,
        connection: Connection,
        one: _Prepared,
        refused: Refused,
        caller: str,
        now: dt.datetime,
    ) -> None:
        """Nothing is dropped silently: what was not sent is counted beside what was, each request once
        however often it comes again.
        """
        first, key = refused.declines[0], one.request.key
        columns = declined.c
        connection.execute(
            delete(declined).where(columns.caller == caller, columns.idempotency_key == key)
        )
        connection.execute(
            insert(declined).values(
                caller=caller,
                idempotency_key=key,
                number_hash=one.hashed,
                number_masked=masked(one.asked.number),
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


def _prepared(kitchen: Kitchen, asked: _Asked, now: dt.datetime) -> _Prepared | Exception:
    """Rendered from what holds on the day on which it is to go."""
    request = asked.request
    try:
        if request.wanted.channel not in CHANNELS_SENT:
            raise NotSendable(request.wanted.channel)
        at = max(request.at or now, now)
        if at - now > _FARTHEST:
            raise FieldError("at", f"最远只能定在 {_FARTHEST.days} 天以后")
        due = kitchen.on(at.astimezone(CHINA).date())
        wanted, unfit = due.fitted(request.customer, request.wanted)
        return _Prepared(asked, due.made(wanted), unfit)
    except EXPECTED as error:
        return error


def _repeated(row: Any, asked: _Asked) -> Accepted | IdempotencyConflict:
    if row.request_digest != asked.digest:
        return IdempotencyConflict(asked.request.key)
    return Accepted(row.id, State(row.state), row.planned_at, True)
