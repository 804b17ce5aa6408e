"""What would be sent to whom, when and by which channel, and why not; nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine

from api.push.ledger import histories_of
from api.push.number import NumberHash, masked, read_number
from api.push.policy import CHANNELS_SENT, Policy
from api.push.request import EXPECTED, NotSendable
from api.push.rules import Decline, History, Proposal, first_allowed
from api.push.wanted import Kitchen, Ready, Wanted
from corpora.migrations import reading
from retriever.context import Customer
from retriever.fit import Reason


@dataclass(frozen=True, slots=True)
class Planned:
    """A customer of a plan; ``values`` go over those of the offers."""

    number: str
    customer: Customer = field(default_factory=Customer)
    values: Mapping[str, str] = field(default_factory=dict)
    region: str = ""


@dataclass(frozen=True, slots=True)
class Against:
    """An offer that a customer does not get, by its codes; an unusable one has the code of its error."""

    template_id: str
    declines: tuple[Decline, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What one customer would get. Without ``wanted`` nothing would be sent."""

    masked: str
    wanted: Wanted | None = None
    ready: Ready | None = None
    at: dt.datetime | None = None
    reasons: tuple[Reason, ...] = ()
    against: tuple[Against, ...] = ()


_Suited = tuple[Wanted, tuple[Reason, ...], tuple[Decline, ...]]


class Planner:
    """Judges offers for customers with the rules that sending uses."""

    def __init__(self, engine: Engine, policy: Policy, hashed: NumberHash, signature: str) -> None:
        self._engine = engine
        self._policy = policy
        self._hashed = hashed
        self._signature = signature

    def plan(
        self,
        kitchen: Kitchen,
        offers: Sequence[Wanted],
        customers: Sequence[Planned],
        *,
        campaign: str,
        wave: int,
        at: dt.datetime,
        until: dt.datetime,
        now: dt.datetime,
    ) -> list[Step]:
        """A step for each customer, in their order: the first of the offers that fits and may go.

        A customer who is named twice is planned twice: the second time after the first message.
        """
        numbers = [_number(one.number) for one in customers]
        hashes = {number: self._hashed(number) for number in numbers if number}
        with reading(self._engine) as connection:
            histories = histories_of(connection, hashes.values(), self._signature, now)
        steps = []
        for one, number in zip(customers, numbers, strict=True):
            if number is None:
                bad = Decline("bad_number", "不是手机号；应为 11 位数字")
                steps.append(Step("", against=(Against("", (bad,)),)))
                continue
            hashed = hashes[number]
            step, proposal = self._step(
                kitchen, offers, one, masked(number), histories[hashed], campaign, wave, at, until
            )
            if proposal is not None:
                histories[hashed] = histories[hashed].with_past(proposal.as_past)
            steps.append(step)
        return steps

    def _step(
        self,
        kitchen: Kitchen,
        offers: Sequence[Wanted],
        one: Planned,
        shown: str,
        history: History,
        campaign: str,
        wave: int,
        at: dt.datetime,
        until: dt.datetime,
    ) -> tuple[Step, Proposal | None]:
        against: list[Against] = []
        chosen: tuple[Wanted, Ready, Proposal, tuple[Reason, ...]] | None = None
        for wanted, reasons, unfit in _in_order(kitchen, offers, one):
            if unfit:
                against.append(Against(wanted.template_id, unfit))
                continue
            try:
                if wanted.channel not in CHANNELS_SENT:
                    raise NotSendable(wanted.channel)
                ready = kitchen.made(wanted)
            except EXPECTED as error:
                code = str(getattr(error, "code", "invalid_field"))
                against.append(Against(wanted.template_id, (Decline(code, str(error)),)))
                continue
            if chosen is not None:
                enough = Decline("one_is_enough", "一次只发一条，前面的那条更合适")
                against.append(Against(wanted.template_id, (enough,)))
                continue
            message = ready.message
            proposal = Proposal(
                ready.purpose, message.channel, at, campaign, wave, message.approved
            )
            found = first_allowed(proposal, history, self._policy, until)
            if isinstance(found, Proposal):
                chosen = wanted, ready, found, reasons
            else:
                against.append(Against(wanted.template_id, found))
        if chosen is None:
            return Step(shown, against=tuple(against)), None
        wanted, ready, proposal, reasons = chosen
        return Step(shown, wanted, ready, proposal.at, reasons, tuple(against)), proposal


def _in_order(kitchen: Kitchen, offers: Sequence[Wanted], one: Planned) -> list[_Suited]:
    """The offers in the order in which they suit a customer; what does not suit comes with its reasons."""
    own = [
        replace(offer, values={**offer.values, **one.values}, region=one.region or offer.region)
        for offer in offers
    ]
    if not one.customer.is_known:
        return [(offer, (), ()) for offer in own]
    usable = [offer for offer in own if kitchen.is_there(offer)]
    # rendering the others will say what is wrong
    unusable: list[_Suited] = [(offer, (), ()) for offer in own if offer not in usable]
    if not usable:
        return unusable
    fitted = kitchen.base.fit(
        one.customer,
        [(offer.template_id, offer.item_id) for offer in usable],
        kitchen.filter_of(usable[0].region),
    )
    # a local variant has another id, and the family of the one that was asked for
    asked = {(kitchen.family(offer.template_id), offer.item_id or ""): offer for offer in usable}
    suiting: list[_Suited] = [
        (
            replace(asked[two.template.family, two.offer.item_id], channel=two.channel),
            two.reasons,
            (),
        )
        for two in fitted.fitted
    ]
    unfit: list[_Suited] = [
        (
            asked[kitchen.family(held.template_id), held.item_id],
            (),
            (Decline(held.reason.code, held.reason.text),),
        )
        for held in fitted.withheld
    ]
    return [*suiting, *unfit, *unusable]


def _number(text: str) -> str | None:
    try:
        return read_number(text)
    except EXPECTED:
        return None
