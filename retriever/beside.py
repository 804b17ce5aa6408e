"""Work on another core while a thread goes on: one question is answered sooner, many at once as before."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")


class Beside:
    """As many threads as there are cores besides the one that asks.

    While all of them work, as they do where many ask at once, nothing more is begun beside: it would
    only wait, and who asks can as well do it himself.
    """

    def __init__(self, cores: int | None = None) -> None:
        self._threads = (cores or os.cpu_count() or 1) - 1
        self._free = threading.Semaphore(self._threads)
        self._pool = ThreadPoolExecutor(max(1, self._threads), "beside")

    def begun(self, call: Callable[[], _T]) -> Callable[[], _T]:
        """Begins a call; what is returned waits for it, and gives its result or raises its error.

        Where no thread is free, the call is made when its result is asked for.
        """
        if not self._free.acquire(blocking=False):
            return call

        def freed() -> _T:
            try:
                return call()
            finally:
                self._free.release()

        return self._pool.submit(freed).result

    def close(self) -> None:
        """Ends the threads; what was begun is finished first."""
        self._pool.shutdown()
