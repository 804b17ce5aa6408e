"""A change in one line: which fields of what the reader may see say something else now."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from api.desk.changes import Change, ChangeKind
from corpora.differences import FieldChange, field_changes
from corpora.types import Audience, KnowledgeItem, SaleStatus
from corpora.versions import OPEN_FROM
from retriever.compose import readable

_SHOWN: Final = 3  # fields; what is more is read on the card
_SHORT: Final = 24  # characters of a value before and after that still make a line
_FOR_EDITORS: Final = frozenset({"owner", "weight", "similar_questions", "aliases", "tags"})
"""Fields that decide how an item is found or who keeps it; they tell a clerk nothing."""


def summary(
    change: Change, held: KnowledgeItem, before: KnowledgeItem | None, audience: Audience
) -> str | None:
    """The line; None where the reader sees nothing else than before."""
    row = change.row
    match change.kind:
        case ChangeKind.NEW:
            return "新增" + _since(row.valid_from) + _sold(row.sale_status)
        case ChangeKind.ENDS_SOON:
            return f"{_day(row.valid_to)}是最后一天"
        case ChangeKind.WITHDRAWN if row.sale_status is SaleStatus.WITHDRAWN:
            return "已下线，不能再办"
        case ChangeKind.WITHDRAWN:
            return "已失效，不再使用"
        case ChangeKind.BEGINS_SOON:
            told = _told(held, before, audience)
            begins = f"{_day(row.valid_from)}起生效"
            return f"{begins}：{told}" if told else begins
    told = _told(held, before, audience)
    return None if told is None else (told or "有改动") + _sold(row.sale_status)


def _told(held: KnowledgeItem, before: KnowledgeItem | None, audience: Audience) -> str | None:
    """What is different; empty where that cannot be told, None where nothing is."""
    if before is None or audience is Audience.CUSTOMER:
        return ""
    old, new = _seen(before, audience), _seen(held, audience)
    if old is None or new is None:
        return ""
    found = list(field_changes(old, new))
    if not found:
        return None
    shown = "；".join(map(_field, found[:_SHOWN]))
    return shown if len(found) <= _SHOWN else f"{shown}等{len(found)}处"


def _seen(item: KnowledgeItem, audience: Audience) -> KnowledgeItem | None:
    """The item as far as the reader may see it."""
    facets = tuple(replace(facet, questions=()) for facet in readable(item, audience))
    plain = dict.fromkeys(_FOR_EDITORS - {"owner", "weight"}, ())
    return replace(item, facets=facets, owner="", weight=1, **plain) if facets else None  # type: ignore[arg-type]


def _field(change: FieldChange) -> str:
    short = len(change.old) + len(change.new) <= _SHORT
    return f"{change.field} {change.old}→{change.new}" if short else f"{change.field}有改动"


def _since(day: dt.date) -> str:
    return "" if day == OPEN_FROM else f"，{_day(day)}起生效"


def _sold(status: SaleStatus) -> str:
    return "" if status is SaleStatus.ON_SALE else f"（{status.label}）"


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
