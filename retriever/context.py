"""What the caller's systems know about a contact; everything is optional."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import orjson

from retriever.errors import BadQuery

# base stations and where somebody was: sensitive personal information that no message needs
_WHEREABOUTS: Final = re.compile(
    r"基站|经纬度|经度|纬度|轨迹|行踪|位置|小区号|cell.?id|latitude|longitude|base.?station|whereabouts",
    re.IGNORECASE,
)
_CUSTOMER_KEYS: Final = frozenset(
    {
        *("brand", "device", "tags", "tariff_sensitive", "complaint_sensitive", "scores"),
        *("preferred_channels", "contacts", "complaints", "do_not_disturb"),
    }
)
_CONTACT_KEYS: Final = frozenset({"at", "channel", "item_id", "template_id", "response"})
_SCORE_KEYS: Final = frozenset({"value", "min", "max"})
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+Z-]{1,25})?")


class Reaction(StrEnum):
    """What a customer said to something that was offered."""

    ACCEPTED = "accepted"
    UNDECIDED = "undecided"
    DECLINED = "declined"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Score:
    """A number on a scale, 0 to 100 unless the caller says otherwise."""

    value: float
    least: float = 0.0
    most: float = 100.0

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.value, self.least, self.most))):
            raise BadQuery("上下文里 scores 的值应是有限的数")
        if not self.least < self.most:
            raise BadQuery("上下文里 scores 的 min 应小于 max")
        if not self.least <= self.value <= self.most:
            raise BadQuery(
                f"上下文里 scores 的 {self.value:g} 不在 {self.least:g} 到 {self.most:g} 之间；"
                "别的分制请写成 {value, min, max}"
            )

    @property
    def percent(self) -> float:
        """Where the value stands between the ends of its scale.

        >>> Score(3.5, 0, 5).percent
        70.0
        """
        return (self.value - self.least) / (self.most - self.least) * 100.0


@dataclass(frozen=True, slots=True)
class Contact:
    """Something that was offered or sent before, and what the customer said to it, if anything."""

    at: dt.date
    channel: str = ""
    item_id: str = ""
    template_id: str = ""
    reaction: Reaction | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """What is known of the customer; no field identifies a person or tells where one was.

    ``device`` is the name of a model, ``capabilities`` what a device can do (``mms``, ``5g``), None
    where the caller did not say. ``complaints`` counts the recent ones.
    """

    brand: str = ""
    device: str = ""
    tags: tuple[str, ...] = ()
    tariff_sensitive: bool = False
    complaint_sensitive: bool = False
    preferred_channels: tuple[str, ...] = ()
    scores: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))
    contacts: tuple[Contact, ...] = ()
    capabilities: frozenset[str] | None = None
    complaints: int = 0
    do_not_disturb: bool = False

    def __post_init__(self) -> None:
        if self.complaints < 0:
            raise BadQuery("上下文里 complaints 是投诉次数，不能小于 0")
        _refuse_whereabouts("tags", self.tags)
        _refuse_whereabouts("scores", self.scores)
        _refuse_whereabouts("device", (self.device, *(self.capabilities or ())))

    @property
    def is_known(self) -> bool:
        """Whether the caller said anything at all."""
        return self != Customer()


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
    return CallContext(
        boss_code=_word(known, "boss_code"),
        screen=_word(known, "screen"),
        dialog=_words(known, "dialog"),
        region=_word(known, "region"),
        audience=_word(known, "audience"),
        as_of=_word(known, "as_of"),
        customer=customer_from(known.get("customer") or {}),
    )


def customer_from(known: object) -> Customer:
    """A customer from the object of the contract; a key that it does not have is refused."""
    own = _object(known, "customer", _CUSTOMER_KEYS)
    listed = isinstance(own.get("device"), list)
    capabilities = frozenset(map(str.casefold, _words(own, "device"))) if listed else None
    scores = own.get("scores") or {}
    if not isinstance(scores, dict):
        raise BadQuery("上下文里 scores 应是对象，如 {churn: 82}")
    contacts = own.get("contacts") or []
    if not isinstance(contacts, list):
        raise BadQuery("上下文里 contacts 应是数组")
    return Customer(
        brand=_word(own, "brand"),
        device="" if listed else _word(own, "device"),
        capabilities=capabilities or None,  # an empty list says nothing
        tags=_words(own, "tags"),
        tariff_sensitive=_flag(own, "tariff_sensitive"),
        complaint_sensitive=_flag(own, "complaint_sensitive"),
        do_not_disturb=_flag(own, "do_not_disturb"),
        complaints=_count(own, "complaints"),
        preferred_channels=_words(own, "preferred_channels"),
        scores=MappingProxyType({name: _score(name, score) for name, score in scores.items()}),
        contacts=tuple(map(_contact, contacts)),
    )


def _score(name: str, known: object) -> Score:
    if not isinstance(known, dict):
        return Score(_number(known, name))
    own = _object(known, "scores", _SCORE_KEYS)
    return Score(
        _number(own.get("value"), name),
        _number(own.get("min", 0), name),
        _number(own.get("max", 100), name),
    )


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadQuery(f"上下文里 scores 的 {name[:40]} 应是数，或 {{value, min, max}}")
    return float(value)


def _contact(known: object) -> Contact:
    own = _object(known, "contacts", _CONTACT_KEYS)
    at, reaction = _word(own, "at"), _word(own, "response")
    try:
        if not _ISO_DATE.fullmatch(at):
            raise ValueError(at)
        day = dt.date.fromisoformat(at[:10])
    except ValueError as error:
        raise BadQuery("上下文里 contacts 的 at 应是日期，例如 2026-03-01") from error
    if reaction not in {"", *Reaction}:
        raise BadQuery(f"上下文里 contacts 的 response 只能是 {'、'.join(Reaction)}")
    return Contact(
        at=day,
        channel=_word(own, "channel"),
        item_id=_word(own, "item_id"),
        template_id=_word(own, "template_id"),
        reaction=Reaction(reaction) if reaction else None,
    )


def _refuse_whereabouts(key: str, words: Iterable[str]) -> None:
    if any(map(_WHEREABOUTS.search, words)):
        raise BadQuery(f"上下文里 {key} 含有行踪信息；基站、位置一类内容不能传，请删去")


def _object(known: object, name: str, keys: frozenset[str]) -> dict[str, Any]:
    if not isinstance(known, dict):
        raise BadQuery(f"上下文里 {name} 应是对象")
    if unknown := sorted(known.keys() - keys):
        raise BadQuery(f"上下文里 {name} 没有 {unknown[0][:40]} 这一项，请删去或核对拼写")
    return known


def _flag(known: dict[str, Any], key: str) -> bool:
    value = known.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadQuery(f"上下文里 {key} 应是 true 或 false")
    return bool(value)


def _count(known: dict[str, Any], key: str) -> int:
    value = known.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise BadQuery(f"上下文里 {key} 应是整数")
    return value or 0


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
