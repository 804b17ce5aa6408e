"""The worker: takes what is due from the outbox, hands it to the gateway, and asks about the rest."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, delete, select, update

from api.push import orders
from api.push.gateways.protocol import Fate, Gateway, Outgoing
from api.push.outbox import Outbox, Tried
from api.push.policy import Policy
from api.push.rows import change, note, outgoing_of, settle
from api.push.tables import State, messages, pieces, strays
from api.push.tables import orders as order_table
from api.push.turn import writing
from corpora.migrations import StoreError, reading
from corpora.push_template import Purpose

LEASE: Final = dt.timedelta(seconds=120)  # longer than a gateway's timeout for every piece
_AT_ONCE: Final = 50
_LOOK_EVERY: Final = 0.5  # seconds without anything due
_SWEEP_EVERY: Final = dt.timedelta(seconds=10)
_ASKS_FOR: Final = dt.timedelta(seconds=5)
_ASKED_AGAIN: Final = dt.timedelta(seconds=60)
_NUMBERS_KEPT: Final = dt.timedelta(days=3)
_STRAYS_KEPT: Final = dt.timedelta(days=1)  # an acknowledgement is minutes late at most
_LOG: Final = logging.getLogger("zhiku.push")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: messages that became uncertain, that were found again, orders that ended."""

    uncertain: int = 0
    resolved: int = 0
    expired_orders: int = 0


class Worker:
    """One process's hands on the outbox; any number of them may share it.

    ``clock`` gives the present moment. ``name`` must be no other worker's.
    """

    def __init__(
        self,
        engine: Engine,
        gateway: Gateway,
        policy: Policy,
        *,
        name: str,
        clock: Callable[[], dt.datetime],
        lease: dt.timedelta = LEASE,
    ) -> None:
        self._engine = engine
        self._gateway = gateway
        self._policy = policy
        self._name = name
        self._clock = clock
        self._lease = lease
        self._outbox = Outbox(engine, policy, lease=lease)
        self._swept_at: dt.datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Works until ``stop``; a database that is away is waited for."""
        while not stop.is_set():
            try:
                # a sweep comes in between however much is due: what others left must not wait for it
                if self._swept_at is None or self._clock() >= self._swept_at + _SWEEP_EVERY:
                    self.sweep()
                ids = self._outbox.claim(self._name, self._clock(), _AT_ONCE)
                tried = self._send(list(ids), stop)
            except StoreError as error:
                _LOG.warning("%s", error)
                tried = 0
            if not tried:
                stop.wait(_LOOK_EVERY)
        self._outbox.release(self._name)

    def work(self) -> int:
        """Tries everything that is due now once; how many were tried."""
        count = 0
        while ids := self._outbox.claim(self._name, self._clock(), _AT_ONCE):
            count += self._send(list(ids), None)
        return count

    def _send(self, ids: list[str], stop: threading.Event | None) -> int:
        """One after the other; each outcome is stored together with the beginning of the next try."""
        tried, count = None, 0
        while ids or tried:
            halted = stop is not None and stop.is_set()
            following = None if halted or not ids else ids.pop(0)
            message = self._step(tried, following, stop)
            tried = None
            if message is not None:
                sent = self._gateway.send(message)
                tried = Tried(message.id, sent, self._gateway.name, self._gateway.idempotent)
                count += 1
            elif halted:
                break
        if ids:
            self._outbox.release(self._name)
        return count

    def _step(
        self, tried: Tried | None, following: str | None, stop: threading.Event | None
    ) -> Outgoing | None:
        """A step of the outbox. What a try came to is told until the database takes it: nobody else
        knows it, and without it the message would be uncertain.
        """
        while True:
            try:
                return self._outbox.step(self._name, self._clock(), tried, following)
            except StoreError as error:
                if tried is None or stop is None or stop.is_set():
                    raise
                _LOG.warning("%s", error)
                stop.wait(_LOOK_EVERY)

    def sweep(self) -> Swept:
        """Takes over what dead workers left, asks the gateway about what is uncertain, ends orders
        whose time is over, and forgets numbers that are needed no more.
        """
        now = self._clock()
        self._swept_at = now
        lost = self._outbox.recover(now)
        resolved = self._ask_about_uncertain(now)
        with writing(self._engine) as connection:
            expired = orders.expire(connection, now)
            old = messages.c.state.in_(
                [State.SENT.value, State.UNCERTAIN.value, State.DEAD.value]
            ) & (messages.c.planned_at < now - _NUMBERS_KEPT)
            connection.execute(
                update(messages).where(old, messages.c.number.is_not(None)).values(number=None)
            )
            connection.execute(
                update(order_table)
                .where(order_table.c.ended_at < now - _NUMBERS_KEPT)
                .where(order_table.c.number.is_not(None))
                .values(number=None)
            )
            # a gateway may use a name again: what nobody claimed must not settle another message
            connection.execute(delete(strays).where(strays.c.at < now - _STRAYS_KEPT))
        return Swept(lost, resolved, expired)

    def _ask_about_uncertain(self, now: dt.datetime) -> int:
        """Queries what nobody has heard of for a while; the gateway's word settles it."""
        columns = messages.c
        waiting = select(messages).where(
            columns.state == State.UNCERTAIN.value,
            columns.number.is_not(None),
            columns.next_try <= now,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(waiting.order_by(columns.next_try).limit(_AT_ONCE)).all()
            known = {
                row.id: tuple(
                    connection.scalars(
                        select(pieces.c.gateway_id).where(pieces.c.message_id == row.id)
                    )
                )
                for row in rows
            }
        resolved = 0
        for row in rows:
            if self._clock() > now + _ASKS_FOR:
                break  # a gateway that does not answer must not keep what is due from going out
            fate = self._gateway.query(outgoing_of(row), known[row.id])
            with writing(self._engine) as connection:
                still = connection.scalars(select(columns.state).where(columns.id == row.id)).one()
                if still != State.UNCERTAIN:
                    continue
                # the next question waits: a gateway may take its time to know
                change(connection, row.id, next_try=now + _ASKED_AGAIN)
                if fate is None:
                    continue
                resolved += 1
                if fate is not Fate.UNKNOWN:
                    settle(connection, row.id, "", fate, "query", now, self._policy)
                elif Purpose(row.purpose) is Purpose.MARKETING or row.expires_at <= now:
                    # never again by itself: somebody may decide to
                    change(
                        connection,
                        row.id,
                        state=State.DEAD.value,
                        problem="never_taken",
                        detail="网关没有收到过；营销消息和过期的消息不自动重发",
                        ended_at=now,
                    )
                    note(connection, row.id, "dead", "never_taken", now)
                else:
                    change(connection, row.id, state=State.QUEUED.value, next_try=now)
                    note(connection, row.id, "queued", "never_taken", now)
        return resolved
