"""An item → the rows that give it back when they are read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from corpora.sheets import columns
from corpora.sheets.cells import Cell, Holds, amount, listed
from corpora.sheets.columns import Column, Form, SheetKind
from corpora.sheets.words import DATA, YES_NO, YesNo
from corpora.types import Code, DataAllowance, KnowledgeItem

Value: TypeAlias = str | int | float | dt.date | None

_LONGEST: Final = 32_767  # UTF-16 units of one cell
# what XML has no place for, and what a spreadsheet would take for a control character
_UNFIT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|x005F_"
)
_FIRST_SERIAL: Final = dt.date(1900, 3, 1)  # before it, spreadsheets count a day that never was
_SYSTEMS: Final = ("boss", "marketing")


@dataclass(frozen=True, slots=True)
class Unkeepable(Exception):
    """A value that a cell would not give back as it is."""

    item_id: str
    heading: str
    problem: str

    def __str__(self) -> str:
        return f"条目{self.item_id}的{self.heading}{self.problem}，写进表格会变，请先改正"


def item_columns() -> tuple[Column, ...]:
    """The columns of sheet 条目 in an export: facets stand on their own sheet."""
    return tuple(c for c in columns.ITEM_COLUMNS if not c.field.startswith("facet:"))


def rows_of(item: KnowledgeItem) -> Iterator[tuple[SheetKind, list[Value]]]:
    """The rows of an item; ``Unkeepable`` where one would not bring it back."""
    yield columns.ITEMS, _item_row(item)
    for kind, parts in (
        (columns.FACETS, item.facets),
        (columns.ACTIONS, item.actions),
        (columns.RELATIONS, item.relations),
        (columns.TARIFF, (item.tariff,) if item.tariff else ()),
        (columns.DEVICE, (item.device,) if item.device else ()),
    ):
        for part in parts:
            yield (
                kind,
                [
                    item.id,
                    *(
                        _value(item, column, getattr(part, column.field))
                        for column in kind.columns[1:]
                    ),
                ],
            )


def _item_row(item: KnowledgeItem) -> list[Value]:
    codes = _codes(item.codes)
    row: list[Value] = []
    for column in item_columns():
        match column.field:
            case "region":
                value: Any = item.region.path if item.region else ""
            case "price_book":
                value = item.tariff.price_book if item.tariff else ""
            case "attachments":
                parts = [(a.name, a.media_type, a.uri) for a in item.attachments]
                if any("|" in part or not part for entry in parts for part in entry):
                    raise Unkeepable(item.id, column.heading, "含有“|”或有空的部分")
                value = tuple("|".join(entry) for entry in parts)
            case field if field.startswith("codes:"):
                value = codes[field]
            case field:
                value = getattr(item, field)
        row.append(_value(item, column, value))
    return row


def _codes(codes: Sequence[Code]) -> dict[str, tuple[str, ...]]:
    """Codes by column; where columns would change their order, all stand in the last one."""
    ranks = [_SYSTEMS.index(c.system) if c.system in _SYSTEMS else len(_SYSTEMS) for c in codes]
    plain = ranks == sorted(ranks)
    own = {
        f"codes:{system}": tuple(c.value for c in codes if plain and c.system == system)
        for system in _SYSTEMS
    }
    rest = (c for c in codes if not plain or c.system not in _SYSTEMS)
    return own | {"codes:": tuple(f"{c.system}:{c.value}" for c in rest)}


def _value(item: KnowledgeItem, column: Column, value: Any) -> Value:
    if value is None or value in ("", ()):
        return None
    match column.form:
        case Form.TEXT | Form.CODE:
            text = str(value)
            if text != text.strip():
                raise Unkeepable(item.id, column.heading, "前后有空格或空行")
            return _kept(item, column, text)
        case Form.LINES:
            return _kept(item, column, _joined(item, column, value))
        case Form.NAMES | Form.CODES:
            text = _joined(item, column, value)
            return _kept(item, column, text if tuple(listed(text)) == tuple(value) else f"{text}\n")
        case Form.ALLOWANCES:
            return "\n".join(map(_allowance, value))
        case Form.CHOICE:
            return column.choices.label(str(value)) if column.choices else str(value)
        case Form.YES_NO:
            return YES_NO.label(YesNo.YES if value else YesNo.NO)
        case Form.DATE:
            day: dt.date = value
            return day if day >= _FIRST_SERIAL else day.isoformat()
        case Form.AMOUNT:
            return _number(value)
        case Form.WHOLE:
            return value if abs(value) < 10**15 else str(value)


def _joined(item: KnowledgeItem, column: Column, entries: Iterable[str]) -> str:
    held = list(entries)
    if any(not entry or entry != entry.strip() or "\n" in entry for entry in held):
        raise Unkeepable(item.id, column.heading, "有空的、换行的或前后有空格的一项")
    return "\n".join(held)


def _kept(item: KnowledgeItem, column: Column, text: str) -> str:
    if _UNFIT.search(text):
        raise Unkeepable(item.id, column.heading, "含有看不见的控制字符")
    if len(text.encode("utf-16-le")) // 2 > _LONGEST:
        raise Unkeepable(item.id, column.heading, f"超过{_LONGEST}个字")
    return text


def _allowance(data: DataAllowance) -> str:
    return f"{DATA.label(data.kind)}{data.gb:f}GB{'结转' if data.carry_over else ''}"


def _number(value: Decimal) -> Value:
    """A number where a spreadsheet keeps it digit by digit, otherwise its digits as text."""
    if len(value.as_tuple().digits) <= 15:
        number = float(value)
        if str(amount(Cell(number, Holds.NUMBER))) == str(value):
            return int(number) if number.is_integer() else number
    return f"{value:f}"
