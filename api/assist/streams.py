"""Panels that wait for events: woken at once by this process, and within a moment by others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import anyio
import anyio.to_thread
from sqlalchemy import Engine

from api.assist.events import Event, after, last_number, latest
from corpora.migrations import StoreError, reading

LOOKS: Final = (
    0.25  # seconds between looks for what other processes wrote; one query for all panels
)
HEARTBEAT: Final = 15.0  # seconds: proxies cut a connection on which nothing comes
LONGEST: Final = 3600.0  # seconds that one stream lasts; a panel opens the next one by itself
RETRY: Final = 2000  # milliseconds after which a panel opens a stream again
_LOG: Final = logging.getLogger("zhiku.api")


class Streams:
    """The open panels of this process, for the tasks of one event loop."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._open: Counter[str] = Counter()
        self._numbers: dict[str, int] = {}
        self._changed = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False
        # threads of its own: those of the routes may all be busy with questions
        self._threads = anyio.CapacityLimiter(2)

    async def woken(self, contact: str, number: int) -> None:
        """Tells the panels of a contact that something has happened."""
        async with self._changed:
            if contact in self._open:  # of others nothing need be remembered
                self._numbers[contact] = number
                self._changed.notify_all()

    async def events(
        self, contact: str, number: int, seconds: float = LONGEST
    ) -> AsyncIterator[bytes]:
        """What happened in a call after an event, as server-sent events, and then what happens.

        It ends after ``seconds``, or when the service stops: panels go on with a new one.
        """
        self._open[contact] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        ends = anyio.current_time() + seconds
        try:
            yield f"retry: {RETRY}\n\n".encode()
            while not self._closed and anyio.current_time() < ends:
                found = await self._read(contact, number)
                for event in found:
                    number = event.number
                    yield as_sent(event)
                if not found:  # what was there may be gone: it is not waited for
                    self._numbers[contact] = number  # an event meanwhile is found by looking
                if not await self._wait(contact, number):
                    yield b": still here\n\n"
        except StoreError as error:  # the response has begun: the panel opens the next stream
            _LOG.warning("events of a call cannot be read: %s", error)
        finally:
            self._open[contact] -= 1
            if not self._open[contact]:
                del self._open[contact]
                self._numbers.pop(contact, None)

    async def close(self) -> None:
        """Ends all streams."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
        async with self._changed:
            self._changed.notify_all()

    async def _wait(self, contact: str, number: int) -> bool:
        """Until something happened after an event; False when nothing did for a while."""
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):
                    await self._changed.wait_for(
                        lambda: self._closed or self._numbers.get(contact, number) != number
                    )
                    return True
        return False

    async def _read(self, contact: str, number: int) -> list[Event]:
        def read() -> list[Event]:
            with reading(self._engine()) as connection:
                # after a night of silence a contact begins again with 1
                last = last_number(connection, contact)
                return after(connection, contact, number if number <= last else 0)

        return await anyio.to_thread.run_sync(read, limiter=self._threads)

    async def _look(self) -> None:
        """Finds out what other processes wrote, while there is a panel."""
        while self._open and not self._closed:
            contacts = list(self._open)
            # a store that does not answer for a moment is asked again
            with contextlib.suppress(StoreError):
                for contact, number in (await self._latest(contacts)).items():
                    if number != self._numbers.get(contact):
                        await self.woken(contact, number)
            await asyncio.sleep(LOOKS)

    async def _latest(self, contacts: Sequence[str]) -> dict[str, int]:
        def read() -> dict[str, int]:
            with reading(self._engine()) as connection:
                return latest(connection, contacts)

        return await anyio.to_thread.run_sync(read, limiter=self._threads)


def as_sent(event: Event) -> bytes:
    """An event as a stream carries it (HTML Living Standard, 9.2): JSON has no line breaks."""
    content = {"at": event.at.isoformat(), **event.content}
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.number}\nevent: {event.kind.value}\ndata: {data}\n\n".encode()
