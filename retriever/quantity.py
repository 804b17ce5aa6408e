"""Arithmetic that remembers how it was written and where each of its numbers comes from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from corpora.push_template import plain_number

_SUM, _PRODUCT, _NUMBER = 0, 1, 2  # how tightly a quantity binds: a sum needs brackets in a product


@dataclass(frozen=True, slots=True)
class Traced:
    """A number as it is written and where it comes from; ``formula`` where it was computed.

    A source is a field of the tariff (``tariff.monthly_fee``) or what the caller gave (``usage.gb``).
    """

    value: str
    sources: tuple[str, ...]
    formula: str = ""

    def to_json(self) -> dict[str, Any]:
        """The number as a fact of an answer."""
        return {"value": self.value, "formula": self.formula, "from": list(self.sources)}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value, the arithmetic that it is written as, and the numbers in that.

    >>> used, included, price = stated(12, "usage.gb"), stated(10, "tariff.data"), stated(5, "x")
    >>> ((used - included) * price).text
    '(12 − 10) × 5'
    """

    value: Decimal
    text: str
    numbers: tuple[Traced, ...]
    binding: int = _NUMBER

    def __add__(self, other: Quantity) -> Quantity:
        text = f"{self.text} + {other.text}"
        return Quantity(self.value + other.value, text, self.numbers + other.numbers, _SUM)

    def __sub__(self, other: Quantity) -> Quantity:
        text = f"{self.text} − {other._in(_PRODUCT)}"
        return Quantity(self.value - other.value, text, self.numbers + other.numbers, _SUM)

    def __mul__(self, other: Quantity) -> Quantity:
        text = f"{self._in(_PRODUCT)} × {other._in(_PRODUCT)}"
        return Quantity(self.value * other.value, text, self.numbers + other.numbers, _PRODUCT)

    def __truediv__(self, other: Quantity) -> Quantity:
        text = f"{self._in(_PRODUCT)} ÷ {other._in(_NUMBER)}"
        return Quantity(self.value / other.value, text, self.numbers + other.numbers, _PRODUCT)

    @property
    def written(self) -> str:
        """The value without idle zeros."""
        return plain_number(self.value)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its numbers come from, in the order of the arithmetic."""
        return tuple(dict.fromkeys(source for n in self.numbers for source in n.sources))

    @property
    def solved(self) -> Quantity:
        """The value as one number, which keeps its formula; what is one number already stays it."""
        if self.binding == _NUMBER:
            return self
        result = Traced(self.written, self.sources, equation(self))
        return Quantity(self.value, self.written, (*self.numbers, result))

    def _in(self, binding: int) -> str:
        return self.text if self.binding >= binding else f"({self.text})"


def stated(value: Decimal | int, *sources: str) -> Quantity:
    """A number that somebody states, written without idle zeros.

    >>> stated(Decimal("10.00"), "tariff.monthly_fee").text
    '10'
    """
    exact = Decimal(value)
    written = plain_number(exact)
    return Quantity(exact, written, (Traced(written, sources),))


def percent(rate: Decimal, *sources: str) -> Quantity:
    """A share, written in hundredths.

    >>> percent(Decimal("0.3"), "tariff.penalty_rate").text
    '30%'
    """
    hundredths = plain_number(rate * 100)
    return Quantity(rate, f"{hundredths}%", (Traced(hundredths, sources),))


def total(quantities: list[Quantity]) -> Quantity:
    """The sum as it is written; of nothing, 0."""
    if not quantities:
        return Quantity(Decimal(0), "0", ())
    first, *rest = quantities
    for quantity in rest:
        first += quantity
    return first


def equation(quantity: Quantity, value: Decimal | None = None, unit: str = "") -> str:
    """The arithmetic and what comes of it: ``value`` where that is rounded (then ≈).

    >>> equation(stated(59) + stated(10), unit="元"), equation(stated(59), unit="元")
    ('59 + 10 = 69元', '59元')
    """
    result = quantity.value if value is None else value
    written = plain_number(result)
    if quantity.text == written:
        return f"{written}{unit}"
    return f"{quantity.text} {'=' if result == quantity.value else '≈'} {written}{unit}"
