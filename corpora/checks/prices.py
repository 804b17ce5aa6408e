"""Whether prices in titles and wording agree with the tariff, the price book and each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Final

from corpora.amounts import Amount, Unit, amounts, normal, tariff_amounts
from corpora.catalogue import WARNING, Catalogue, Wording
from corpora.source import Problem
from corpora.types import (
    Audience,
    Facet,
    FacetKind,
    KnowledgeItem,
    SaleStatus,
    SubLibrary,
    Tariff,
)

_COMMAND: Final = re.compile(
    r"[A-Za-z]+[0-9][A-Za-z0-9]*"  # KTLLB10, E2103, Y9
    r"|(?:发送?|编辑|回复)(?:短信)?(?P<word>[A-Z]{2,})(?![A-Za-z0-9])"
)
_WORD: Final = re.compile(r"[A-Z0-9]+")
_STRICT: Final = (Unit.MONEY, Unit.GB, Unit.MB, Unit.SPEED, Unit.MINUTES)
_EVERYWHERE: Final = Decimal(10086)  # the own hotline belongs to no single item
_FEES: Final = ("monthly_fee", "one_time_fee", "daily_fee", "deposit", "gift", "price_after")
_MAIN_FEES: Final = ("monthly_fee", "daily_fee", "one_time_fee")
_HEADLINES: Final = (FacetKind.OVERVIEW, FacetKind.PRICE)
_STATED_FEE: Final = re.compile(
    r"(?:月费|月租费?|月功能费|基本月费)(?:为|是|:|仅)?(?P<fee>[0-9.]+)元"
)


def untraced_numbers(catalogue: Catalogue) -> Iterator[Problem]:
    """Numbers and commands that customers hear but no official text, tariff or action states."""
    for wording in catalogue.wordings:
        if lost := _untraced(wording):
            problem = (
                f"{'、'.join(lost)}在业务口径、资费和办理方式里都没有，请核对后补进official或改正"
            )
            yield catalogue.problem(wording.key, wording.path, problem)


def _untraced(wording: Wording) -> list[str]:
    item, facet = wording.item, wording.facet
    handling = " ".join(f"{action.label} {action.target}" for action in item.actions)
    words = set(_WORD.findall(normal(f"{facet.official} {handling}").upper()))
    stated = {*amounts(facet.official), *amounts(handling), *tariff_amounts(item.tariff)}
    text = normal(wording.text)
    commands = [found["word"] or found[0] for found in _COMMAND.finditer(text)]
    lost = [command for command in commands if command.upper() not in words]
    lost += [str(amount) for amount in amounts(text) if not _stated(amount, stated)]
    return list(dict.fromkeys(lost))


def _stated(amount: Amount, stated: Iterable[Amount]) -> bool:
    if amount.value == _EVERYWHERE:
        return True
    same = {other.unit for other in stated if other.value == amount.value}
    if amount.unit in _STRICT:
        return amount.unit in same or Unit.LISTED in same
    return bool(same)


def price_book_contradictions(catalogue: Catalogue) -> Iterator[Problem]:
    """Own tariff fields that say something else than the quoted row of the price book."""
    for key, item in catalogue.items:
        if item.tariff is None or not (quoted := item.tariff.price_book):
            continue
        if (row := catalogue.knowledge.price_book.get(quoted)) is None:
            yield catalogue.problem(key, "tariff.price_book", f"价目表里没有{quoted}，请补上或改正")
            continue
        empty = Tariff()
        for field in fields(Tariff):
            own, theirs = getattr(item.tariff, field.name), getattr(row.tariff, field.name)
            if own != theirs and theirs != getattr(empty, field.name):
                problem = f"与价目表{quoted}（{theirs}）不一致，请删去或改正"
                yield catalogue.problem(key, f"tariff.{field.name}", problem)


def unquoted_prices(catalogue: Catalogue) -> Iterator[Problem]:
    """What is sold at a price that the price book does not have: two items may say two prices."""
    if not catalogue.knowledge.price_book:
        return
    for key, item in catalogue.items:
        sold = item.tariff is not None and item.sale_status is SaleStatus.ON_SALE
        if sold and item.sub_library is not SubLibrary.TIPS and not _quotes(item):
            problem = "在售却没有引用价目表，请在价目表里加一行，写tariff: {price_book: 代号}"
            yield catalogue.problem(key, "tariff", problem, WARNING)


def negative_amounts(catalogue: Catalogue) -> Iterator[Problem]:
    """A price or an allowance below zero."""
    for key, item in catalogue.items:
        for amount in tariff_amounts(item.tariff):
            if amount.value < 0:
                yield catalogue.problem(key, "tariff", f"{amount}是负数，请改正")


def title_contradictions(catalogue: Catalogue) -> Iterator[Problem]:
    """Amounts in a title that its quoted price does not have."""
    for key, item in catalogue.items:
        if not _quotes(item):
            continue
        stated = set(tariff_amounts(item.tariff))
        for amount in amounts(item.title):
            if amount.unit in _STRICT and not _stated(amount, stated):
                problem = f"{amount}与价目表不一致（{_headline(item)}），请改正标题或资费"
                yield catalogue.problem(key, "title", problem)


def headline_contradictions(catalogue: Catalogue) -> Iterator[Problem]:
    """Overviews and price facets that contradict the quoted row of the price book.

    Official text only: customer text is traced to it.
    """
    for key, item in catalogue.items:
        if not _quotes(item) or item.tariff is None:
            continue
        for n, facet in enumerate(item.facets):
            if facet.kind not in _HEADLINES or facet.audience is not Audience.CUSTOMER:
                continue
            for said in _contradictions(item.tariff, facet):
                problem = f"{said}与价目表不一致（{_headline(item)}），请改正"
                yield catalogue.problem(key, f"facets[{n}].official", problem)


def _contradictions(tariff: Tariff, facet: Facet) -> Iterator[str]:
    said = amounts(facet.official)
    fees = {getattr(tariff, name) for name in _FEES} - {None}
    main = {getattr(tariff, name) for name in _MAIN_FEES} - {None, Decimal(0)}
    priced = {amount.value for amount in said if amount.unit in (Unit.MONEY, Unit.LISTED)}
    if main and facet.kind is FacetKind.PRICE and not main & priced:
        yield "没有写出价格，"
    for found in _STATED_FEE.finditer(normal(facet.official)):
        if Decimal(found["fee"].rstrip(".")) not in fees:
            yield f"“{found[0]}”"
    for unit in (Unit.GB, Unit.MINUTES, Unit.SPEED):
        stated = {amount.value for amount in tariff_amounts(tariff) if amount.unit is unit}
        other = [amount for amount in said if amount.unit is unit]
        if stated and other and not stated & {amount.value for amount in other}:
            yield f"“{other[0]}”"


def _quotes(item: KnowledgeItem) -> bool:
    return item.tariff is not None and bool(item.tariff.price_book)


def _headline(item: KnowledgeItem) -> str:
    assert item.tariff is not None
    stated = [str(amount) for amount in tariff_amounts(item.tariff)]
    return f"{item.tariff.price_book}：{'、'.join(dict.fromkeys(stated[:4]))}"
