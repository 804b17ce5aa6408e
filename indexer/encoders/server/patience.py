"""How long one waits for an embedding server, and how often one asks again: values and a formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LONGEST_PAUSE: Final = 15.0
LONGEST_ASKED: Final = 120.0
"""Seconds that a server may ask for by Retry-After: for longer nobody waits, a build is taken up again."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that one request may take, how many there are, and in how many seconds in all."""

    timeout: float
    tries: int
    total: float
    first_pause: float

    def pause(self, made: int, asked: float | None, dice: float) -> float | None:
        """Seconds until the next try after ``made`` of them, never less than was asked for; None: no more.

        ``dice`` is from 0 up to 1: clients that failed together do not come back together.
        """
        if made >= self.tries or (asked or 0.0) > min(self.total, LONGEST_ASKED):
            return None
        bound = min(LONGEST_PAUSE, self.first_pause * 2.0 ** (made - 1))
        return max(asked or 0.0, bound * (0.5 + dice / 2))


def for_questions(timeout: float) -> Patience:
    """Somebody waits: within ``timeout`` seconds in all, words alone answer instead."""
    return Patience(timeout=timeout, tries=2, total=timeout, first_pause=0.1)


def for_passages(timeout: float) -> Patience:
    """Nobody waits: a request of many texts may take a minute, a restart of the server is sat out."""
    return Patience(timeout=max(60.0, 4 * timeout), tries=6, total=600.0, first_pause=0.5)
