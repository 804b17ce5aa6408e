"""Work on another core while a thread goes on: one question is answered sooner, many at once as before."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

_T = TypeVar("_T")
_MOST: Final = (
    4  # threads: a question has two things done beside, and more cores are for more questions
)


class Beside:
    """As many threads as there are cores, up to ``_MOST``; with one core nothing is done beside.

    While all of them work, as they do where many ask at once, nothing more is begun: it would only
    wait, and who asks can as well do it himself.
    """

    def __init__(self, cores: int) -> None:
        self._threads = min(cores, _MOST) if cores > 1 else 0
        self._renew()

    def _renew(self) -> None:
        self._free = threading.Semaphore(self._threads)
        self._pool = ThreadPoolExecutor(max(1, self._threads), "beside")

    def renewed_in_forks(self) -> Beside:
        """The same, which a forked process begins anew: its parent's threads are not there."""
        os.register_at_fork(after_in_child=self._renew)
        return self

    def begun(self, call: Callable[[], _T]) -> Callable[[], _T]:
        """Begins a call; what is returned waits for it, and gives its result or raises its error.

        Where no thread is free, the call is made when its result is asked for.
        """
        free = self._free
        if not free.acquire(blocking=False):
            return call

        def freed() -> _T:
            try:
                return call()
            finally:
                free.release()

        try:
            return self._pool.submit(freed).result
        except RuntimeError:  # the interpreter ends, and no thread starts any more
            free.release()
            return call


def _cores() -> int:
    """How many the process may use, where the system tells it."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


BESIDE: Final = Beside(_cores()).renewed_in_forks()
"""Of the process: all that search share it."""
