"""Everything that pushes need of a deployment, opened once: database, rules, secrets."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from api.push.ledger import Person
from api.push.number import NumberHash, masked, read_number, secret_in
from api.push.plan import Planner
from api.push.policy import Policy
from api.push.policy_file import policy_from
from api.push.reports import Reports
from api.push.sending import Sending
from corpora.migrations import open_database
from corpora.settings import Settings


class PushHouse:
    """The parts over one database; made at the first push, so that searching needs no database.

    ``now`` gives the present moment with its zone.
    """

    def __init__(
        self,
        store_url: str,
        *,
        policy: Policy,
        secret: Callable[[], str],
        signature: str,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._store_url = store_url
        self._secret = secret
        self.policy = policy
        self.signature = signature
        self.now = now
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._hashed: NumberHash | None = None
        self._sending: Sending | None = None

    @property
    def engine(self) -> Engine:
        """The database, made or brought up to date when it is first needed."""
        with self._lock:
            if self._engine is None:
                self._engine = open_database(self._store_url, create=True)
            return self._engine

    @property
    def hashed(self) -> NumberHash:
        """The keyed hash of numbers."""
        with self._lock:
            if self._hashed is None:
                self._hashed = NumberHash(self._secret())
            return self._hashed

    @property
    def sending(self) -> Sending:
        """Stores what may go; one for all threads, so that what waits is stored together."""
        engine, hashed = self.engine, self.hashed
        with self._lock:
            if self._sending is None:
                self._sending = Sending(engine, self.policy, hashed, self.signature)
            return self._sending

    @property
    def planner(self) -> Planner:
        """Says what would go."""
        return Planner(self.engine, self.policy, self.hashed, self.signature)

    @property
    def reports(self) -> Reports:
        """Takes what comes back."""
        return Reports(self.engine, self.policy, self.hashed, self.signature)

    def person(self, number: str) -> Person:
        """Who a number belongs to, in the form that is written down."""
        digits = read_number(number)
        return Person(self.hashed(digits), masked(digits))

    def close(self) -> None:
        """Gives connections back."""
        if self._engine is not None:
            self._engine.dispose()


def house_of(settings: Settings, now: Callable[[], dt.datetime]) -> PushHouse:
    """The house of a deployment; without a secret of its own one is made in a file beside the data."""
    return PushHouse(
        settings.store_url,
        policy=policy_from(settings.push_policy),
        secret=lambda: settings.push_secret or secret_in(Path(settings.push_secret_file)),
        signature=settings.signature,
        now=now,
    )
