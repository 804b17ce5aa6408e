"""Every number in a customer text, traced to the field that it stands in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Final

from corpora.types import DataAllowance, Facet, KnowledgeItem, Tariff
from retriever.answer import Fact

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_SENTENCE: Final = re.compile(r"[^。！？\n]+[。！？]*\n?")


def numbers_in(text: str) -> list[str]:
    """The numbers of a text as they are written, folded to ASCII digits, without idle zeros.

    >>> numbers_in("月费10.00元，发KTLLB10")
    ['10', '10']
    """
    return [
        _plain(match.group()) for match in _NUMBER.finditer(unicodedata.normalize("NFKC", text))
    ]


def _plain(number: str) -> str:
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def _tariff_fields(tariff: Tariff) -> Iterator[tuple[str, str]]:
    for declared in fields(tariff):
        value = getattr(tariff, declared.name)
        if isinstance(value, Decimal | int):
            yield _plain(f"{value:f}"), f"tariff.{declared.name}"
        elif isinstance(value, tuple):
            for allowance in value:
                if isinstance(allowance, DataAllowance):
                    yield _plain(f"{allowance.gb:f}"), f"tariff.data.{allowance.kind.value}"


def _places(item: KnowledgeItem, facet: Facet) -> dict[str, str]:
    """Number → the field that states it; the facet's own official wording comes first."""
    places: dict[str, str] = {}
    for number in numbers_in(facet.official):
        places.setdefault(number, f"facets.{facet.kind.value}.official")
    if item.tariff is not None:
        for number, field in _tariff_fields(item.tariff):
            places.setdefault(number, field)
    for action in item.actions:
        for number in numbers_in(action.target):
            places.setdefault(number, f"actions.{action.kind.value}.{action.channel.value}.target")
    for day, field in (
        (item.effective_from, "effective_from"),
        (item.effective_to, "effective_to"),
    ):
        if day is not None:
            for part in (day.year, day.month, day.day):
                places.setdefault(str(part), field)
    for number in numbers_in(item.title):
        places.setdefault(number, "title")
    return places


def traced(item: KnowledgeItem, facet: Facet, text: str) -> tuple[str, tuple[Fact, ...]]:
    """``text`` without the sentences that hold an untraced number, and the facts of what stays."""
    places = _places(item, facet)
    kept: list[str] = []
    facts: dict[tuple[str, str], Fact] = {}
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        if not sentence.rstrip("。！？\n").strip():
            continue  # a stop after blanks alone would come to stand first
        numbers = numbers_in(sentence)
        if any(number not in places for number in numbers):
            continue
        kept.append(sentence)
        for number in numbers:
            facts[number, places[number]] = Fact(number, item.id, places[number])
    return "".join(kept).strip(), tuple(facts.values())
