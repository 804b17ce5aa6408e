"""One message over one session: its pieces, their answers, and what they come to together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from api.push.gateways.protocol import Outcome, Sent
from api.push.gateways.smpp import statuses
from api.push.gateways.smpp.pdu import Command, message_id_of
from api.push.gateways.smpp.session import NotWritten, Session, Waiting

_FIRST_PAUSE: Final = 0.1  # seconds before a piece is sent again that a busy message centre put off
_LONGEST_PAUSE: Final = 1.0
_LOST: Final = "smpp:lost"


def submit(session: Session, bodies: Sequence[bytes], *, window: int, timeout: float) -> Sent:
    """Sends all pieces. NotWritten where not even the first left: nothing was sent then.

    The first goes alone: what refuses it would refuse the others, and nobody got half a message.
    The others go up to ``window`` at a time; one that a busy message centre puts off goes again.
    ``timeout`` is how long each answer is waited for, and how long pieces are put off; after
    three of them what is still missing counts as lost.
    """
    until = time.monotonic() + 3 * timeout
    first = session.post(Command.SUBMIT_SM, bodies[0]).wait(timeout)
    if first is None:
        session.end()  # a line that does not answer is not trusted with another message
        return Sent(Outcome.UNCERTAIN, (), _LOST, "网关可能已收下，但没有得到回答")
    if first.status != statuses.OK:
        if first.status in statuses.LOST_SESSION:
            session.end()
        return statuses.outcome_of(first.status)
    rest = _Rest(session, bodies, window, timeout, message_id_of(first.body))
    return rest.sent(until)


class _Rest:
    """The pieces after the first, which was accepted."""

    def __init__(
        self, session: Session, bodies: Sequence[bytes], window: int, timeout: float, first: str
    ) -> None:
        self._session = session
        self._bodies = bodies
        self._window = window
        self._timeout = timeout
        self._ids = {0: first}
        self._to_send = deque(range(1, len(bodies)))
        self._out: deque[tuple[int, Waiting]] = deque()
        self._put_off_until = time.monotonic() + timeout
        self._pause = _FIRST_PAUSE

    def sent(self, until: float) -> Sent:
        problem = ""
        while self._to_send or self._out:
            try:
                self._fill(until)
            except (NotWritten, TimeoutError):
                problem = problem or _LOST
                self._to_send.clear()
                continue
            piece, waiting = self._out.popleft()
            answer = waiting.wait(min(self._timeout, max(0.0, until - time.monotonic())))
            if answer is None:
                self._session.end()  # the others are settled by it, with an answer or without
                problem = problem or _LOST
                self._to_send.clear()
            elif answer.status == statuses.OK:
                self._ids[piece] = message_id_of(answer.body)
            elif answer.status in statuses.BUSY and not problem and self._may_wait():
                self._to_send.appendleft(piece)
            else:
                problem = problem or statuses.problem(answer.status)
                self._to_send.clear()  # half a message does not get better by more of it
        ids = tuple(name for _, name in sorted(self._ids.items()) if name)
        if not problem:
            return Sent(Outcome.ACCEPTED, ids)
        detail = f"{len(self._bodies)} 段中网关收下了 {len(self._ids)} 段，其余没有收下或不清楚"
        return Sent(Outcome.UNCERTAIN, ids, problem, detail)

    def _fill(self, until: float) -> None:
        while self._to_send and len(self._out) < self._window:
            if time.monotonic() >= until:
                raise TimeoutError
            waiting = self._session.post(Command.SUBMIT_SM, self._bodies[self._to_send[0]])
            self._out.append((self._to_send.popleft(), waiting))

    def _may_wait(self) -> bool:
        if time.monotonic() + self._pause > self._put_off_until:
            return False
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return True
