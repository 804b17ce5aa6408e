"""What a customer context changes about an answer that is made: nobody is pointed to what does not suit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from corpora.types import Audience, RelationKind, SubLibrary
from retriever.answer import Answer, Related
from retriever.filters import Filter
from retriever.fit import Fitted, Level, Reason, Remark, Withheld
from retriever.fit_customer import Reading

_SENSITIVE_TO_TARIFFS: Final = Reason("tariff_sensitive", "客户对资费敏感，不主动推荐活动")
_COMPLAINS: Final = Reason(
    "complaint_sensitive", "客户容易投诉或近期投诉多，先关心问题，不推荐活动"
)
_ASKED: Final = Remark(
    "asked_for_offer", Level.INFO, "这一条是营销信息：客户问到才说，说完不往下推荐"
)


def suited(answer: Answer, reading: Reading, wanted: Filter) -> Answer:
    """An answer, and what else it answers, for a customer of whom something is known.

    Campaigns leave ``related`` and ``nearest`` where offers do not suit, and cases come first for who
    complains easily; the order of what was found stays. Why is for staff: a customer is not told.
    """
    one = _suited(answer, reading, for_staff=wanted.audience is not Audience.CUSTOMER)
    return replace(one, more=tuple(suited(further, reading, wanted) for further in answer.more))


def _suited(answer: Answer, reading: Reading, *, for_staff: bool) -> Answer:
    fitted = answer.fit or Fitted(remarks=reading.remarks())
    reason = _reason(reading)
    related, nearest = answer.related, answer.nearest
    if reason is not None:
        gone = {
            other.item_id: Withheld("", other.item_id, other.title, reason)
            for other in related
            if _sells(other)
        }
        gone |= {
            hit.item_id: Withheld("", hit.item_id, hit.held.item.title, reason)
            for hit in nearest
            if hit.held.item.sub_library is SubLibrary.MARKETING
        }
        related = tuple(other for other in related if other.item_id not in gone)
        nearest = tuple(hit for hit in nearest if hit.item_id not in gone)
        fitted = replace(fitted, withheld=(*fitted.withheld, *gone.values()))
        if answer.held and answer.held.item.sub_library is SubLibrary.MARKETING:
            fitted = replace(fitted, remarks=(*fitted.remarks, _ASKED))
    if reading.complaint_sensitive:
        related = tuple(sorted(related, key=_is_no_case))
    fit = fitted if for_staff else None
    return replace(answer, related=related, nearest=nearest, fit=fit)


def _reason(reading: Reading) -> Reason | None:
    if reading.complaint_sensitive:
        return _COMPLAINS
    return _SENSITIVE_TO_TARIFFS if reading.tariff_sensitive else None


def _sells(related: Related) -> bool:
    return SubLibrary.MARKETING.value == related.sub_library


def _is_no_case(related: Related) -> bool:
    return related.relation != RelationKind.CASE.value
