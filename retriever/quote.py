"""What a caller wants to be computed → one reply: the charge, its formula, the tariff fields used."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from corpora.types import Tariff
from corpora.versions import ItemVersion
from retriever.calculate import beyond, first_month, month_charge, usable
from retriever.charge import Calculation, Charge
from retriever.compare_tariffs import Comparison, compared
from retriever.over_months import penalty, returned, total_paid
from retriever.usage import NOTHING, BadUsage, MissingField, Usage

_ONE_AT_A_TIME: Final = "joined_on、months、leaves_after 一次只能给一个；请分几次算"
_WITHOUT_USAGE: Final = "算累计费用和违约金不看用量；请去掉 usage"
_ONLY_USAGE: Final = "比较两项资费只看一个月的用量；请去掉 joined_on、months、leaves_after"


@dataclass(frozen=True, slots=True)
class CalculationRequest:
    """What to compute: a month of ``usage``; or the month of ``joined_on``, the sum of ``months``, the
    penalty when the contract is left after ``leaves_after`` months. ``BadUsage`` for two at once.
    """

    usage: Usage = NOTHING
    joined_on: dt.date | None = None
    months: int | None = None
    leaves_after: int | None = None

    def __post_init__(self) -> None:
        given = [
            name
            for name in ("joined_on", "months", "leaves_after")
            if getattr(self, name) is not None
        ]
        if len(given) > 1:
            raise BadUsage(given[1], _ONE_AT_A_TIME)
        if not self.usage.is_empty and given and given != ["joined_on"]:
            raise BadUsage("usage", _WITHOUT_USAGE)

    @property
    def is_of_one_month(self) -> bool:
        """Whether it asks for an ordinary month."""
        return self.joined_on is None and self.months is None and self.leaves_after is None


def quote(
    held: ItemVersion, request: CalculationRequest, other: ItemVersion | None = None
) -> dict[str, Any]:
    """The reply with the keys of the API; ``CalculationError`` where it cannot be computed.

    With ``other`` the charge is compared with what that item costs for the same usage.
    """
    item = held.item
    tariff = usable(item.tariff, item.title)
    if other is None:
        charge, comparison = charged(tariff, request), None
    else:
        if not request.is_of_one_month:
            raise BadUsage("compare_with", _ONLY_USAGE)
        between = _compared(held, other, request.usage)
        charge, comparison = between.first, _comparison_json(between, held, other)
    return {
        **_head(held),
        **charge.to_json(),
        "beyond": _beyond_json(tariff, request.usage) if charge.kind is Calculation.MONTH else None,
        "comparison": comparison,
    }


def charged(tariff: Tariff, request: CalculationRequest) -> Charge:
    """The one calculation that the request asks for.

    Of an offer that has no price of its own but gives money back, that is what it gives.
    """
    if request.leaves_after is not None:
        return penalty(tariff, request.leaves_after)
    if request.joined_on is not None:
        return first_month(tariff, request.joined_on, request.usage)
    if _only_returns(tariff) and request.usage.is_empty:
        return returned(tariff, request.months)
    if request.months is not None:
        return total_paid(tariff, request.months)
    return month_charge(tariff, request.usage)


def _only_returns(tariff: Tariff) -> bool:
    priced = (tariff.monthly_fee, tariff.one_time_fee, tariff.daily_fee, tariff.price_after)
    return tariff.return_monthly is not None and all(price is None for price in priced)


def _compared(held: ItemVersion, other: ItemVersion, usage: Usage) -> Comparison:
    return compared(_priced(held, usage), _priced(other, usage), usage)


def _priced(held: ItemVersion, usage: Usage) -> Tariff:
    """The tariff; what it does not state for this usage is said under the product's name."""
    tariff = usable(held.item.tariff, held.item.title)
    try:
        month_charge(tariff, usage)
    except MissingField as error:
        raise error.of(held.item.title) from error
    return tariff


def _head(held: ItemVersion) -> dict[str, Any]:
    return {"item": held.item.id, "title": held.item.title, "version": held.version}


def _beyond_json(tariff: Tariff, usage: Usage) -> dict[str, Any]:
    over = beyond(tariff, usage)
    return {"charge": float(over.amount), "formula": over.formula}


def _comparison_json(
    comparison: Comparison, held: ItemVersion, other: ItemVersion
) -> dict[str, Any]:
    ids, titles = (held.item.id, other.item.id), (held.item.title, other.item.title)
    second = comparison.second.to_json()
    return {
        **_head(other),
        **{key: second[key] for key in ("charge", "formula", "from", "notes")},
        **comparison.to_json(ids),
        "words": comparison.words(*titles),
    }
