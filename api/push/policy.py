"""When and how often customers may be written to; the defaults are those of docs/sending.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from corpora.push_template import Purpose, PushChannel

CHINA: Final = dt.timezone(dt.timedelta(hours=8))  # one zone for the whole country, no summer time
_MORNING: Final = dt.time(8)
_NIGHT: Final = dt.time(22)


class PolicyError(ValueError):
    """A policy that cannot be meant; the message names the field."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From ``opens`` until before ``closes``, local time, every day."""

    opens: dt.time
    closes: dt.time

    def __post_init__(self) -> None:
        if not self.opens < self.closes:
            raise PolicyError(f"hours: {self.opens} must be before {self.closes}")

    def allow(self, local: dt.datetime) -> bool:
        """Whether a moment lies within."""
        return self.opens <= local.time() < self.closes

    def next(self, local: dt.datetime) -> dt.datetime:
        """The first allowed moment at or after ``local``."""
        if self.allow(local):
            return local
        opening = local.replace(
            hour=self.opens.hour, minute=self.opens.minute, second=self.opens.second, microsecond=0
        )
        return opening if local < opening else opening + dt.timedelta(days=1)


class Per(StrEnum):
    """What a cap counts together: all messages of its purpose to a customer, those of one campaign,
    or those through one channel.
    """

    CUSTOMER = "customer"
    CAMPAIGN = "campaign"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``most`` messages of a purpose to one customer in any ``days`` days."""

    purpose: Purpose
    per: Per
    most: int
    days: int

    def __post_init__(self) -> None:
        if self.most < 0 or self.days < 1:
            raise PolicyError(f"caps: {self.most} in {self.days} days")


@dataclass(frozen=True, slots=True)
class Blackout:
    """Days of the year on which nothing but notices is sent, first and last included."""

    name: str
    first: tuple[int, int]  # month, day
    last: tuple[int, int]

    def __post_init__(self) -> None:
        for month, day in (self.first, self.last):
            try:
                dt.date(2024, month, day)
            except ValueError as error:
                raise PolicyError(f"blackouts: {self.name}: {month}-{day}") from error

    def holds_on(self, day: dt.date) -> bool:
        """Whether a day is among them; a span may run over the end of the year."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class Waves:
    """A campaign comes back to a customer at most so often, and not sooner."""

    most: int = 3
    gap_days: int = 3


_HOURS: Final[Mapping[Purpose, Hours]] = MappingProxyType(
    {Purpose.MARKETING: Hours(_MORNING, _NIGHT), Purpose.CARE: Hours(_MORNING, _NIGHT)}
)
_CAPS: Final = (
    Cap(Purpose.MARKETING, Per.CUSTOMER, most=1, days=1),
    Cap(Purpose.MARKETING, Per.CUSTOMER, most=4, days=30),
    Cap(Purpose.MARKETING, Per.CAMPAIGN, most=3, days=90),
    Cap(Purpose.MARKETING, Per.CHANNEL, most=1, days=1),
    Cap(Purpose.CARE, Per.CUSTOMER, most=2, days=7),
)
_LIFETIME: Final[Mapping[Purpose, dt.timedelta]] = MappingProxyType(
    {
        Purpose.NOTICE: dt.timedelta(hours=24),
        Purpose.CARE: dt.timedelta(hours=24),
        Purpose.MARKETING: dt.timedelta(hours=12),
    }
)
_PORTS: Final[Mapping[Purpose, str]] = MappingProxyType(
    {Purpose.NOTICE: "10086", Purpose.CARE: "10086", Purpose.MARKETING: "1065800186"}
)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one deployment. A purpose without hours may be sent at any time.

    ``ports`` are the numbers that customers see: the one of marketing is no other's. ``lifetime`` is
    how long a message is tried, ``order_window`` how long an order waits for its second reply, and
    ``order_within`` how long after an offer a reply may order it: its price is that of its day.
    """

    hours: Mapping[Purpose, Hours] = field(default_factory=lambda: _HOURS)
    caps: tuple[Cap, ...] = _CAPS
    waves: Waves = Waves()
    blackouts: tuple[Blackout, ...] = (Blackout("高考", (6, 7), (6, 10)),)
    ports: Mapping[Purpose, str] = field(default_factory=lambda: _PORTS)
    lifetime: Mapping[Purpose, dt.timedelta] = field(default_factory=lambda: _LIFETIME)
    order_window: dt.timedelta = dt.timedelta(minutes=30)
    order_within: dt.timedelta = dt.timedelta(days=7)
    tries: int = 8
    call_within: dt.timedelta = dt.timedelta(hours=72)

    def __post_init__(self) -> None:
        if self.ports[Purpose.MARKETING] in (
            self.ports[Purpose.NOTICE],
            self.ports[Purpose.CARE],
        ):
            raise PolicyError("ports: a service port never carries marketing")
        if not all(port.isdecimal() and 3 <= len(port) <= 18 for port in self.ports.values()):
            raise PolicyError("ports: 3 to 18 digits, so that an extension of two fits behind")
        if self.tries < 1:
            raise PolicyError(f"tries: {self.tries}")

    def next_allowed(self, purpose: Purpose, at: dt.datetime) -> dt.datetime:
        """The first moment at or after ``at`` when the hours and the calendar let ``purpose`` go."""
        local = at.astimezone(CHINA)
        hours = self.hours.get(purpose)
        for _ in range(400):  # a blackout of a whole year would never end
            moved = hours.next(local) if hours else local
            if self.blackout(purpose, moved) is None:
                return moved
            local = dt.datetime.combine(
                moved.date() + dt.timedelta(days=1), dt.time(), tzinfo=CHINA
            )
        raise PolicyError("blackouts: no day is left")

    def blackout(self, purpose: Purpose, at: dt.datetime) -> Blackout | None:
        """The calendar's reason against a moment; notices are never held back."""
        if purpose is Purpose.NOTICE:
            return None
        day = at.astimezone(CHINA).date()
        return next((blackout for blackout in self.blackouts if blackout.holds_on(day)), None)


def backoff(tries: int) -> dt.timedelta:
    """How long to wait after the ``tries``-th try: 5 s, doubled each time, a quarter of an hour at most.

    >>> [backoff(n).seconds for n in (1, 2, 9)]
    [5, 10, 900]
    """
    return dt.timedelta(seconds=min(5 * 2 ** (tries - 1), 900))


CHANNELS_SENT: Final = frozenset({PushChannel.SMS, PushChannel.MMS})
"""What leaves through a gateway; the other channels are shown on our own screens."""
