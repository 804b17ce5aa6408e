"""What an event in a customer's life sends by itself: the templates that wait for it, on their days."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from api.push.policy import CHANNELS_SENT, CHINA
from api.push.request import Request
from api.push.wanted import Kitchen, Wanted
from corpora.push_template import PushTemplate
from corpora.template_life import holds_on
from corpora.triggers import TriggerEvent
from retriever.context import Customer
from retriever.errors import NotFound

_MORNING: Final = dt.time(10)  # of a day on which a message is due


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a customer, or will on a known day, as another system reports it.

    With an item, the templates of that item that wait for the event are meant; without one, those
    that no item offers.
    """

    key: str
    event: TriggerEvent
    on: dt.date
    number: str
    item_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    customer: Customer = field(default_factory=Customer)


def requests_of(event: Event, kitchen: Kitchen, now: dt.datetime) -> list[Request]:
    """A request for each template that waits for the event, by id; ``NotFound`` where none does.

    A message is due at ten of its day, or now where that has passed; the rules may put it off until
    the next day is over.
    """
    found = []
    for template in _waiting(event, kitchen):
        assert template.trigger is not None
        due = dt.datetime.combine(template.trigger.due_on(event.on), _MORNING, tzinfo=CHINA)
        at = max(due, now)
        declared = {gap.name for gap in template.placeholders}
        wanted = Wanted(
            template.id,
            template.channel,
            event.item_id,
            {name: value for name, value in event.values.items() if name in declared},
            event.region,
        )
        until = dt.datetime.combine(
            at.astimezone(CHINA).date() + dt.timedelta(days=2), dt.time(), tzinfo=CHINA
        )
        request = Request(
            key=f"{event.key}:{hashlib.sha256(template.id.encode()).hexdigest()[:16]}",
            number=event.number,
            wanted=wanted,
            at=at,
            until=until,
            customer=event.customer,
        )
        found.append(request)
    if not found:
        raise NotFound(
            f"没有等“{event.event.label}”的短信或彩信模板"
            + (f"（条目 {event.item_id}）" if event.item_id else "（不带条目的）")
        )
    return found


def _waiting(event: Event, kitchen: Kitchen) -> list[PushTemplate]:
    """Base templates; their local variants are chosen when they are rendered."""
    templates = kitchen.base.templates
    offered = set(kitchen.offered_by(event.item_id)) if event.item_id else None
    return [
        template
        for _, template in sorted(templates.items())
        if template.trigger is not None
        and template.trigger.event is event.event
        and template.channel in CHANNELS_SENT
        and not template.variant_of
        and holds_on(template, kitchen.day)
        and (template.id in offered if offered is not None else kitchen.needs_no_item(template))
    ]
