"""What callers say: messages, offers, recipients, events, and what is known of a customer.

What identifies a person is left out of every ``repr``, because that is what gets into logs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypedDict

Day = dt.date | str
Moment = dt.datetime | str
"""A datetime with its zone, or one written out."""
Values = Mapping[str, str]


class Scope(TypedDict, total=False):
    """Where to look: which libraries, for which region, for whom, as of which day."""

    library: Sequence[str]
    region: str
    audience: str
    as_of: Day


class Customer(TypedDict, total=False):
    """What is known of a customer; never a name, a number or a place."""

    brand: str
    device: str | Sequence[str]
    tags: Sequence[str]
    tariff_sensitive: bool
    complaint_sensitive: bool
    scores: Mapping[str, Any]
    complaints: int
    do_not_disturb: bool
    preferred_channels: Sequence[str]
    contacts: Sequence[Mapping[str, Any]]


class Context(TypedDict, total=False):
    """What is known of the call in which a question is asked."""

    boss_code: str
    screen: str
    region: str
    audience: str
    channel: str
    as_of: Day
    dialog: Sequence[str]
    customer: Customer


def new_key() -> str:
    """An idempotency key that nobody has used."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A message may be answered with an order; this template asks for the second reply."""

    template_id: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A template with what fills it."""

    template_id: str
    channel: str
    item_id: str | None = None
    values: Values = field(default_factory=dict, repr=False)
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Offer):
    """One message to one number. Its key is made with it, so that sending it again sends it once."""

    number: str = field(repr=False)
    campaign: str = ""
    wave: int = 0
    at: Moment | None = None
    until: Moment | None = None
    customer: Customer = field(default_factory=Customer, repr=False)
    order: Order | None = None
    idempotency_key: str = field(default_factory=new_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A customer of a plan."""

    number: str = field(repr=False)
    customer: Customer = field(default_factory=Customer, repr=False)
    values: Values = field(default_factory=dict, repr=False)
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEvent:
    """Something in a customer's life, such as a product that ends on a day; its key is made with it."""

    event: str
    on: Day
    number: str = field(repr=False)
    item_id: str | None = None
    values: Values = field(default_factory=dict, repr=False)
    region: str = ""
    customer: Customer = field(default_factory=Customer, repr=False)
    idempotency_key: str = field(default_factory=new_key)


def plain(value: Any) -> Any:
    """``value`` as JSON takes it; what is empty in a dataclass is left out.

    >>> plain(Recipient(number="13800001234", region="云都市"))
    {'number': '13800001234', 'region': '云都市'}
    """
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return filled({one.name: getattr(value, one.name) for one in fields(value)})
    return value


def filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of ``given``, plain: without None, empty texts and empty collections."""
    said = {name: plain(value) for name, value in given.items()}
    return {name: value for name, value in said.items() if value not in (None, "", [], {})}
