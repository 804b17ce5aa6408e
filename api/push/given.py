"""A request on its way to the outbox: read and rendered, before the rules and before its turn."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from api.push.number import NumberHash, read_number
from api.push.policy import CHANNELS_SENT, CHINA
from api.push.request import EXPECTED, NotSendable, Request
from api.push.rules import Decline, Proposal
from api.push.wanted import Kitchen, Ready
from corpora.types import FieldError

_FARTHEST: Final = dt.timedelta(
    days=366
)  # as far as histories look back; until then a number is kept


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with its number read."""

    request: Request
    number: str
    hashed: str
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that could be rendered, before the rules."""

    asked: Asked
    ready: Ready
    unfit: tuple[Decline, ...]

    @property
    def request(self) -> Request:
        """As it came."""
        return self.asked.request

    @property
    def hashed(self) -> str:
        """Whose number it is."""
        return self.asked.hashed

    @property
    def proposal(self) -> Proposal:
        """Without its time."""
        return Proposal(
            self.ready.purpose,
            self.ready.message.channel,
            dt.datetime.min.replace(tzinfo=dt.UTC),
            self.request.campaign,
            self.request.wave,
            self.ready.message.approved,
        )


@dataclass(frozen=True, slots=True)
class Given:
    """A request in line, as far as it could be read and rendered, with who asked and when."""

    caller: str
    now: dt.datetime
    asked: Asked | Exception
    prepared: Prepared | Exception


def given_of(
    kitchen: Kitchen, request: Request, caller: str, now: dt.datetime, hashed: NumberHash
) -> Given:
    """What is wrong with a request stands in the place of what could not be made of it."""
    asked = _asked(request, hashed)
    prepared = asked if isinstance(asked, Exception) else _prepared(kitchen, asked, now)
    return Given(caller, now, asked, prepared)


def _asked(request: Request, hashed: NumberHash) -> Asked | Exception:
    try:
        number = read_number(request.number)
    except EXPECTED as error:
        return error
    whose = hashed(number)
    return Asked(request, number, whose, request.digest(whose))


def _prepared(kitchen: Kitchen, asked: Asked, now: dt.datetime) -> Prepared | Exception:
    """Rendered from what holds on the day on which it is to go."""
    request = asked.request
    try:
        if request.wanted.channel not in CHANNELS_SENT:
            raise NotSendable(request.wanted.channel)
        at = max(request.at or now, now)
        if at - now > _FARTHEST:
            raise FieldError("at", f"最远只能定在 {_FARTHEST.days} 天以后")
        due = kitchen.on(at.astimezone(CHINA).date())
        wanted, unfit = due.fitted(request.customer, request.wanted)
        return Prepared(asked, due.made(wanted), unfit)
    except EXPECTED as error:
        return error
