"""From a request to a stored message, or to a refusal with its code and reason."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Engine, bindparam, delete, insert, select

from api.push.draft import Draft, Scheduled, scheduled, store
from api.push.given import Asked, Given, Prepared, given_of
from api.push.ledger import histories_of
from api.push.number import NumberHash, masked
from api.push.policy import Policy
from api.push.request import IdempotencyConflict, Request
from api.push.rules import (
    Decline,
    History,
    Proposal,
    declines,
    first_allowed,
    history_counts,
)
from api.push.tables import State, declined, messages
from api.push.together import Together
from api.push.wanted import Kitchen, Ready


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


_Found = Accepted | Refused | Exception
_NOTHING_COUNTS: Final = History()
_KNOWN: Final = select(
    *(messages.c[name] for name in ("idempotency_key", "id", "state", "planned_at")),
    messages.c.request_digest,
).where(
    messages.c.caller == bindparam("by"),
    messages.c.idempotency_key.in_(bindparam("keys", expanding=True)),
)


class Sending:
    """Stores what may go. The rules are judged and the message stored in one transaction, so that
    two requests at once cannot both be the last one that a cap allows. Requests of many threads go
    through one ``Sending``, which stores those that wait together.
    """

    def __init__(self, engine: Engine, policy: Policy, hashed: NumberHash, signature: str) -> None:
        self._policy = policy
        self._hashed = hashed
        self._signature = signature
        self._together = Together(engine, self._store)

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
        if not requests:
            return []
        line = [given_of(kitchen, one, caller, now, self._hashed) for one in requests]
        return self._together(line)

    def _store(self, connection: Connection, line: Sequence[Given]) -> list[_Found]:
        """Judges and stores in the order of ``line``: each sees those before it."""
        known = _known(connection, line)
        histories = self._histories(connection, line)
        found: list[_Found] = []
        queue: list[Scheduled] = []
        for given in line:
            asked, one = given.asked, given.prepared
            if isinstance(asked, Exception):
                found.append(asked)
                continue
            key = (given.caller, asked.request.key)
            # the first answer also where the request could not be rendered any more
            if (row := known.get(key)) is not None:
                found.append(_repeated(row, asked))
                continue
            if isinstance(one, Exception):
                found.append(one)
                continue
            history = histories.get(one.hashed, _NOTHING_COUNTS)
            judged = self._judged(one, history, given.now)
            if isinstance(judged, Refused):
                self._note_refusal(connection, one, judged, given)
                found.append(judged)
                continue
            stored = scheduled(self._draft(one, given.caller), judged.at)
            queue.append(stored)
            if one.hashed in histories:
                histories[one.hashed] = history.with_past(judged.as_past)
            found.append(Accepted(stored.message_id, State.QUEUED, judged.at, False, one.ready))
            known[key] = _Stored(stored.message_id, State.QUEUED.value, judged.at, asked.digest)
        store(connection, queue, max(one.now for one in line), self._policy)
        return found

    def _histories(self, connection: Connection, line: Sequence[Given]) -> dict[str, History]:
        """Of customers for whom some message of ``line`` depends on what was before."""
        depends = {
            one.prepared.hashed
            for one in line
            if isinstance(one.prepared, Prepared)
            and history_counts(one.prepared.ready.purpose, self._policy)
        }
        now = min(one.now for one in line)
        return histories_of(connection, depends, self._signature, now)

    def _judged(self, one: Prepared, history: History, now: dt.datetime) -> Proposal | Refused:
        request = one.request
        proposal = replace(one.proposal, at=max(request.at or now, now))
        if one.unfit:
            return Refused((*one.unfit, *declines(proposal, history, self._policy)))
        if request.until is None:
            against = declines(proposal, history, self._policy)
            return Refused(against) if against else proposal
        found = first_allowed(proposal, history, self._policy, request.until)
        return found if isinstance(found, Proposal) else Refused(found)

    def _draft(self, one: Prepared, caller: str) -> Draft:
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
            pieces=len(message.segments or ()) or None,
        )

    def _note_refusal(
        self,
        connection: Connection,
        one: Prepared,
        refused: Refused,
        given: Given,
    ) -> None:
        """Nothing is dropped silently: what was not sent is counted beside what was, each request once
        however often it comes again.
        """
        first, key = refused.declines[0], one.request.key
        columns = declined.c
        connection.execute(
            delete(declined).where(columns.caller == given.caller, columns.idempotency_key == key)
        )
        connection.execute(
            insert(declined).values(
                caller=given.caller,
                idempotency_key=key,
                number_hash=one.hashed,
                number_masked=masked(one.asked.number),
                channel=one.ready.message.channel.value,
                template_id=one.ready.message.template_id,
                campaign=one.request.campaign,
                code=first.code,
                reason=first.reason,
                at=given.now,
            )
        )


@dataclass(frozen=True, slots=True)
class _Stored:
    """A row that was written a moment ago, as ``_known`` gives it."""

    id: str
    state: str
    planned_at: dt.datetime
    request_digest: str


def _known(connection: Connection, line: Sequence[Given]) -> dict[tuple[str, str], Any]:
    """What was stored before under the callers' keys."""
    keys: dict[str, list[str]] = defaultdict(list)
    for one in line:
        if isinstance(one.asked, Asked):
            keys[one.caller].append(one.asked.request.key)
    return {
        (caller, row.idempotency_key): row
        for caller, some in keys.items()
        for row in connection.execute(_KNOWN, {"by": caller, "keys": some})
    }


def _repeated(row: Any, asked: Asked) -> Accepted | IdempotencyConflict:
    if row.request_digest != asked.digest:
        return IdempotencyConflict(asked.request.key)
    return Accepted(row.id, State(row.state), row.planned_at, True)
