"""Answers and their parts. Kinds, outcomes and channels are plain strings: more may come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.client.shapes import Shape, called


@dataclass(frozen=True, slots=True)
class Code(Shape):
    """What a system calls an item."""

    system: str
    value: str


@dataclass(frozen=True, slots=True)
class ItemHead(Shape):
    """Which version of which item."""

    id: str
    title: str
    sub_library: str
    version: int
    effective_from: dt.date | None
    effective_to: dt.date | None
    sale_status: str
    region: str | None
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Citation(Shape):
    """Which part of a text comes from which facet of which item."""

    item_id: str
    facet: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fact(Shape):
    """A number of a text: the field that states it, or the formula and what went into it."""

    value: str
    item_id: str | None = None
    field: str | None = None
    formula: str | None = None
    sources: tuple[str, ...] | None = called("from")


@dataclass(frozen=True, slots=True)
class Tip(Shape):
    """What goes with an answer; ``must_say`` has to be said first."""

    item_id: str
    title: str
    text: str
    must_say: bool


@dataclass(frozen=True, slots=True)
class Action(Shape):
    """How it is done at a touchpoint."""

    kind: str
    label: str
    target: str
    channel: str


@dataclass(frozen=True, slots=True)
class Preview(Shape):
    """A message that could be sent once ``missing`` is filled in."""

    template_id: str
    channel: str
    preview: str
    segments: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related(Shape):
    """Another item, and how it is related."""

    item_id: str
    title: str
    sub_library: str
    relation: str


@dataclass(frozen=True, slots=True)
class Conflict(Shape):
    """An item that says otherwise; check before you answer."""

    item_id: str
    title: str
    facet: str
    field: str
    says: str
    other_says: str
    line: str


@dataclass(frozen=True, slots=True)
class Note(Shape):
    """What region, date or brand changes."""

    kind: str
    text: str
    item_id: str
    sources: tuple[str, ...] = called("from")


@dataclass(frozen=True, slots=True)
class Option(Shape):
    """One of the answers to a question back; ask ``query`` for it."""

    label: str
    query: str
    item_id: str


@dataclass(frozen=True, slots=True)
class Clarify(Shape):
    """A question back."""

    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Handover(Shape):
    """Where to, what to check before, what to write down."""

    route: str
    where: str
    check: tuple[str, ...]
    record: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nearest(Shape):
    """What came closest where nothing was sure."""

    item_id: str
    title: str
    sub_library: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer(Shape):
    """``outcome`` is answered, clarify, handover or unknown; ``text`` may be said to a customer.

    ``fit``, present where something was known of the customer, says why each message is offered.
    """

    query: str
    outcome: str
    answered: bool
    confidence: float
    reason: str
    text: str
    agent_text: str
    facet: str | None
    item: ItemHead | None
    citations: tuple[Citation, ...]
    facts: tuple[Fact, ...]
    tips: tuple[Tip, ...]
    actions: tuple[Action, ...]
    push: tuple[Preview, ...]
    related: tuple[Related, ...]
    conflicts: tuple[Conflict, ...]
    notes: tuple[Note, ...]
    clarify: Clarify | None
    handover: Handover | None
    nearest: tuple[Nearest, ...]
    degraded: tuple[str, ...]
    trace_id: str
    took_ms: float
    fit: Mapping[str, Any] | None = None
    more: tuple[Answer, ...] = ()
