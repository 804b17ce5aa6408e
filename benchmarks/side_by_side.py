"""Several ways to do the same, asked the same questions in turns, so that others' load hits them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np

from eval.intervals import Interval, mean_interval, rate_interval
from eval.paired import difference

_Asked = TypeVar("_Asked")
_Given = TypeVar("_Given")
Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Way(Generic[_Asked, _Given]):
    """A name and what is called; what it gave and its times, in the order of the questions."""

    name: str
    call: Callable[[_Asked], _Given]
    gave: list[_Given] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    own_ms: list[float] = field(default_factory=list)


def ask(ways: Sequence[Way[_Asked, _Given]], asked: Sequence[_Asked], say: Say) -> None:
    """Every question by every way; another way begins at each question, so none has the warm seat."""
    for place, one in enumerate(asked):
        for turn in range(len(ways)):
            way = ways[(place + turn) % len(ways)]
            started, worked = time.perf_counter(), time.process_time()
            given = way.call(one)
            way.own_ms.append((time.process_time() - worked) * 1000.0)
            way.wall_ms.append((time.perf_counter() - started) * 1000.0)
            way.gave.append(given)
        say(place + 1, len(asked))


def steps(
    ways: Sequence[Way[Any, Any]],
    values: Sequence[Mapping[str, Mapping[str, float]]],
    groups: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Each way with its figures, what it gains on the one before, and what it costs.

    ``values`` holds, a way, measure → question → value; groups of near-duplicates count once.
    """
    return [
        _told(ways, values, groups, place, place - 1 if place else None)
        for place in range(len(ways))
    ]


def beside_first(
    ways: Sequence[Way[Any, Any]],
    values: Sequence[Mapping[str, Mapping[str, float]]],
    groups: Mapping[str, str],
) -> list[dict[str, Any]]:
    """The same, each way beside the first one."""
    return [_told(ways, values, groups, place, 0 if place else None) for place in range(len(ways))]


def _told(
    ways: Sequence[Way[Any, Any]],
    values: Sequence[Mapping[str, Mapping[str, float]]],
    groups: Mapping[str, str],
    place: int,
    beside: int | None,
) -> dict[str, Any]:
    way, own = ways[place], values[place]
    gain = added = None
    if beside is not None:
        other = values[beside]
        gain = {
            name: difference(other[name], of, groups, rate=_is_rate(other[name], of)).to_json()
            for name, of in own.items()
        }
        added = _median(np.subtract(way.own_ms, ways[beside].own_ms))
    return {
        "step": way.name,
        "values": {name: _rounded(_value(of, groups)) for name, of in own.items()},
        "gain": gain,
        "ms": {"p50": _median(way.wall_ms), "cpu_p50": _median(way.own_ms), "cpu_added": added},
    }


def _value(of_questions: Mapping[str, float], groups: Mapping[str, str]) -> Interval:
    members: dict[str, list[float]] = {}
    for question_id, value in of_questions.items():
        members.setdefault(groups[question_id], []).append(value)
    means = [sum(own) / len(own) for own in members.values()]
    is_rate = all(len(own) == 1 for own in members.values()) and _is_rate(of_questions)
    return rate_interval(means) if is_rate else mean_interval(means)


def _is_rate(*values: Mapping[str, float]) -> bool:
    return all(value in (0.0, 1.0) for own in values for value in own.values())


def _rounded(interval: Interval) -> dict[str, float]:
    bounds = {"value": interval.value, "low": interval.low, "high": interval.high}
    return {name: round(value, 4) for name, value in bounds.items()}


def _median(values: Any) -> float:
    return round(float(np.median(values)), 2) if len(values) else 0.0
