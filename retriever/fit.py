"""What suits a customer: which offers, in which order, by which channel, and why. Pure.

Answers, plans of pushes and pages use this one function. Nothing is dropped silently: whatever is not
fitted is withheld, with a code for programs and a reason for clerks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from corpora.push_template import Purpose, PushChannel, PushTemplate, Situation
from corpora.types import Device, KnowledgeItem, Region, SubLibrary
from retriever.context import Contact, Customer, Reaction
from retriever.fit_customer import CHANNEL_NAMES, FitSettings, Level, Reading, Remark

__all__ = [
    "FitSettings",
    "Fitted",
    "FittedOffer",
    "Level",
    "Offer",
    "Reason",
    "Remark",
    "Withheld",
    "fit",
]

_REACHES: Final = frozenset({PushChannel.SMS, PushChannel.MMS})
"""Channels that reach customers wherever they are; the others show where somebody serves them."""
_CARE_FIRST: Final = (Purpose.CARE, Purpose.NOTICE, Purpose.MARKETING)
_SAID_NO: Final = frozenset({Reaction.DECLINED, Reaction.COMPLAINED, Reaction.UNSUBSCRIBED})


@dataclass(frozen=True, slots=True)
class Offer:
    """A message that might be sent, and the item that it is about."""

    template: PushTemplate
    item: KnowledgeItem | None = None

    @property
    def item_id(self) -> str:
        """Empty for a message about no item."""
        return self.item.id if self.item else ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an offer stands where it stands."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class FittedOffer:
    """An offer that suits; ``channel`` is SMS for an MMS whose fallback is to be sent."""

    offer: Offer
    channel: PushChannel
    reasons: tuple[Reason, ...]

    @property
    def template(self) -> PushTemplate:
        """The template of the offer."""
        return self.offer.template


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is not offered, and why; ``template_id`` is empty for a pointer to an item."""

    template_id: str
    item_id: str
    title: str
    reason: Reason

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "template_id": self.template_id or None,
            "item_id": self.item_id or None,
            "title": self.title,
            "code": self.reason.code,
            "text": self.reason.text,
        }


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that was asked about: offered in this order, or withheld. ``remarks`` are for clerks."""

    fitted: tuple[FittedOffer, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the API shows it: ``reasons`` has an entry for each reason of each offer, in order."""
        return {
            "reasons": [
                {
                    "template_id": one.template.id,
                    "item_id": one.offer.item_id or None,
                    "channel": one.channel.value,
                    "code": reason.code,
                    "text": reason.text,
                }
                for one in self.fitted
                for reason in one.reasons
            ],
            "withheld": [one.to_json() for one in self.withheld],
            "remarks": [remark.to_json() for remark in self.remarks],
        }


def fit(
    customer: Customer,
    offers: Sequence[Offer],
    settings: FitSettings | None = None,
    *,
    as_of: dt.date,
    region: Region | None = None,
    device: Device | None = None,
) -> Fitted:
    """Orders and sieves ``offers``; of equal ones the earlier stays first.

    ``as_of`` is the day from which contacts count back, ``region`` where the customer is at home, and
    ``device`` what the catalogue knows of the customer's model, where it knows it.
    """
    case = _Case(Reading(customer, settings or FitSettings(), device), as_of, region)
    withheld: list[Withheld] = []
    kept: list[Offer] = []
    for offer in offers:
        if reason := next(case.objections(offer), None):
            withheld.append(_withheld(offer, reason))
        else:
            kept.append(offer)
    fitted: list[FittedOffer] = []
    for offer in kept:
        channel, reason = case.channel_of(offer, kept)
        if channel is None:
            withheld.append(_withheld(offer, reason or _WITHOUT_MMS))
        else:
            reasons = (*case.reasons(offer, channel), *((reason,) if reason else ()))
            fitted.append(FittedOffer(offer, channel, reasons))
    order = sorted(fitted, key=lambda one: case.rank(one.offer, one.channel))
    return Fitted(tuple(order), tuple(withheld), case.reading.remarks())


_WITHOUT_MMS: Final = Reason("device_without_mms", "客户的终端收不了彩信，改发它的短信内容")
_TWICE: Final = Reason("device_without_mms", "客户的终端收不了彩信，同样用途的短信已经在列")


def _withheld(offer: Offer, reason: Reason) -> Withheld:
    return Withheld(offer.template.id, offer.item_id, offer.template.title, reason)


@dataclass(frozen=True, slots=True)
class _Case:
    """A customer on a day in a place."""

    reading: Reading
    as_of: dt.date
    region: Region | None

    def objections(self, offer: Offer) -> Iterator[Reason]:
        """Why an offer is not made, the weightiest first."""
        customer, template = self.reading.customer, offer.template
        marketing = template.purpose is Purpose.MARKETING
        reaches = template.channel in _REACHES
        if marketing and reaches and self._unsubscribed():
            yield Reason("refused_marketing", "客户拒收过营销信息，不再发营销内容")
        if customer.do_not_disturb and reaches and self._uncalled(template):
            yield Reason("do_not_disturb", "客户要求免打扰，没有主动要的内容不发")
        if marketing and self.reading.complaint_sensitive:
            text = "客户容易投诉或近期投诉多，先关心反映的问题，不推荐业务"
            yield Reason("complaint_sensitive", text)
        if marketing and self.reading.tariff_sensitive:
            yield Reason("tariff_sensitive", "客户对资费敏感，不主动推荐套餐和新业务")
        if marketing:
            yield from self._said_before(offer)
            yield from self._not_eligible(offer.item)
        local = template.region
        if local is not None and self.region and local.path not in self.region.lineage:
            yield Reason("region_not_eligible", "这个模板是给别的地区的")

    def _uncalled(self, template: PushTemplate) -> bool:
        """Whether nobody asked for a message."""
        if template.purpose is not Purpose.NOTICE:
            return True
        reminds = template.situation is Situation.REMINDER
        return reminds and not self.reading.settings.quiet_keeps_reminders

    def _said_before(self, offer: Offer) -> Iterator[Reason]:
        settings = self.reading.settings
        for contact in self._earlier(offer, settings.declined_days):
            if contact.reaction in _SAID_NO:
                text = f"客户在{contact.at}拒绝过，{settings.declined_days}天内不再推荐"
                yield Reason("declined_before", text)
            elif contact.reaction is Reaction.ACCEPTED:
                yield Reason("accepted_before", f"客户在{contact.at}已经接受，不用再推荐")

    def _not_eligible(self, item: KnowledgeItem | None) -> Iterator[Reason]:
        """That a campaign is for others. The brand of a plan is no condition: it can be changed to."""
        if item is None:
            return
        brand = self.reading.customer.brand
        for_some = item.brands if item.sub_library is SubLibrary.MARKETING else ()
        if brand and for_some and not any(own in brand or brand in own for own in for_some):
            text = f"活动面向{'、'.join(for_some)}，客户现在是{brand}"
            yield Reason("brand_not_eligible", text)
        if item.region and self.region and item.region.path not in self.region.lineage:
            yield Reason("region_not_eligible", "这项业务是给别的地区的")

    def _unsubscribed(self) -> bool:
        contacts = self.reading.customer.contacts
        return any(contact.reaction is Reaction.UNSUBSCRIBED for contact in contacts)

    def _earlier(self, offer: Offer, days: int) -> list[Contact]:
        """Contacts about the same template or item in the last ``days``, the latest first."""
        templates = {offer.template.id, offer.template.variant_of} - {""}
        items = {offer.item.id, offer.item.family} if offer.item else set()
        found = [
            contact
            for contact in self.reading.customer.contacts
            if (contact.template_id in templates or contact.item_id in items)
            and (self.as_of - contact.at).days <= days
        ]
        return sorted(found, key=lambda contact: contact.at, reverse=True)

    def channel_of(
        self, offer: Offer, others: Sequence[Offer]
    ) -> tuple[PushChannel | None, Reason | None]:
        """By which channel an offer goes, and why where it is not its own; None where it goes already."""
        own = offer.template
        if own.channel is not PushChannel.MMS or self.reading.takes_mms:
            return own.channel, None
        for other in others:
            same = other.template.purpose is own.purpose and other.item == offer.item
            alike = same and other.template.situation is own.situation
            if alike and other.template.channel is PushChannel.SMS:
                return None, _TWICE
        return PushChannel.SMS, _WITHOUT_MMS

    def reasons(self, offer: Offer, channel: PushChannel) -> Iterator[Reason]:
        """Why an offer stands where it stands."""
        template = offer.template
        if template.situation is Situation.ENQUIRY:
            yield Reason("answers_enquiry", "回答客户这次的咨询")
        elif template.purpose is Purpose.NOTICE:
            yield Reason("notice", "办理或使用中要让客户知道的事")
        elif template.purpose is Purpose.MARKETING:
            yield Reason("offer", "没有不宜推荐的情况，可以介绍")
        if template.purpose is Purpose.CARE:
            first = "，排在前面" if self._cares_first else ""
            yield Reason("care_first" if first else "care", f"关心客户的内容{first}")
        if channel in self.reading.channels:
            yield Reason("preferred_channel", f"客户偏好{CHANNEL_NAMES[channel]}")
        if contact := self._made_lately(offer):
            yield Reason("contacted_recently", f"{contact.at}已经联系过，放在后面")

    @property
    def _cares_first(self) -> bool:
        return self.reading.complaint_sensitive or self.reading.may_leave

    def _made_lately(self, offer: Offer) -> Contact | None:
        """The last time that the customer was given the same; a notice may well come again."""
        if offer.template.purpose is Purpose.NOTICE:
            return None
        return next(iter(self._earlier(offer, self.reading.settings.recent_days)), None)

    def rank(self, offer: Offer, channel: PushChannel) -> tuple[int, bool, bool, int]:
        """Smaller comes first: care where it is due, what is new, what answers, the preferred way."""
        preferred = self.reading.channels
        return (
            _CARE_FIRST.index(offer.template.purpose) if self._cares_first else 0,
            self._made_lately(offer) is not None,
            offer.template.situation is not Situation.ENQUIRY,
            preferred.index(channel) if channel in preferred else len(preferred),
        )
