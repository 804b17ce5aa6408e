"""What sends a message by itself: an event in a customer's life, and days before or after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.types import FieldError

MOST_DAYS: Final = 366


class TriggerEvent(StrEnum):
    """Events that systems of an operator report or can foresee."""

    TRIAL_ENDS = "trial_ends"
    DISCOUNT_ENDS = "discount_ends"
    CONTRACT_ENDS = "contract_ends"
    PRODUCT_ENDS = "product_ends"
    MONTH_END = "month_end"
    BILL_DAY = "bill_day"
    ENQUIRY_ENDED = "enquiry_ended"
    ORDER_DONE = "order_done"
    COMPLAINT_CLOSED = "complaint_closed"
    JOINED = "joined"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return _LABELS[self]

    @property
    def is_foreseen(self) -> bool:
        """Whether its day is known before, so that a message can come before it."""
        return self in _FORESEEN


_LABELS: Final = {
    TriggerEvent.TRIAL_ENDS: "体验到期",
    TriggerEvent.DISCOUNT_ENDS: "优惠到期",
    TriggerEvent.CONTRACT_ENDS: "合约到期",
    TriggerEvent.PRODUCT_ENDS: "产品到期",
    TriggerEvent.MONTH_END: "月末",
    TriggerEvent.BILL_DAY: "出账日",
    TriggerEvent.ENQUIRY_ENDED: "咨询结束",
    TriggerEvent.ORDER_DONE: "办理完成",
    TriggerEvent.COMPLAINT_CLOSED: "投诉办结",
    TriggerEvent.JOINED: "入网",
}
_FORESEEN: Final = frozenset(
    {
        *(TriggerEvent.TRIAL_ENDS, TriggerEvent.DISCOUNT_ENDS, TriggerEvent.CONTRACT_ENDS),
        *(TriggerEvent.PRODUCT_ENDS, TriggerEvent.MONTH_END, TriggerEvent.BILL_DAY),
    }
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event, and how many days before or after it a message is due."""

    event: TriggerEvent
    days_before: int = 0
    days_after: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.days_before <= MOST_DAYS and 0 <= self.days_after <= MOST_DAYS):
            raise FieldError("trigger", f"days are not between 0 and {MOST_DAYS}")
        if self.days_before and self.days_after:
            raise FieldError("trigger", "days_before and days_after exclude each other")
        if self.days_before and not self.event.is_foreseen:
            raise FieldError("trigger", f"nobody can know {self.event.value} before it happens")

    def due_on(self, day: dt.date) -> dt.date:
        """The day on which the message of an event of ``day`` is due.

        >>> Trigger(TriggerEvent.TRIAL_ENDS, days_before=3).due_on(dt.date(2026, 12, 31))
        datetime.date(2026, 12, 28)
        """
        return day + dt.timedelta(days=self.days_after - self.days_before)
