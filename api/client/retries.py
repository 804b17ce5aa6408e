"""When a call goes again, and when no more: pure but for the clocks and the dice, which are given."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from api.client.errors import BadArgument, NoReply, NotConnected, TooMany, Unavailable, ZhikuError

Clock = Callable[[], float]
Dice = Callable[[], float]
"""A number from 0 up to 1, as ``random.random`` throws it."""

_SECONDS: Final = re.compile(r"[0-9]+")
_LEAST: Final = 0.001  # seconds: a timeout of zero is none of httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often, and how long in all.

    Pauses double from ``first_pause`` to ``longest_pause``, each thrown anew between 0 and that
    ("full jitter"), on top of what a service asks for by Retry-After. No try begins after
    ``budget`` seconds, and none waits in silence for longer than is left of them.
    """

    tries: int = 4
    budget: float = 30.0
    first_pause: float = 0.25
    longest_pause: float = 8.0

    def __post_init__(self) -> None:
        if self.tries < 1 or self.budget <= 0 or self.first_pause < 0 or self.longest_pause < 0:
            raise BadArgument("重试设置不能用：tries 至少为 1，budget 大于 0，间隔不能为负")

    def pause(self, made: int, asked: float | None, dice: Dice) -> float:
        """Seconds until the next try after ``made`` of them, never less than was asked for."""
        # 2.0 ** 1024 is no float any more; long before that the longest pause counts
        bound = min(self.longest_pause, self.first_pause * 2.0 ** min(made - 1, 64))
        return (asked or 0.0) + dice() * bound


DEFAULT_RETRIES: Final = RetryPolicy()
NO_RETRIES: Final = RetryPolicy(tries=1)


class Tries:
    """The tries of one call: how much time the next one has, and what follows a failure."""

    def __init__(
        self, policy: RetryPolicy, *, repeatable: bool, timeout: float, clock: Clock, dice: Dice
    ) -> None:
        self._policy = policy
        self._repeatable = repeatable
        self._timeout = timeout
        self._clock = clock
        self._dice = dice
        self._deadline = clock() + policy.budget
        self._made = 0

    def begin(self) -> float:
        """Counts a try; the seconds that it may take."""
        self._made += 1
        return max(_LEAST, min(self._timeout, self._deadline - self._clock()))

    def pause_after(self, error: ZhikuError) -> float:
        """Seconds until the next try; raises ``error`` where there is none."""
        if not goes_again(error, repeatable=self._repeatable) or self._made >= self._policy.tries:
            raise error
        pause = self._policy.pause(self._made, error.retry_after, self._dice)
        if self._clock() + pause >= self._deadline:
            raise error
        return pause


def goes_again(error: ZhikuError, *, repeatable: bool) -> bool:
    """Whether a call that failed so may be sent again: what never left always, what may have been
    done or was put off only if doing it twice is the same as doing it once.
    """
    if isinstance(error, NotConnected):
        return True
    return repeatable and isinstance(error, NoReply | TooMany | Unavailable)


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """The seconds that Retry-After asks for, in either of its forms; None where it says nothing.

    A date is taken against the Date of the same reply, so that a clock that is wrong here does not
    matter.
    """
    asked = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(asked):
        return float(asked)
    until = _http_date(asked)
    if until is None:
        return None
    said_at = _http_date(headers.get("date", "")) or now
    return max(0.0, (until - said_at).total_seconds())


def _http_date(written: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
