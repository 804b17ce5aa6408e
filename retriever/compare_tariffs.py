"""Two tariffs for one usage: which is cheaper, and from which data usage on that turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from corpora.push_template import plain_number
from corpora.types import Tariff
from retriever.bundle import included_general, never_charges_data
from retriever.calculate import month_charge
from retriever.charge import Charge, to_fen
from retriever.quantity import Traced
from retriever.usage import NOTHING, Usage

_ZERO: Final = Fraction(0)


class Cheaper(IntEnum):
    """Which of the two costs less."""

    SAME = 0
    FIRST = 1
    SECOND = 2


@dataclass(frozen=True, slots=True)
class TurningPoint:
    """From ``gb`` of general data on, ``cheaper`` costs less; up to there it did not."""

    gb: Decimal
    cheaper: Cheaper


@dataclass(frozen=True, slots=True)
class Comparison:
    """The charges of both and all turning points by data, the other usage being the same."""

    first: Charge
    second: Charge
    cheaper: Cheaper
    turning_points: tuple[TurningPoint, ...]

    @property
    def difference(self) -> Decimal:
        """How many yuan lie between the two."""
        return abs(self.first.amount - self.second.amount)

    def words(self, first: str, second: str) -> str:
        """What to say about the products of these names."""
        names = {Cheaper.FIRST: first, Cheaper.SECOND: second}
        said = f"{first}：{self.first.written}元；{second}：{self.second.written}元。"
        if self.cheaper is Cheaper.SAME:
            said += "两个一样多"
        else:
            said += f"{names[self.cheaper]}少付{plain_number(self.difference)}元"
        turns = "".join(
            f"；流量超过{plain_number(point.gb)}GB，{names[point.cheaper]}便宜"
            for point in self.turning_points
        )
        return f"{said}{turns}。"

    def facts(self) -> Iterator[Traced]:
        """The numbers of ``words``; the names bring their own."""
        yield from (self.first.numbers[0], self.second.numbers[0])
        both = tuple(dict.fromkeys(self.first.sources + self.second.sources))
        low, high = sorted((self.first.amount, self.second.amount))
        gap = plain_number(self.difference)
        yield Traced(gap, both, f"{plain_number(high)} − {plain_number(low)} = {gap}")
        yield from (
            Traced(plain_number(p.gb), both, "两项费用相等的流量") for p in self.turning_points
        )

    def to_json(self, ids: tuple[str, str]) -> dict[str, Any]:
        """The comparison with the keys of the API."""
        return {
            "cheaper": ids[self.cheaper - 1] if self.cheaper else None,
            "difference": float(self.difference),
            "turning_points": [
                {"gb": float(point.gb), "cheaper": ids[point.cheaper - 1]}
                for point in self.turning_points
            ],
        }


def compared(first: Tariff, second: Tariff, usage: Usage = NOTHING) -> Comparison:
    """Both charges of one usage; turning points only as far as both state what data costs."""
    charges = month_charge(first, usage), month_charge(second, usage)
    gap = charges[0].amount - charges[1].amount
    return Comparison(
        *charges,
        _sign(Fraction(gap)),
        _turning_points(_Curve.of(first, usage), _Curve.of(second, usage)),
    )


@dataclass(frozen=True, slots=True)
class _Curve:
    """Yuan by GB of general data: level, then rising, then level at the cap; known up to ``end``."""

    base: Fraction
    included: Fraction
    price: Fraction
    cap: Fraction | None
    end: Fraction | None

    @classmethod
    def of(cls, tariff: Tariff, usage: Usage) -> _Curve:
        """The curve of a tariff, the rest of ``usage`` being fixed."""
        rest = replace(usage, gb=None, directed_gb=None, off_peak_gb=None)
        included = Fraction(included_general(tariff, usage).value)
        slow = never_charges_data(tariff)
        priced = tariff.over_data_per_gb is not None
        return cls(
            base=Fraction(month_charge(tariff, rest).amount),
            included=included,
            price=Fraction(tariff.over_data_per_gb or 0),
            cap=None if tariff.over_data_cap is None else Fraction(tariff.over_data_cap),
            end=None if priced or slow else included,
        )

    def at(self, gb: Fraction) -> Fraction:
        """The charge for this much data."""
        over = max(_ZERO, gb - self.included) * self.price
        return self.base + (over if self.cap is None else min(over, self.cap))

    def bends(self) -> Iterator[Fraction]:
        """Where the slope changes."""
        yield self.included
        if self.cap is not None and self.price:
            yield self.included + self.cap / self.price


def _turning_points(first: _Curve, second: _Curve) -> tuple[TurningPoint, ...]:
    def gap(gb: Fraction) -> Fraction:
        return first.at(gb) - second.at(gb)

    ends = [end for end in (first.end, second.end) if end is not None]
    bends = sorted({_ZERO, *first.bends(), *second.bends(), *ends})
    # both are straight lines behind the last bend: twice their distance apart reaches any crossing
    last = bends[-1] + 1
    slope = gap(last) - gap(bends[-1])
    if slope and (crossing := bends[-1] - gap(bends[-1]) / slope) > last:
        last = crossing + 1
    marks = [*bends, last]
    zeros = [
        left - gap(left) * (right - left) / (gap(right) - gap(left))
        for left, right in pairwise(marks)
        if gap(left) * gap(right) < 0
    ]
    marks = sorted({*marks, *zeros})
    limit = min(ends, default=None)
    points = []
    before = Cheaper.SAME
    for left, right in pairwise(marks):
        if limit is not None and left >= limit:
            break
        now = _sign(gap((left + right) / 2))
        if now is Cheaper.SAME:
            continue
        if before not in (Cheaper.SAME, now):
            points.append(TurningPoint(to_fen(Decimal(left.numerator) / left.denominator), now))
        before = now
    return tuple(points)


def _sign(gap: Fraction) -> Cheaper:
    if gap == 0:
        return Cheaper.SAME
    return Cheaper.FIRST if gap < 0 else Cheaper.SECOND
