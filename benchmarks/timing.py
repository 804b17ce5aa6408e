"""Milliseconds of many calls, as wall time and as the process's own work on all of its threads.

On a machine that others use as well, the two differ by the waiting; the second one compares better.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import numpy as np

_T = TypeVar("_T")


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99, and how many."""
    p50, p95, p99 = np.percentile(np.asarray(milliseconds), (50, 95, 99)).tolist()
    return {
        "p50": round(p50, 3),
        "p95": round(p95, 3),
        "p99": round(p99, 3),
        "n": len(milliseconds),
    }


def latency(call: Callable[[_T], Any], inputs: Iterable[_T]) -> dict[str, Any]:
    """How long ``call`` takes on each input, one after another."""
    wall: list[float] = []
    own: list[float] = []
    for value in inputs:
        started, worked = time.perf_counter(), time.process_time()
        call(value)
        own.append((time.process_time() - worked) * 1000.0)
        wall.append((time.perf_counter() - started) * 1000.0)
    return {**percentiles(wall), "cpu_p50": round(float(np.median(own)), 3)}


def steadiest(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The round with the lowest median, with the medians of all: others' load only ever adds."""
    best = min(rounds, key=lambda one: float(one["p50"]))
    return {**best, "p50_of_rounds": [one["p50"] for one in rounds]}
