"""A small memory of recent values, shared by threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """Keeps the ``size`` most recently used values; two threads may both make a new one."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, _T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """The kept value of ``key``, made where it is new; an error in ``make`` keeps nothing."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value

    def get_many(
        self, keys: Sequence[Hashable], make: Callable[[list[Any]], Mapping[Any, _T]]
    ) -> dict[Any, _T]:
        """The values of many keys; those not kept are made together, and what ``make`` leaves out
        is left out here too.
        """
        found: dict[Any, _T] = {}
        with self._lock:
            for key in keys:
                if key in self._values:
                    self._values.move_to_end(key)
                    found[key] = self._values[key]
        if missing := [key for key in dict.fromkeys(keys) if key not in found]:
            made = make(missing)
            found |= made
            with self._lock:
                self._values.update(made)
                while len(self._values) > self._size:
                    self._values.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()
