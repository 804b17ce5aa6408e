"""Structured parameters of devices: there for every device, and the same as what the text says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from typing import Final

from corpora.amounts import amounts, normal
from corpora.catalogue import WARNING, Catalogue
from corpora.push_template import plain_number
from corpora.source import Problem
from corpora.types import Device, FacetKind, KnowledgeItem, SubLibrary

_MEGAPIXELS: Final = ("rear_megapixels", "front_megapixels")  # people say 1300万 and 1.08亿
_SAID: Final = (("nfc", "NFC"), ("esim", "eSIM"))


def devices_without_parameters(catalogue: Catalogue) -> Iterator[Problem]:
    """Devices with a retail price that cannot be compared."""
    for key, item in catalogue.items:
        sold = item.sub_library is SubLibrary.TERMINALS and item.tariff is not None
        device = sold and item.tariff is not None and item.tariff.price_book.startswith("DEV_")
        parameters = any(facet.kind is FacetKind.PARAMETERS for facet in item.facets)
        if device and parameters and item.device is None:
            yield catalogue.problem(key, "device", "终端没有结构化参数，不能对比，请补写", WARNING)


def device_contradictions(catalogue: Catalogue) -> Iterator[Problem]:
    """Structured parameters that the parameters facet does not state."""
    for key, item in catalogue.items:
        if item.device is None or not (text := _parameters(item)):
            continue
        stated = {amount.value for amount in amounts(text)}
        for field in fields(Device):
            value = getattr(item.device, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
                continue
            if field.name in _MEGAPIXELS:
                said = f"{plain_number(Decimal(value) * 100)}万" in text
                said = said or f"{plain_number(Decimal(value) / 100)}亿" in text
            else:
                said = field.name == "sim_slots" or Decimal(value) in stated
            if not said:
                problem = f"参数口径里没有{value}，请核对后改正其一"
                yield catalogue.problem(key, f"device.{field.name}", problem)
        for name, word in _SAID:
            own = getattr(item.device, name)
            denied = any(f"{no}{word}" in text for no in ("不支持", "没有", "无"))
            if own is True and word not in text:
                problem = f"参数口径没有提{word}，请核对后改正其一"
                yield catalogue.problem(key, f"device.{name}", problem)
            elif own is True and denied:
                problem = f"参数口径说不支持{word}，请核对后改正其一"
                yield catalogue.problem(key, f"device.{name}", problem)


def _parameters(item: KnowledgeItem) -> str:
    return normal(" ".join(f.official for f in item.facets if f.kind is FacetKind.PARAMETERS))
