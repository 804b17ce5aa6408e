"""A computed amount of money with the arithmetic that a clerk can read out, every number traced.

Money is in yuan, as ``Decimal``; a charge is rounded to the fen once, at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final

from corpora.push_template import plain_number
from retriever.facts import numbers_in
from retriever.quantity import Quantity, Traced, equation, total

_FEN: Final = Decimal("0.01")
TARIFF: Final = "tariff."


class Calculation(StrEnum):
    """What is computed."""

    MONTH = "month"
    BEYOND = "beyond"
    FIRST_MONTH = "first_month"
    PENALTY = "penalty"
    TOTAL = "total"
    MONTH_PRICE = "month_price"
    RETURNED = "returned"
    NET_COST = "net_cost"


@dataclass(frozen=True, slots=True)
class Term:
    """One summand in yuan, in words, and the further numbers that these hold."""

    quantity: Quantity
    words: str
    numbers: tuple[Traced, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know beside the amount, and the numbers that it holds."""

    text: str
    numbers: tuple[Traced, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount in yuan to the fen, its formula, and the words for the customer.

    ``ValueError`` where a number of the wording has no source: a mistake of ours, never of a caller.
    """

    kind: Calculation
    amount: Decimal
    formula: str
    words: str
    notes: tuple[str, ...]
    numbers: tuple[Traced, ...]

    def __post_init__(self) -> None:
        if self.amount < 0 or self.amount != to_fen(self.amount):
            raise ValueError(f"{self.amount} is no amount of money")
        known = {traced.value for traced in self.numbers}
        wording = "\n".join((self.formula, self.words, *self.notes))
        if untraced := [number for number in numbers_in(wording) if number not in known]:
            raise ValueError(f"numbers without a source: {untraced} in {wording!r}")

    @property
    def sources(self) -> tuple[str, ...]:
        """The fields of the tariff that the amount and its notes rest on, in order of use."""
        named = (source for traced in self.numbers for source in traced.sources)
        return tuple(dict.fromkeys(source for source in named if source.startswith(TARIFF)))

    @property
    def written(self) -> str:
        """The amount as it is said: 69, 76.5."""
        return plain_number(self.amount)

    def to_json(self) -> dict[str, Any]:
        """The charge with the keys of the API."""
        return {
            "calculation": self.kind.value,
            "charge": float(self.amount),
            "formula": self.formula,
            "from": list(self.sources),
            "words": self.words,
            "notes": list(self.notes),
            "facts": [traced.to_json() for traced in self.numbers],
        }


def to_fen(amount: Decimal) -> Decimal:
    """Rounded half up to two places, as bills are.

    >>> to_fen(Decimal("13.325")), to_fen(Decimal(59))
    (Decimal('13.33'), Decimal('59.00'))
    """
    return amount.quantize(_FEN, ROUND_HALF_UP)


def charge_of(kind: Calculation, terms: Sequence[Term], remarks: Iterable[Remark] = ()) -> Charge:
    """The sum of ``terms``; nothing at all is 0 yuan."""
    remarks = list(remarks)
    exact = total([term.quantity for term in terms])
    amount = to_fen(exact.value)
    formula = equation(exact, amount, "元")
    computed = exact.text != plain_number(amount)
    result = Traced(plain_number(amount), exact.sources, formula if computed else "")
    said = [traced for term in terms for traced in term.numbers]
    said += [traced for remark in remarks for traced in remark.numbers]
    return Charge(
        kind=kind,
        amount=amount,
        formula=formula,
        words="，".join(term.words for term in terms if term.words),
        notes=tuple(dict.fromkeys(remark.text for remark in remarks)),
        numbers=tuple(dict.fromkeys([result, *exact.numbers, *said])),
    )
