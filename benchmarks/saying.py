"""What a benchmark says on stderr while it builds and asks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from benchmarks.side_by_side import Say
from indexer.build import Step

_SAY_EVERY: Final = 100


def asking(name: str) -> Say:
    """How many questions are done, now and then."""

    def say(done: int, total: int) -> None:
        if done == total or done % _SAY_EVERY == 0:
            print(f"… {name} {done}/{total}", file=sys.stderr, flush=True)

    return say


def building(name: str) -> Callable[[Step], None]:
    """Each tenth of a step of a build."""
    said: dict[str, int] = {}

    def report(step: Step) -> None:
        tenth = 10 * step.done // max(1, step.total)
        if said.get(step.name) != tenth:
            said[step.name] = tenth
            print(f"… {name} {step.name} {step.done}/{step.total}", file=sys.stderr, flush=True)

    return report
