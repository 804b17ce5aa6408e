"""What the caller's systems know about a contact; everything is optional."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from retriever.errors import BadQuery


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of the customer; no field identifies a person."""

    brand: str = ""
    device: str = ""
    tags: tuple[str, ...] = ()
    tariff_sensitive: bool = False
    complaint_sensitive: bool = False
    preferred_channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallContext:
    """The place in the caller's screens and the dialogue so far (oldest line first)."""

    boss_code: str = ""
    screen: str = ""
    dialog: tuple[str, ...] = ()
    customer: Customer = field(default_factory=Customer)


def context_from_json(raw: bytes) -> CallContext:
    """A context from the JSON of the contract; ``BadQuery`` names a key that cannot be used."""
    try:
        known: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadQuery(f"上下文不是 JSON：{error}") from error
    if not isinstance(known, dict):
        raise BadQuery("上下文应是一个 JSON 对象")
    customer = known.get("customer") or {}
    lines = known.get("dialog") or []
    if not isinstance(customer, dict) or not isinstance(lines, list):
        raise BadQuery("上下文里 customer 应是对象，dialog 应是数组")
    return CallContext(
        boss_code=str(known.get("boss_code") or ""),
        screen=str(known.get("screen") or ""),
        dialog=tuple(str(line) for line in lines),
        customer=Customer(
            brand=str(customer.get("brand") or ""),
            device=str(customer.get("device") or ""),
            tags=tuple(str(tag) for tag in customer.get("tags") or ()),
            tariff_sensitive=bool(customer.get("tariff_sensitive")),
            complaint_sensitive=bool(customer.get("complaint_sensitive")),
            preferred_channels=tuple(str(c) for c in customer.get("preferred_channels") or ()),
        ),
    )
