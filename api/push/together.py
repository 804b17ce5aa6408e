"""Requests that wait in line are stored together, in one transaction, by whoever has the turn.

What is durable costs a transaction, however little is in it. Callers that come while another one
writes would each wait for a transaction of their own; instead the first of them takes the others
along. Nobody is answered before the transaction with his request is over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from sqlalchemy import Connection, Engine

from api.push.turn import writing

G = TypeVar("G")
F = TypeVar("F")
_MOST: Final = 500  # requests in one transaction: those who come later wait for all of it


@dataclass(slots=True)
class _Waiting(Generic[G, F]):
    """One caller in line; ``found`` or ``error`` are there once it ``is_over``."""

    given: Sequence[G]
    found: list[F] = field(default_factory=list)
    error: BaseException | None = None
    is_over: bool = False


class Together(Generic[G, F]):
    """``store`` writes what several callers gave, in their order, and finds something for each of it.

    Where it fails for many it is called again for each caller alone, after everything was undone: the
    error of one costs no other. So it may leave nothing behind but its rows.
    """

    def __init__(self, engine: Engine, store: Callable[[Connection, Sequence[G]], list[F]]) -> None:
        self._engine = engine
        self._store = store
        self._line: list[_Waiting[G, F]] = []
        self._is_writing = False
        self._changed = threading.Condition()

    def __call__(self, given: Sequence[G]) -> list[F]:
        """What was found for each of ``given``, durable by now; or the error, and nothing was written."""
        mine = _Waiting[G, F](given)
        with self._changed:
            self._line.append(mine)
        while group := self._turn(mine):  # in a long line the first turn may be for those before
            try:
                self._write(group)
            finally:
                with self._changed:
                    self._is_writing = False
                    self._changed.notify_all()
        if mine.error is not None:
            raise mine.error
        return mine.found

    def _turn(self, mine: _Waiting[G, F]) -> list[_Waiting[G, F]]:
        """Waits until nobody writes: the first in line, and those behind that fit in with it, none of
        them in part. Nobody where somebody took ``mine`` along.
        """
        with self._changed:
            self._changed.wait_for(lambda: mine.is_over or not self._is_writing)
            if mine.is_over:
                return []
            self._is_writing = True
            count, taken = len(self._line[0].given), 1
            for one in self._line[1:]:
                count += len(one.given)
                if count > _MOST:
                    break
                taken += 1
            group, self._line = self._line[:taken], self._line[taken:]
            return group

    def _write(self, group: Sequence[_Waiting[G, F]]) -> None:
        has_begun = False
        try:
            with writing(self._engine) as connection:
                has_begun = True
                found = self._store(connection, [given for one in group for given in one.given])
        except BaseException as error:  # noqa: BLE001 also after an interrupt the others must go on
            if has_begun and len(group) > 1 and isinstance(error, Exception):
                for one in group:
                    self._write([one])
                return
            for one in group:
                one.error, one.is_over = error, True
        else:
            for one in group:
                one.found, found = found[: len(one.given)], found[len(one.given) :]
                one.is_over = True
