"""A session with a message centre: questions and their answers, and what it asks of us."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from api.push.gateways.smpp.channel import Channel, ClosedByPeer
from api.push.gateways.smpp.pdu import (
    LAST_SEQUENCE,
    RESPONSE,
    Command,
    Frames,
    Malformed,
    Pdu,
)

_INVALID_COMMAND: Final = 0x03


class NotWritten(Exception):
    """A unit did not leave whole, so that the other side cannot have understood it."""


class Waiting:
    """A unit that left, until its answer is there or can no longer come."""

    def __init__(self, command: int, sequence: int) -> None:
        self.command = command
        self.sequence = sequence
        self._settled = threading.Event()
        self._answer: Pdu | None = None

    def settle(self, answer: Pdu | None) -> None:
        """The first call counts."""
        if not self._settled.is_set():
            self._answer = answer
            self._settled.set()

    def wait(self, seconds: float) -> Pdu | None:
        """The answer; nothing where none came in time or the session ended."""
        self._settled.wait(seconds)
        return self._answer


class Session:
    """One connection. A thread of its own reads; every answer finds its question by its number.

    What comes twice, late or with a number that nobody waits for is dropped. ``asked`` is called
    from the reading thread with each deliver_sm and must not block.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        timeout: float,
        keep_alive: float,
        asked: Callable[[Session, Pdu], None],
    ) -> None:
        self._channel = channel
        self._timeout = timeout
        self._keep_alive = keep_alive
        self._asked = asked
        self._writing = threading.Lock()
        self._numbering = threading.Lock()
        self._waiting: dict[int, Waiting] = {}
        self._sequence = 0
        self._is_over = False
        self._is_left = False  # by the other side: nothing goes out, what came in is still read
        self._heard = time.monotonic()
        self._probe: float | None = None
        self._reader = threading.Thread(target=self._read, name="smpp-reader", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Whether units can go out."""
        return not self._is_over and not self._is_left

    @property
    def silence(self) -> float:
        """Seconds since the other side was heard."""
        return time.monotonic() - self._heard

    def post(self, command: Command, body: bytes = b"") -> Waiting:
        """Sends a unit without waiting for its answer."""
        with self._numbering:
            self._sequence = self._sequence % LAST_SEQUENCE + 1
            waiting = Waiting(command, self._sequence)
            self._waiting[waiting.sequence] = waiting
        try:
            self._write(Pdu(command, 0, waiting.sequence, body))
        except NotWritten:
            self._waiting.pop(waiting.sequence, None)
            raise
        return waiting

    def ask(self, command: Command, body: bytes = b"", *, seconds: float) -> Pdu | None:
        """Sends a unit and waits; nothing where no answer came."""
        try:
            waiting = self.post(command, body)
        except NotWritten:
            return None
        answer = waiting.wait(seconds)
        self._waiting.pop(waiting.sequence, None)
        return answer

    def answer(self, question: Pdu, *, status: int = 0, body: bytes = b"") -> None:
        """Answers what the other side asked; NotWritten where the session is over."""
        self._write(Pdu(question.command | RESPONSE, status, question.sequence, body))

    def end(self) -> None:
        """Ends the connection: nobody waits for an answer any longer."""
        self._is_over = True
        self._channel.end()

    def join(self, seconds: float) -> None:
        """Until the reading thread is gone."""
        if threading.current_thread() is not self._reader:
            self._reader.join(seconds)

    def _write(self, unit: Pdu) -> None:
        octets = unit.encode()
        with self._writing:
            if self._is_over:
                raise NotWritten
            try:
                self._channel.send(octets)
            except ClosedByPeer:
                self._is_left = True
                raise NotWritten from None
            except OSError:
                # a unit without its last octets is none: it was certainly not understood
                self.end()
                raise NotWritten from None

    def _read(self) -> None:
        frames = Frames()
        with suppress(OSError, Malformed, NotWritten):
            while not self._is_over:
                try:
                    octets = self._channel.receive()
                except TimeoutError:
                    if self._is_silent_too_long():
                        break
                    continue
                if not octets:
                    break
                self._heard, self._probe = time.monotonic(), None
                for unit in frames.feed(octets):
                    # what the other side asked can no longer be answered; an answer may still follow
                    with suppress(NotWritten):
                        self._take(unit)
        self.end()
        with self._writing:  # nobody writes any more
            self._channel.close()
        for waiting in list(self._waiting.values()):
            waiting.settle(None)

    def _is_silent_too_long(self) -> bool:
        if self._probe is not None:
            return time.monotonic() - self._probe >= self._timeout
        if self.silence >= self._keep_alive:
            self._probe = time.monotonic()
            self.post(Command.ENQUIRE_LINK)
        return False

    def _take(self, unit: Pdu) -> None:
        if unit.command & RESPONSE:
            self._settle(unit)
            return
        match unit.command:
            case Command.DELIVER_SM:
                self._asked(self, unit)
            case Command.ENQUIRE_LINK:
                self.answer(unit)
            case Command.UNBIND:
                self.answer(unit)
                self.end()
            case Command.ALERT_NOTIFICATION | Command.OUTBIND:
                pass  # neither wants an answer
            case _:
                self._write(Pdu(Command.GENERIC_NACK, _INVALID_COMMAND, unit.sequence))

    def _settle(self, unit: Pdu) -> None:
        waiting = self._waiting.get(unit.sequence)
        if unit.command == Command.GENERIC_NACK:
            if waiting is None and unit.sequence == 0 and self._waiting:
                self.end()  # one of ours was not understood, and nobody knows which
                return
        elif waiting is None or unit.command != waiting.command | RESPONSE:
            return
        if waiting is not None:
            self._waiting.pop(unit.sequence, None)
            waiting.settle(unit)
