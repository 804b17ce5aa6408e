"""An item and a question → the amount that the question asks for, in the customer's words."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Final

from corpora.push_template import plain_number
from corpora.types import KnowledgeItem, Tariff
from indexer.normalize import normalize
from retriever.asked_usage import AskedUsage, Joined, Unread, read_usage
from retriever.calculate import beyond, first_month, month_charge
from retriever.charge import TARIFF, Calculation, Charge
from retriever.compare_tariffs import compared
from retriever.facts import numbers_in
from retriever.over_months import month_price, penalty, price_after_offer, returned, total_paid
from retriever.quantity import Traced
from retriever.usage import CalculationError, MissingField, required

_QUESTION: Final = "question"
_AS_OF: Final = "as_of"
_NEIGHBOURS: Final = re.compile(
    "|".join(
        f"{low}{high}(?![十百千万零一二三四五六七八九])"
        for low, high in zip("一二三四五六七八", "二三四五六七八九", strict=True)
    )
)
_MONTHS_A_YEAR: Final = 12
_HEADS: Final = {
    Calculation.MONTH: "这个月一共{amount}元",
    Calculation.BEYOND: "超出部分收{amount}元",
    Calculation.FIRST_MONTH: "首月收{amount}元",
    Calculation.PENALTY: "违约金{amount}元",
    Calculation.TOTAL: "一共{amount}元",
    Calculation.RETURNED: "返{amount}元",
}


@dataclass(frozen=True, slots=True)
class Computed:
    """What to say, and where each of its numbers comes from: tariff, question or day of asking."""

    kind: Calculation
    text: str
    facts: tuple[Traced, ...]

    def __post_init__(self) -> None:
        known = {fact.value for fact in self.facts}
        if untraced := [number for number in numbers_in(self.text) if number not in known]:
            raise ValueError(f"numbers without a source: {untraced} in {self.text!r}")


def computed(
    item: KnowledgeItem,
    question: str,
    *,
    as_of: dt.date | None = None,
    other: KnowledgeItem | None = None,
) -> Computed | None:
    """The amount that ``question`` asks for, from the tariff of ``item``; None where it asks for none,
    where the tariff does not state enough, or where the question holds a number that nothing explains.

    ``question`` may be as typed or normalised. ``as_of`` is the day of asking, which a first month
    needs; ``other`` is the second product of a comparison.
    """
    # 四五个G is normalised to 45 GB, and 两三百分钟 to 23 hundred
    if item.tariff is None or _NEIGHBOURS.search(question):
        return None
    asked = read_usage(normalize(question))
    if asked is None:
        return None
    if asked.compares:
        return _compared(item, other, asked)
    try:
        charge = _charge(item.tariff, asked, as_of)
    except CalculationError:
        return None
    if charge is None or not _all_explained(asked.unread, [item], charge.numbers):
        return None
    return Computed(
        charge.kind, _sentence(charge, asked, item.tariff), _asked_facts(charge.numbers)
    )


def _charge(tariff: Tariff, asked: AskedUsage, as_of: dt.date | None) -> Charge | None:
    """The calculation asked for; None where the question does not say enough."""
    if asked.usage.days is not None and tariff.daily_fee is None:
        return None
    match asked.kind:
        case Calculation.PENALTY:
            return penalty(tariff, _leaves_after(tariff, asked))
        case Calculation.RETURNED:
            return returned(tariff, asked.months)
        case Calculation.TOTAL:
            return total_paid(tariff, asked.months or 0)
        case Calculation.MONTH_PRICE:
            if tariff.price_after is None:
                return None  # no offer ends, so that no month differs from the others
            if asked.months is None:
                return price_after_offer(tariff)
            return month_price(tariff, asked.months)
        case Calculation.FIRST_MONTH:
            day = _day_of(asked.joined, as_of)
            return None if day is None else first_month(tariff, day, asked.usage)
        case Calculation.BEYOND:
            return beyond(tariff, asked.usage)
        case _:
            return month_charge(tariff, asked.usage)


def _leaves_after(tariff: Tariff, asked: AskedUsage) -> int:
    if asked.leaves_after is not None:
        return asked.leaves_after
    left = asked.months_left or 0
    length = required(tariff.contract_months, "contract_months")
    if left > length:
        raise MissingField("contract_months")
    return length - left


def _day_of(joined: Joined | None, as_of: dt.date | None) -> dt.date | None:
    """The day that was said: the last such day where it is past, else the next one."""
    if joined is None or as_of is None:
        return None
    for back in range(_MONTHS_A_YEAR + 1):
        step = -back if joined.past else back
        years, month = divmod(as_of.year * 12 + as_of.month - 1 + step, 12)
        month += 1
        if joined.month not in (None, month) or joined.day > calendar.monthrange(years, month)[1]:
            continue
        if joined.day < 1:
            return None
        day = dt.date(years, month, joined.day)
        if day <= as_of if joined.past else day >= as_of:
            return day
    return None


def _all_explained(
    unread: tuple[Unread, ...], items: list[KnowledgeItem], numbers: tuple[Traced, ...]
) -> bool:
    """Whether each number that was not read is one of the products', or part of the calculation."""
    known = {number.value for number in numbers}
    for item in items:
        known |= set(_numbers_of(item))
    return all(
        {plain_number(n.value), plain_number(n.value * 12 if n.unit == "年" else n.value)} & known
        for n in unread
    )


def _numbers_of(item: KnowledgeItem) -> Iterator[str]:
    for name in (item.title, *item.aliases):
        yield from numbers_in(name)
    if item.tariff is None:
        return
    for declared in fields(item.tariff):
        value = getattr(item.tariff, declared.name)
        if isinstance(value, int | Decimal):
            yield plain_number(Decimal(value))
    yield from (plain_number(allowance.gb) for allowance in item.tariff.data)
    if item.tariff.penalty_rate is not None:
        yield plain_number(item.tariff.penalty_rate * 100)


def _sentence(charge: Charge, asked: AskedUsage, tariff: Tariff) -> str:
    """Conclusion first, then how it comes about, then what to know."""
    by_day = asked.usage.days is not None
    head = "一共{amount}元" if by_day else _HEADS.get(charge.kind, "")
    head = head.format(amount=charge.written)
    said = "：".join(part for part in (head, charge.words) if part)
    if any(sign in charge.formula for sign in "=≈"):
        said = f"{said}。算式：{charge.formula}"
    notes = list(charge.notes)
    if charge.kind is Calculation.MONTH and (open_ := _not_said(asked, tariff)):
        notes.append(f"{open_}按没有超出套餐算")
    return "。".join([said, *notes]) + "。"


def _not_said(asked: AskedUsage, tariff: Tariff) -> str:
    """What the tariff includes and the question gives no figure of."""
    usage = asked.usage
    bundle = (("流量", tariff.data, usage.gb), ("通话", tariff.voice_minutes, usage.minutes))
    return "和".join(what for what, included, used in bundle if included and used is None)


def _asked_facts(numbers: tuple[Traced, ...]) -> tuple[Traced, ...]:
    """The numbers with the question as the source of what the question gave."""
    facts = []
    for number in numbers:
        sources: list[str] = []
        for source in number.sources:
            ours = source.startswith(TARIFF) or source == "title"
            sources.append(source if ours else _QUESTION)
            if source == "joined_on":
                sources.append(_AS_OF)  # the question says the day, the day of asking its month
        facts.append(replace(number, sources=tuple(dict.fromkeys(sources))))
    return tuple(dict.fromkeys(facts))


def _compared(
    item: KnowledgeItem, other: KnowledgeItem | None, asked: AskedUsage
) -> Computed | None:
    if item.tariff is None or other is None or other.tariff is None:
        return None
    try:
        comparison = compared(item.tariff, other.tariff, asked.usage)
    except CalculationError:
        return None
    numbers = (*comparison.first.numbers, *comparison.second.numbers, *comparison.facts())
    if not _all_explained(asked.unread, [item, other], numbers):
        return None
    titles = (item.title, other.title)
    named = (Traced(n, ("title",)) for title in titles for n in numbers_in(title))
    return Computed(Calculation.MONTH, comparison.words(*titles), _asked_facts((*numbers, *named)))
