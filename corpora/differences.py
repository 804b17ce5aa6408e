"""What an import would change in which items, field by field."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, Final

from corpora import serial
from corpora.sheets import columns
from corpora.sheets.words import AUDIENCES
from corpora.standing import Newest, Standing, batches
from corpora.types import Audience, Facet, KnowledgeItem

_SHOWN: Final = 40  # characters of a value
_NAMES: Final = {
    **{column.field: column.heading for column in columns.ITEM_COLUMNS},
    **{
        "codes": "编码",
        "tariff": "资费",
        "device": "终端参数",
        "actions": "办理",
        "relations": "关联",
    },
}
_PARTS: Final = {
    column.field: column.heading
    for kind in (columns.TARIFF, columns.DEVICE)
    for column in kind.columns[1:]
} | {"price_book": "价目"}
_FACET_PARTS: Final = {
    column.field: column.heading
    for column in columns.FACETS.columns[1:]
    if column.field not in ("kind", "audience")  # these say which facet it is
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after, both shortened for people."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """An item of which a version stands already; no ``fields`` where only its state changes."""

    id: str
    title: str
    fields: tuple[FieldChange, ...]
    was: str


def changes(items: Iterable[KnowledgeItem], standing: Standing) -> Iterator[ItemChange]:
    """How the items differ from their newest versions, in their order; new ones are left out."""
    for batch in batches(items):
        newest = standing.newest([item.id for item in batch])
        for item in batch:
            old = newest.get(item.id)
            if old is not None and (found := _change(old, item)) is not None:
                yield found


def _change(old: Newest, item: KnowledgeItem) -> ItemChange | None:
    same = hashlib.sha256(serial.dump(item)).hexdigest() == old.digest
    if same and old.state == "published":
        return None
    told = () if same else tuple(field_changes(old.item, item))
    return ItemChange(item.id, item.title, told, old.state.value)


def field_changes(old: KnowledgeItem, new: KnowledgeItem) -> Iterator[FieldChange]:
    """Every field in which two versions of an item differ; facets part by part."""
    for name in (field.name for field in fields(KnowledgeItem)):
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name == "facets":
            yield from _facet_changes(before, after)
            continue
        label = _NAMES.get(name, name)
        if hasattr(type(before or after), "__dataclass_fields__") and name != "region":
            yield from _part_changes(label, before, after)
        else:
            yield FieldChange(label, *shortened(_told(before), _told(after)))


def _facet_changes(before: tuple[Facet, ...], after: tuple[Facet, ...]) -> Iterator[FieldChange]:
    """Facets are compared with the one of the same kind, audience and turn."""
    old, new = _by_turn(before), _by_turn(after)
    if list(old) != list(new) and old.keys() == new.keys():
        yield FieldChange("口径次序", "、".join(old), "、".join(new))
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key), new.get(key)
        if one is None or other is None:
            yield FieldChange(
                f"口径[{key}]",
                *shortened(one.official if one else "", other.official if other else ""),
            )
            continue
        for name, label in _FACET_PARTS.items():
            was, will = getattr(one, name), getattr(other, name)
            if was != will:
                yield FieldChange(f"口径[{key}].{label}", *shortened(_told(was), _told(will)))


def _by_turn(facets: tuple[Facet, ...]) -> dict[str, Facet]:
    named: dict[str, Facet] = {}
    for facet in facets:
        told = "" if facet.audience is Audience.CUSTOMER else f"·{AUDIENCES.label(facet.audience)}"
        key = stem = f"{facet.kind.label}{told}"
        turn = 1
        while key in named:
            turn += 1
            key = f"{stem}{turn}"
        named[key] = facet
    return named


def _part_changes(label: str, before: Any, after: Any) -> Iterator[FieldChange]:
    kind = type(before or after)
    for name in kind.__dataclass_fields__:
        was, will = getattr(before, name, None), getattr(after, name, None)
        if was != will and _told(was) != _told(will):  # a whole part that was not there is told too
            yield FieldChange(
                f"{label}.{_PARTS.get(name, name)}", *shortened(_told(was), _told(will))
            )


def _told(value: Any) -> str:
    if value is None or value in ((), ""):
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(map(_told, value))
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.value))
    if hasattr(value, "__dataclass_fields__"):
        parts = (getattr(value, name) for name in value.__dataclass_fields__)
        return ":".join(_told(part) for part in parts if part not in (None, "", False))
    return str(value).replace("\n", " ")


def shortened(old: str, new: str) -> tuple[str, str]:
    """Two texts from shortly before where they begin to differ.

    >>> shortened("每月10元", "每月12元")
    ('每月10元', '每月12元')
    """
    same = next(
        (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    start = max(0, same - 10) if max(len(old), len(new)) > _SHOWN else 0
    return _cut(old, start), _cut(new, start)


def _cut(text: str, start: int) -> str:
    head = "…" if start else ""
    tail = "…" if len(text) > start + _SHOWN else ""
    return f"{head}{text[start : start + _SHOWN]}{tail}"
