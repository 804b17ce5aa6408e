"""The outbox: stored before it is acknowledged, claimed by a worker, and never forgotten.

What a worker was trying when it died is ``uncertain``: it may have left. What it had only claimed
goes back to the queue. Every step is one transaction; one that did not happen leaves the state
before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, update

from api.push.draft import PRIORITY
from api.push.gateways.protocol import Outcome, Outgoing, Sent
from api.push.ledger import wish_against
from api.push.policy import Policy, backoff
from api.push.rows import add_pieces, change, end, fail, note, outgoing_of
from api.push.tables import State, messages
from api.push.turn import writing
from corpora.push_template import Purpose

_NEVER_TO_BE_REPEATED: Final = Purpose.MARKETING
_ACKNOWLEDGEABLE: Final = (
    State.QUEUED,
    State.CLAIMED,
    State.SENDING,
    State.UNCERTAIN,
    State.DEAD,
)
"""What an acknowledgement moves on, whoever has it by now: it did leave."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try came to, and whether its gateway takes a message once however often it is sent."""

    message_id: str
    sent: Sent
    gateway: str
    idempotent: bool


class Outbox:
    """The messages that wait, by one policy; several workers may share it."""

    def __init__(self, engine: Engine, policy: Policy, *, lease: dt.timedelta) -> None:
        self._engine = engine
        self._policy = policy
        self._lease = lease

    def claim(self, worker: str, now: dt.datetime, most: int) -> Sequence[str]:
        """Ids of the next messages, now this worker's: notices first, then by their time."""
        columns = messages.c
        ids: list[str] = []
        with writing(self._engine) as connection:
            # priority by priority: the index then ends at what is due, however much is planned ahead
            for priority in sorted(PRIORITY.values()):
                due = (
                    select(columns.id)
                    .where(columns.state == State.QUEUED.value, columns.priority == priority)
                    .where(columns.next_try <= now)
                    .order_by(columns.next_try, columns.id)
                    .limit(most - len(ids))
                )
                if len(ids) < most:
                    ids += connection.scalars(due)
            if ids:
                connection.execute(
                    update(messages)
                    .where(columns.id.in_(ids))
                    .values(
                        state=State.CLAIMED.value, worker=worker, claimed_until=now + self._lease
                    )
                )
        return ids

    def step(
        self, worker: str, now: dt.datetime, tried: Tried | None, following: str | None
    ) -> Outgoing | None:
        """Stores what the last try came to and begins the next, in one transaction.

        None where nothing follows, or ``following`` may not go any more.
        """
        with writing(self._engine) as connection:
            if tried is not None:
                self._finish(connection, worker, tried, now)
            return None if following is None else self._begin(connection, worker, following, now)

    def release(self, worker: str) -> None:
        """Gives back what a worker claimed and did not try."""
        with writing(self._engine) as connection:
            connection.execute(
                update(messages)
                .where(messages.c.state == State.CLAIMED.value, messages.c.worker == worker)
                .values(state=State.QUEUED.value, worker=None, claimed_until=None)
            )

    def recover(self, now: dt.datetime) -> int:
        """Takes over from workers whose lease ended; how many messages became ``uncertain``."""
        columns = messages.c
        with writing(self._engine) as connection:
            connection.execute(
                update(messages)
                .where(columns.state == State.CLAIMED.value, columns.claimed_until < now)
                .values(state=State.QUEUED.value, worker=None, claimed_until=None)
            )
            lost = list(
                connection.scalars(
                    select(columns.id).where(
                        columns.state == State.SENDING.value, columns.claimed_until < now
                    )
                )
            )
            for message_id in lost:
                change(
                    connection,
                    message_id,
                    state=State.UNCERTAIN.value,
                    problem="worker_lost",
                    detail="发送中途进程中断，不知道网关有没有收到",
                )  # it keeps the worker's name: if it lives after all, its word on this try counts
                note(connection, message_id, "uncertain", "worker_lost", now)
        return len(lost)

    def _begin(
        self, connection: Connection, worker: str, message_id: str, now: dt.datetime
    ) -> Outgoing | None:
        columns = messages.c
        mine = (columns.state == State.CLAIMED.value) & (columns.worker == worker)
        row = connection.execute(
            select(messages).where(columns.id == message_id, mine, columns.claimed_until > now)
        ).one_or_none()
        if row is None:  # withdrawn, or another worker's: this one was too slow
            return None
        if row.expires_at <= now:
            self._give_up(connection, message_id, "expired", "过了有效时间仍没有发出", now)
            return None
        if row.number is None:
            self._give_up(connection, message_id, "number_gone", "号码已按规定删除，不能再发", now)
            return None
        purpose = Purpose(row.purpose)
        if unwanted := wish_against(connection, row):
            end(connection, message_id, State.WITHDRAWN, *unwanted, now)
            return None
        allowed = self._policy.next_allowed(purpose, now)
        if allowed > now:
            # caps count it where it goes
            change(
                connection,
                message_id,
                state=State.QUEUED.value,
                next_try=allowed,
                planned_at=allowed,
                worker=None,
            )
            return None
        change(connection, message_id, state=State.SENDING.value, claimed_until=now + self._lease)
        return outgoing_of(row)

    def _finish(self, connection: Connection, worker: str, tried: Tried, now: dt.datetime) -> None:
        """Stores an outcome. An acknowledgement that comes after the lease ended is believed all the
        same; anything else only while the try is still the newest one.
        """
        found = connection.execute(select(messages).where(messages.c.id == tried.message_id)).one()
        tries, sent = found.tries + 1, tried.sent
        open_try = found.state in (State.SENDING, State.UNCERTAIN) and found.worker == worker
        taken = sent.outcome is Outcome.ACCEPTED and found.state in _ACKNOWLEDGEABLE
        if open_try or taken or found.worker is None:
            change(connection, found.id, tries=tries, gateway=tried.gateway, worker=None)
        if not open_try and not taken:
            # a receipt was faster than the acknowledgement, or another worker has tried since
            add_pieces(connection, found.id, sent.gateway_ids, now, self._policy)
            return
        note(connection, found.id, sent.outcome.value, sent.problem, now)
        match sent.outcome:
            case Outcome.ACCEPTED:
                change(
                    connection,
                    found.id,
                    state=State.SENT.value,
                    sent_at=now,
                    ended_at=None,
                    problem="",
                    detail="",
                )
                add_pieces(connection, found.id, sent.gateway_ids, now, self._policy)
            case Outcome.REFUSED:
                fail(connection, found.id, sent.problem, sent.detail, now, self._policy)
            case Outcome.NOT_SENT:
                self._again(connection, found, tries, sent, now)
            case Outcome.UNCERTAIN:
                change(
                    connection,
                    found.id,
                    state=State.UNCERTAIN.value,
                    problem=sent.problem,
                    detail=sent.detail,
                )
                add_pieces(connection, found.id, sent.gateway_ids, now, self._policy)
                if tried.idempotent and Purpose(found.purpose) is not _NEVER_TO_BE_REPEATED:
                    self._again(connection, found, tries, sent, now)

    def _again(
        self, connection: Connection, found: Any, tries: int, sent: Sent, now: dt.datetime
    ) -> None:
        """Once more after a while, or onto the dead-letter list."""
        following = now + backoff(tries)
        if tries >= self._policy.tries or following >= found.expires_at:
            self._give_up(connection, found.id, sent.problem, sent.detail, now)
            return
        change(
            connection,
            found.id,
            state=State.QUEUED.value,
            next_try=following,
            problem=sent.problem,
            detail=sent.detail,
        )

    def _give_up(
        self, connection: Connection, message_id: str, problem: str, detail: str, now: dt.datetime
    ) -> None:
        # the number stays until it is tidied away: whoever looks may want to send it again
        change(
            connection,
            message_id,
            state=State.DEAD.value,
            problem=problem,
            detail=detail,
            ended_at=now,
        )
        note(connection, message_id, "dead", problem, now)
