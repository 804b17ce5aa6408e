"""Devices side by side: what differs, in words that a clerk can read out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Final

from corpora.push_template import plain_number
from corpora.types import Device, FieldError, KnowledgeItem

_LABELS: Final = {
    "network": ("网络", ""),
    "screen_inches": ("屏幕", "英寸"),
    "refresh_hz": ("刷新率", "Hz"),
    "memory_gb": ("内存", "GB"),
    "storage_gb": ("存储", "GB"),
    "rear_megapixels": ("后置主摄", "00万像素"),
    "front_megapixels": ("前置", "00万像素"),
    "battery_mah": ("电池", "mAh"),
    "wired_watts": ("有线充电", "W"),
    "wireless_watts": ("无线充电", "W"),
    "sim_slots": ("卡槽", "个"),
    "dual_5g": ("双卡都用5G", ""),
    "esim": ("eSIM", ""),
    "nfc": ("NFC", ""),
    "water_rating": ("防尘防水", ""),
    "wifi": ("WiFi", ""),
    "lan_ports": ("网口", "个"),
    "weight_grams": ("重量", "克"),
}
_UNKNOWN: Final = "—"


def comparison(items: Sequence[KnowledgeItem]) -> list[tuple[str, tuple[str, ...], bool]]:
    """A row a parameter that any device has: label, a value a device, whether they differ.

    The retail price comes first. ``FieldError`` for fewer than two items, one without parameters,
    or devices of different kinds.
    """
    if len(items) < 2:
        raise FieldError("items", "对比至少要两台终端")
    devices = [(item, _device(item)) for item in items]
    kinds = {device.kind for _, device in devices}
    if len(kinds) > 1:
        named = "、".join(sorted(kind.label for kind in kinds))
        raise FieldError("items", f"种类不同（{named}），不能放在一起对比")
    rows = [("零售价", tuple(_price(item) for item, _ in devices))]
    for field in fields(Device):
        if field.name == "kind":
            continue
        label, unit = _LABELS[field.name]
        values = tuple(_value(getattr(device, field.name), unit) for _, device in devices)
        if any(value != _UNKNOWN for value in values):
            rows.append((label, values))
    return [(label, values, len(set(values)) > 1) for label, values in rows]


def _device(item: KnowledgeItem) -> Device:
    if item.device is None:
        raise FieldError("items", f"{item.id}没有结构化参数，不能对比")
    return item.device


def _price(item: KnowledgeItem) -> str:
    price = item.tariff.one_time_fee if item.tariff is not None else None
    return _UNKNOWN if price is None else f"{plain_number(price)}元"


def _value(value: Decimal | int | bool | str | None, unit: str) -> str:
    if value is None or value == "":
        return _UNKNOWN
    if isinstance(value, bool):
        return "支持" if value else "不支持"
    if isinstance(value, (int, Decimal)):
        return f"{plain_number(Decimal(value))}{unit}"
    return value
