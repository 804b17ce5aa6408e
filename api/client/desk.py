"""What the service says of desks: look-ups, favourites, changes, the catalogue, feedback."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from api.client.shapes import Shape


@dataclass(frozen=True, slots=True)
class FeedbackTaken(Shape):
    """Feedback that was written down; said again within a minute it has the same id."""

    id: str
    kind: str
    received_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Feedback(Shape):
    """What somebody said, with the versions that they had before them."""

    id: str
    kind: str
    received_at: dt.datetime
    staff: str
    hall: str
    query: str
    item_id: str | None
    item_version: int | None
    sub_library: str | None
    facet: str | None
    text: str
    trace_id: str
    index_version: str


@dataclass(frozen=True, slots=True)
class FeedbackPage(Shape):
    """The newest first; ``next`` is what to go on after, None on the last page."""

    feedback: tuple[Feedback, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class AcknowledgementTaken(Shape):
    """An acknowledgement that was written down."""

    id: str
    recorded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Warned(Shape):
    """A warning that was shown, and its version then."""

    item_id: str
    item_version: int
    tip_id: str | None
    tip_version: int | None


@dataclass(frozen=True, slots=True)
class Acknowledgement(Shape):
    """Who saw which warnings before an order, and what was decided."""

    id: str
    recorded_at: dt.datetime
    staff: str
    hall: str
    order: str
    screen: str
    codes: tuple[str, ...]
    warnings: tuple[Warned, ...]
    decision: str
    index_version: str


@dataclass(frozen=True, slots=True)
class AcknowledgementPage(Shape):
    """The newest first; ``next`` is what to go on after, None on the last page."""

    acknowledgements: tuple[Acknowledgement, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class CuratedLookup(Shape):
    """A question that editors chose; ``title`` is what a button says instead."""

    query: str
    title: str | None


@dataclass(frozen=True, slots=True)
class HallLookup(Shape):
    """A question of the hall, and how many of its people asked it lately."""

    query: str
    count: int


@dataclass(frozen=True, slots=True)
class OwnLookup(Shape):
    """A question of one's own."""

    query: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Favourite(Shape):
    """An item that is kept at hand; what does not hold today is not ``available``."""

    item_id: str
    title: str
    sub_library: str
    sale_status: str | None
    available: bool


@dataclass(frozen=True, slots=True)
class Desk(Shape):
    """What somebody finds at their desk, and when they were last here before this shift."""

    staff: str
    hall: str
    curated: tuple[CuratedLookup, ...]
    hall_lookups: tuple[HallLookup, ...]
    own_lookups: tuple[OwnLookup, ...]
    favourites: tuple[Favourite, ...]
    last_shift_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Change(Shape):
    """What happened to an item, or will within a week."""

    item_id: str
    title: str
    sub_library: str
    change: str
    version: int
    at: dt.datetime
    summary: str


@dataclass(frozen=True, slots=True)
class Changes(Shape):
    """Changes between two moments, the newest first."""

    since: dt.datetime
    until: dt.datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Count(Shape):
    """A library or a group, and how much is in it."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class CatalogueItem(Shape):
    """A line of the catalogue."""

    item_id: str
    title: str
    sub_library: str
    category: str
    sale_status: str
    region: str | None
    effective_from: dt.date | None
    effective_to: dt.date | None


@dataclass(frozen=True, slots=True)
class Catalogue(Shape):
    """What there is; ``next`` is what to go on after, None on the last page."""

    libraries: tuple[Count, ...]
    categories: tuple[Count, ...]
    items: tuple[CatalogueItem, ...]
    total: int
    next: str | None
