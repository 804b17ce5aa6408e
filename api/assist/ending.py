"""Streams that would keep a service from stopping end with the signal that stops it."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def at_the_stopping_signal(act: Callable[[], Coroutine[Any, Any, None]]) -> Iterator[None]:
    """Runs ``act`` in the event loop as soon as the process is told to stop, before whoever waits for
    open connections. The handlers that were there still get the signal. Outside the main thread, which
    alone gets signals, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _STOPPING}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(lambda: asyncio.ensure_future(act()))
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _STOPPING:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
