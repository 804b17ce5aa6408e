"""Which version of an item holds on which days. Pure: versions in, windows out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, TypeVar

from corpora.versions import OPEN_FROM, OPEN_TO


class State(StrEnum):
    """What a stored version is: not yet told, told, or taken back."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Claim(Protocol):
    """What deciding needs to know of a version; an absent date is open."""

    @property
    def version(self) -> int:
        """1, 2, … within one item."""

    @property
    def state(self) -> State:
        """Drafts claim nothing; a retirement claims without yielding."""

    @property
    def effective_from(self) -> dt.date | None:
        """The first day, included."""

    @property
    def effective_to(self) -> dt.date | None:
        """The last day, included."""


AnyClaim = TypeVar("AnyClaim", bound=Claim)


def holding_windows(versions: Iterable[AnyClaim]) -> list[tuple[AnyClaim, dt.date, dt.date]]:
    """The published versions of one item with the days (both included) on which each holds, by day.

    A version holds on the days of its own dates that no higher version claims. A retirement claims
    from its date on, for ever. A later version in the middle leaves the one below it two windows.
    """
    windows: list[tuple[AnyClaim, dt.date, dt.date]] = []
    taken: list[tuple[int, int]] = []
    for version in sorted(versions, key=lambda claim: claim.version, reverse=True):
        if version.state is State.DRAFT:
            continue
        first, last = _days(version)
        if version.state is State.PUBLISHED:
            windows.extend(
                (version, dt.date.fromordinal(start), dt.date.fromordinal(end))
                for start, end in _free(first, last, taken)
            )
        if first <= last:
            taken = sorted([*taken, (first, last)])
    return sorted(windows, key=lambda window: window[1])


def _days(version: Claim) -> tuple[int, int]:
    """The claimed days as ordinals, because a day before ``date.min`` is not a date."""
    first = version.effective_from or OPEN_FROM
    last = version.effective_to or OPEN_TO
    if version.state is State.RETIRED:
        last = OPEN_TO
    return first.toordinal(), last.toordinal()


def _free(first: int, last: int, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest runs of days in ``first..last`` outside ``taken``, which is sorted by start."""
    free = []
    for start, end in taken:
        if first > last:
            break
        if first < start:
            free.append((first, min(start - 1, last)))
        first = max(first, end + 1)
    if first <= last:
        free.append((first, last))
    return free
