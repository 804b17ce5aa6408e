"""A message that somebody wants sent, as the request says it, and the messages that it would be."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from api.push.draft import DEADLINE, Orderable
from api.push.rules import Decline
from corpora.push_template import Purpose, PushChannel, PushTemplate, source_value
from corpora.regions import Regions
from corpora.types import Audience, CorporaError, FieldError, Region
from retriever.context import Customer
from retriever.errors import NotFound, RetrieverError
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.push import PushMessage

_COMMAND: Final = "item.actions.open.sms"
_SOME_DAY: Final = dt.datetime(2026, 12, 1, 18, tzinfo=dt.UTC)


class NotOrderable(Exception):
    """A message by which nothing can be ordered, although the request wants it."""

    code = "not_orderable"
    field = "order"


@dataclass(frozen=True, slots=True)
class OrderByReply:
    """That a reply may order the message's item, and the template of the second message."""

    template_id: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template with its item and values; what the caller knows of the customer is optional."""

    template_id: str
    channel: PushChannel
    item_id: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    order: OrderByReply | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A rendered message with what its sending depends on."""

    message: PushMessage
    purpose: Purpose
    orderable: Orderable | None


class Kitchen:
    """Renders for one version and one day; the same message is rendered once."""

    def __init__(self, base: KnowledgeBase, day: dt.date) -> None:
        self.base = base
        self.day = day
        self._made: dict[bytes, Ready] = {}
        self._there: dict[tuple[str, str | None, str], bool] = {}
        self._days: dict[dt.date, Kitchen] = {day: self}

    def on(self, day: dt.date) -> Kitchen:
        """The kitchen of the same version on another day."""
        if day not in self._days:
            self._days[day] = Kitchen(self.base, day)
        return self._days[day]

    def filter_of(self, region: str) -> Filter:
        """What a customer of a region may read; ``FieldError`` for a region that nobody knows."""
        return Filter(self.day, Audience.CUSTOMER, region=_region(region, self.base.regions))

    def made(self, wanted: Wanted) -> Ready:
        """The message, or the error that says why there is none."""
        key = orjson.dumps(
            [
                wanted.template_id,
                wanted.channel,
                wanted.item_id,
                sorted(wanted.values.items()),
                wanted.region,
                wanted.order and [wanted.order.template_id, sorted(wanted.order.values.items())],
            ]
        )
        if (ready := self._made.get(key)) is None:
            ready = self._made[key] = self._render(wanted)
        return ready

    def fitted(self, customer: Customer, wanted: Wanted) -> tuple[Wanted, tuple[Decline, ...]]:
        """What a customer should get instead (an SMS where the device takes no MMS), and what speaks
        against any message like it.
        """
        if not customer.is_known:
            return wanted, ()
        rules = self.filter_of(wanted.region)
        found = self.base.fit(customer, [(wanted.template_id, wanted.item_id)], rules)
        against = tuple(Decline(one.reason.code, one.reason.text) for one in found.withheld)
        channel = next((one.channel for one in found.fitted), wanted.channel)
        return replace(wanted, channel=channel), against

    def offered_by(self, item_id: str) -> tuple[str, ...]:
        """The templates that an item names; ``NotFound`` where it may not be pushed."""
        held = next(iter(self.base.retriever.searcher.items([item_id], self.filter_of(""))), None)
        if held is None:
            raise NotFound(f"没有可推送的条目 {item_id!r}，或它在 {self.day} 不生效")
        return held.item.templates

    def needs_no_item(self, template: PushTemplate) -> bool:
        """Whether nothing in a template comes from an item."""
        return not any(gap.source for gap in template.placeholders)

    def is_there(self, wanted: Wanted) -> bool:
        """Whether template and item are known and hold, so that it can be said whether they suit."""
        key = (wanted.template_id, wanted.item_id, wanted.region)
        if key not in self._there:
            try:
                self.base.fit(
                    Customer(),
                    [(wanted.template_id, wanted.item_id)],
                    self.filter_of(wanted.region),
                )
            except (CorporaError, RetrieverError):
                self._there[key] = False
            else:
                self._there[key] = True
        return self._there[key]

    def family(self, template_id: str) -> str:
        """The id that a template shares with its local variants."""
        return self.base.templates[template_id].family

    def _render(self, wanted: Wanted) -> Ready:
        rules = self.filter_of(wanted.region)
        message = self.base.render(
            wanted.template_id, wanted.channel, wanted.values, rules, wanted.item_id
        )
        template = self.base.templates[message.template_id]
        order = wanted.order
        offer = self._orderable(wanted, order, rules, message.text) if order else None
        return Ready(message, template.purpose, offer)

    def _orderable(
        self, wanted: Wanted, order: OrderByReply, rules: Filter, text: str
    ) -> Orderable:
        """What the message invites to order by reply: it names the word itself."""
        searcher = self.base.retriever.searcher
        ids = [wanted.item_id] if wanted.item_id else []
        held = next(iter(searcher.items(ids, rules)), None)
        if held is None:
            raise NotOrderable("没有条目，不知道回复订购的是什么；请给 item_id")
        command = source_value(held.item, _COMMAND)
        if not command or command not in text:
            raise NotOrderable(
                f"正文里没有条目的短信开通指令 {command}，客户不知道回复什么"
                if command
                else "条目没有短信开通指令，不能回复订购"
            )
        named = self.base.templates.get(order.template_id)
        if named is None or named.channel is not PushChannel.SMS:
            raise NotFound(f"没有短信模板 {order.template_id!r}")
        if DEADLINE not in {gap.name for gap in named.placeholders}:
            raise NotOrderable(
                f"二次确认模板 {order.template_id} 没有变量 {DEADLINE}，说不出回复的时限"
            )
        sourced = {
            gap.name: source_value(held.item, gap.source)
            for gap in named.placeholders
            if gap.source
        }
        offer = Orderable(
            item_id=held.item.id,
            item_version=str(held.version),
            command=command,
            template=named,
            template_version=searcher.template_versions.get(named.id, 1),
            values={name: value for name, value in sourced.items() if value} | dict(order.values),
        )
        # what the item says may not be contradicted, and nothing may be missing when a reply comes
        self.base.render(
            named.id,
            PushChannel.SMS,
            {**order.values, DEADLINE: f"{_SOME_DAY:%Y-%m-%d %H:%M}"},
            rules,
            held.item.id,
        )
        return offer


def digest_of(parts: Mapping[str, object]) -> str:
    """What tells a request repeated from another one under the same key."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _region(named: str, regions: Regions) -> Region | None:
    if not named:
        return None
    try:
        return regions.find(named)
    except FieldError as error:
        raise FieldError("region", error.problem) from error
