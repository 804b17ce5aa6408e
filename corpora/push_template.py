"""Push templates (推送模板): the text of a message with typed placeholders, checked when made."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from itertools import chain, product, zip_longest
from typing import Final

from corpora.triggers import Trigger
from corpora.types import (
    ITEM_ID,
    ActionKind,
    Channel,
    FieldError,
    FirstMonth,
    KnowledgeItem,
    Region,
    Tariff,
)

PLACEHOLDER: Final = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
_ADJACENT: Final = re.compile(r"\}\}\s*\{\{")
CLAUSE: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
"""Words that are said only if every placeholder in them has a value."""
MAX_CLAUSES: Final = 8  # of one text
MAX_PLACEHOLDERS: Final = 20  # gateways refuse templates with more than 20 variables

TARIFF_SCALARS: Final = frozenset(field.name for field in fields(Tariff)) - {
    "data",  # a list, not one value
    "price_book",  # a key of ours that says nothing to a customer
}
_PLAIN_SOURCES: Final = frozenset({"item.id", "item.title", "item.effective_to"})
_TARIFF_SOURCE: Final = re.compile(r"item\.tariff\.([a-z_]+)")
_ACTION_SOURCE: Final = re.compile(r"item\.actions\.([a-z]+)\.sms")
_FIRST_MONTH: Final = {
    FirstMonth.FULL: "全额",
    FirstMonth.HALF: "折半",
    FirstMonth.DAILY: "按天",
}


class PushChannel(StrEnum):
    """Ways to put words into the customer's hand."""

    SMS = "sms"
    MMS = "mms"
    DUAL_SCREEN = "dual_screen"
    RECEIPT = "receipt"
    PROMPT_BOX = "prompt_box"
    FLOATING_BOX = "floating_box"


class Purpose(StrEnum):
    """Why a message is sent: marketing needs consent and the way to refuse, a notice does not."""

    NOTICE = "notice"
    MARKETING = "marketing"
    CARE = "care"


class Situation(StrEnum):
    """When a message fits."""

    ENQUIRY = "enquiry"
    BEFORE = "before"
    AT = "at"
    AFTER = "after"
    REMINDER = "reminder"


class PlaceholderType(StrEnum):
    """Types of a placeholder, as gateways name them."""

    PHONE = "PHONE"
    CHARDIGIT = "CHARDIGIT"
    DATETIME = "DATETIME"
    MONEY = "MONEY"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A named, typed gap in a template; ``source`` names the item's field that fills it, if any.

    ``label`` is what a clerk who fills it by hand reads beside it.
    """

    name: str
    type: PlaceholderType
    max_length: int = 30
    source: str = ""
    example: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class MmsPart:
    """A part of an MMS: a text with placeholders or the file name of a picture."""

    kind: str
    text: str = ""
    image: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("text", "image"):
            raise FieldError("parts.kind", f"{self.kind!r} is neither text nor image")
        if self.kind == "text" and not self.text.strip():
            raise FieldError("parts.text", "is empty")
        if self.kind == "image" and not re.fullmatch(r"[a-z0-9_-]+\.(png|jpg|gif)", self.image):
            raise FieldError("parts.image", f"{self.image!r} is not a plain png, jpg or gif name")


@dataclass(frozen=True, slots=True)
class PushTemplate:
    """A message ready to be filled. Rendering adds the signature; it never stands in the body.

    What stands in double square brackets is left out where one of its placeholders has no value:
    ``每月{{ fee }}[[，有效期{{ term }}]]。``

    ``trigger`` is what sends it by itself. A ``variant_of`` another template takes its place in its
    ``region``. An approval is of what the template says: ``approved_content`` is its code then (see
    ``corpora.template_life``), so that other words need a new one.
    """

    id: str
    title: str
    channel: PushChannel
    purpose: Purpose
    situation: Situation
    body: str
    placeholders: tuple[Placeholder, ...] = ()
    parts: tuple[MmsPart, ...] = ()
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    owner: str = ""
    trigger: Trigger | None = None
    variant_of: str = ""
    region: Region | None = None
    approved_by: str = ""
    approved_on: dt.date | None = None
    approved_content: str = ""

    def __post_init__(self) -> None:
        if not ITEM_ID.fullmatch(self.id):
            raise FieldError("id", f"{self.id!r} must be 1–80 of a-z 0-9 . _ -")
        if not self.body.strip():
            raise FieldError("body", "is empty")
        texts = [self.body, *(part.text for part in self.parts)]
        if any("【" in text or "】" in text for text in texts):
            raise FieldError("body", "【】 is kept for the signature, which rendering adds")
        for text in texts:
            _check_clauses(text)
        leftover = PLACEHOLDER.sub("", "".join(texts))
        if "{" in leftover or "}" in leftover:
            raise FieldError("body", "has a brace that is not a placeholder like {{ fee }}")
        declared = [placeholder.name for placeholder in self.placeholders]
        if len(set(declared)) != len(declared):
            raise FieldError("placeholders", "a name is declared twice")
        if len(declared) > MAX_PLACEHOLDERS:
            raise FieldError("placeholders", f"{len(declared)} exceed {MAX_PLACEHOLDERS}")
        used = set(PLACEHOLDER.findall("".join(texts)))
        if missing := sorted(used - set(declared)):
            raise FieldError("placeholders", f"{', '.join(missing)} used but not declared")
        if unused := sorted(set(declared) - used):
            raise FieldError("placeholders", f"{', '.join(unused)} declared but not used")
        if self.channel is PushChannel.MMS and not self.parts:
            raise FieldError("parts", "an MMS needs parts; body is its SMS fallback")
        if self.channel is not PushChannel.MMS and self.parts:
            raise FieldError("parts", f"only an MMS has parts, not {self.channel.value}")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise FieldError("effective_to", f"{self.effective_to} is before the first day")
        if self.variant_of == self.id:
            raise FieldError("variant_of", "a template cannot be a variant of itself")
        if bool(self.variant_of) != (self.region is not None):
            raise FieldError("variant_of", "variant_of and region belong together")
        if len({not self.approved_by, self.approved_on is None, not self.approved_content}) > 1:
            raise FieldError("approved_by", "approved_by, _on and _content belong together")

    @property
    def family(self) -> str:
        """The id under which a template and its local variants come together."""
        return self.variant_of or self.id

    @property
    def required(self) -> frozenset[str]:
        """The placeholders without which there is no message."""
        texts = [self.body, *(part.text for part in self.parts)]
        return frozenset(PLACEHOLDER.findall("".join(CLAUSE.sub("", text) for text in texts)))


def said(text: str, filled: Collection[str]) -> str:
    """``text`` with the clauses whose placeholders are all ``filled``, and without the others.

    >>> said("每月{{ fee }}[[，有效期{{ term }}]]。", {"fee"})
    '每月{{ fee }}。'
    """
    return CLAUSE.sub(
        lambda clause: clause[1] if set(PLACEHOLDER.findall(clause[1])) <= set(filled) else "",
        text,
    )


def _check_clauses(text: str) -> None:
    """That whichever clauses of a text are said, it is a text, and values have words between them."""
    clauses = CLAUSE.findall(text)
    rest = CLAUSE.sub("", text)
    if "[[" in rest or "]]" in rest or any("[[" in clause for clause in clauses):
        raise FieldError("body", "[[ and ]] must come in pairs, and not inside each other")
    if len(clauses) > MAX_CLAUSES:
        raise FieldError("body", f"{len(clauses)} clauses in [[ ]] exceed {MAX_CLAUSES}")
    if not all(map(PLACEHOLDER.search, clauses)):
        raise FieldError("body", "[[ ]] without a placeholder: nothing decides whether it is said")
    if clauses and not rest.strip():
        raise FieldError("body", "needs words outside of [[ ]]")
    between = CLAUSE.split(text)[::2]  # what stands outside, before, between and after the clauses
    for chosen in product((True, False), repeat=len(clauses)):
        spoken = [clause if say else "" for clause, say in zip(clauses, chosen, strict=True)]
        if _ADJACENT.search(
            "".join(chain.from_iterable(zip_longest(between, spoken, fillvalue="")))
        ):
            raise FieldError("body", "two placeholders stand side by side; put words between them")


def known_source(source: str) -> bool:
    """Whether messages may take ``source`` from an item: a closed list that reaches no facet.

    >>> known_source("item.tariff.monthly_fee"), known_source("item.facets.price.official")
    (True, False)
    """
    if match := _TARIFF_SOURCE.fullmatch(source):
        return match[1] in TARIFF_SCALARS
    if match := _ACTION_SOURCE.fullmatch(source):
        return match[1] in {kind.value for kind in ActionKind}
    return source in _PLAIN_SOURCES


def source_value(item: KnowledgeItem, source: str) -> str:
    """What ``item`` says under a known source, written as a caller would; empty for nothing."""
    if not known_source(source):
        raise FieldError("placeholders.source", f"{source!r} may not be taken from an item")
    if match := _TARIFF_SOURCE.fullmatch(source):
        return "" if item.tariff is None else _scalar(getattr(item.tariff, match[1]))
    if match := _ACTION_SOURCE.fullmatch(source):
        return _sms_command(item, ActionKind(match[1]))
    if source == "item.effective_to":
        return item.effective_to.isoformat() if item.effective_to else ""
    return item.id if source == "item.id" else item.title


def plain_number(number: Decimal) -> str:
    """Without exponent and without idle zeros: 1E+1 and 10.00 are both 10."""
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _scalar(value: Decimal | int | str | FirstMonth | None) -> str:
    if value is None:
        return ""
    if isinstance(value, FirstMonth):
        return _FIRST_MONTH[value]
    return plain_number(value) if isinstance(value, Decimal) else str(value)


def _sms_command(item: KnowledgeItem, kind: ActionKind) -> str:
    """The word to send, without the port, which the template itself spells out."""
    for action in item.actions:
        if action.kind is kind and action.channel is Channel.SMS:
            return action.target.partition("@")[0]
    return ""
