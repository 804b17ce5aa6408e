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
    """The place in the caller's screens and the dialogue so far (oldest line first).

    ``region``, ``audience`` and ``as_of`` are for whoever makes the filter; answering reads that alone.
    """

    boss_code: str = ""
    screen: str = ""
    dialog: tuple[str, ...] = ()
    customer: Customer = field(default_factory=Customer)
    region: str = ""
    audience: str = ""
    as_of: str = ""


def context_from_json(raw: bytes) -> CallContext:
    """A context from the JSON of the contract; ``BadQuery`` names a key that cannot be used."""
    try:
        known: Any = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadQuery(f"上下文不是 JSON：{error}") from error
    if not isinstance(known, dict):
        raise BadQuery("上下文应是一个 JSON 对象")
    customer = known.get("customer") or {}
    if not isinstance(customer, dict):
        raise BadQuery("上下文里 customer 应是对象")
    return CallContext(
        boss_code=_word(known, "boss_code"),
        screen=_word(known, "screen"),
        dialog=_words(known, "dialog"),
        region=_word(known, "region"),
        audience=_word(known, "audience"),
        as_of=_word(known, "as_of"),
        customer=Customer(
            brand=_word(customer, "brand"),
            device=_word(customer, "device"),
            tags=_words(customer, "tags"),
            tariff_sensitive=bool(customer.get("tariff_sensitive")),
            complaint_sensitive=bool(customer.get("complaint_sensitive")),
            preferred_channels=_words(customer, "preferred_channels"),
        ),
    )


def _word(known: dict[str, Any], key: str) -> str:
    value = known.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadQuery(f"上下文里 {key} 应是文字（编码也要加引号，以免丢掉前面的零）")
    return value


def _words(known: dict[str, Any], key: str) -> tuple[str, ...]:
    values = known.get(key)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadQuery(f"上下文里 {key} 应是文字的数组")
    return tuple(values)
