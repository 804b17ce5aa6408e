"""The rows of one item, from all sheets → a plain record, and the cell of each of its fields."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from corpora.knowledge import PriceRow
from corpora.messages import field_error, nearest
from corpora.regions import Regions
from corpora.sheets import columns
from corpora.sheets.columns import BOTH, CUSTOMER, OFFICIAL
from corpora.sheets.rows import Fields, RowReader, Seat
from corpora.sheets.staging import ChildRow, by_sheet
from corpora.sheets.words import folded
from corpora.types import Audience, FieldError, Tariff

_LISTS: Final = {
    columns.FACETS.name: "facets",
    columns.ACTIONS.name: "actions",
    columns.RELATIONS.name: "relations",
}
_SINGLES: Final = {columns.TARIFF.name: "tariff", columns.DEVICE.name: "device"}
_CODES: Final = "codes:"
_FACET: Final = "facet:"


Spot = tuple[RowReader, int, str]
"""The sheet of a field, its row, and the field of the column; a cell is looked up when asked for."""


@dataclass(slots=True)
class Assembled:
    """A record as ``corpora.convert`` takes it, and where its fields stand."""

    raw: dict[str, Any]
    own: RowReader
    row: int
    spots: dict[str, Spot] = field(default_factory=dict)
    flaws: list[tuple[str, str]] = field(default_factory=list)
    bad: set[tuple[str, int, int]] = field(default_factory=set)

    def seat(self, path: str) -> Seat:
        """The cell of a field, of what holds it, or the item's row."""
        rest = ""
        while path:
            if (spot := self.spots.get(path)) is not None:
                reader, row, name = spot
                return reader.seat(row, name or rest)
            if (seat := self.own.seat(self.row, path)).column:
                return seat
            cut = path.rindex("[") if path.endswith("]") else max(path.rfind("."), 0)
            rest, path = path[cut:].removeprefix("."), path[:cut]
        return Seat(self.own.sheet, self.row)

    def is_bad(self, path: str) -> bool:
        """Whether the field's own cell could not be read, which has been said."""
        seat = self.seat(path)
        return (seat.sheet, seat.row, seat.column) in self.bad

    def point(self, path: str, field: str) -> None:
        """Notes that a path stands in the column of ``field`` of the item's own row."""
        self.spots[path] = self.own, self.row, field


@dataclass(frozen=True, slots=True)
class Registers:
    """What rows refer to by name."""

    regions: Regions
    price_book: Mapping[str, PriceRow]


def derived_id(title: str, region: str) -> str:
    """The id of a row without one: the same title and region always give the same."""
    text = f"{folded(title)}\n{folded(region)}"
    return f"item-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def assemble(
    fields: Fields,
    children: Iterable[ChildRow],
    readers: Mapping[str, RowReader],
    registers: Registers,
) -> Assembled:
    """The record of a row of sheet 条目 and of the rows that belong to it."""
    own = readers[columns.ITEMS.name]
    values = fields.values
    raw = {name: value for name, value in values.items() if ":" not in name}
    done = Assembled(raw, own, fields.row)
    done.bad |= {(own.sheet, fields.row, place) for place in fields.bad}
    raw.setdefault("id", derived_id(str(values.get("title", "")), str(values.get("region", ""))))
    _set_codes(done, values)
    _set_facets(done, values)
    _set_attachments(done)
    for name, rows in by_sheet(list(children)).items():
        _set_children(done, name, rows, readers[name])
    _set_region(done, registers.regions)
    _set_tariff(done, registers.price_book)
    return done


def _set_codes(done: Assembled, values: dict[str, Any]) -> None:
    codes: list[dict[str, str]] = []
    for name in [name for name in values if name.startswith(_CODES)]:
        for written in values[name]:
            system, value = name.removeprefix(_CODES), written
            if not system:
                system, mark, value = (
                    part.strip() for part in written.replace("：", ":").partition(":")
                )
                if not (system and mark and value):
                    done.flaws.append((name, f"“{written}”应写成“系统:编码”"))
            done.point(f"codes[{len(codes)}]", name)
            codes.append({"system": system, "value": value})
    if codes:
        done.raw["codes"] = codes


def _set_facets(done: Assembled, values: dict[str, Any]) -> None:
    """The facets of the row itself: a kind is in the order in which its first column stands."""
    facets: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if not name.startswith(_FACET):
            continue
        _, kind, part = name.split(":")
        place = list(facets).index(kind) if kind in facets else len(facets)
        facet = facets.setdefault(kind, {"kind": kind})
        for filled in (OFFICIAL, CUSTOMER) if part == BOTH else (part,):
            if filled in facet:
                problem = "官方口径和客户口径已分开填写，这一列要留空"
                done.flaws.append((name, problem))
            facet[filled] = value
            done.point(f"facets[{place}].{filled}", name)
        if f"facets[{place}]" not in done.spots:
            done.point(f"facets[{place}]", name)
    for place, facet in enumerate(facets.values()):
        if OFFICIAL not in facet and CUSTOMER not in facet:
            problem = "这一面还没有口径，请填它的客户口径或官方口径"
            done.flaws.append((f"facets[{place}].{OFFICIAL}", problem))
    done.raw["facets"] = [_completed(facet) for facet in facets.values()]


def _completed(facet: dict[str, Any]) -> dict[str, Any]:
    """What a row leaves out follows from what it says."""
    full = dict(facet)
    if CUSTOMER in full:
        full.setdefault(OFFICIAL, full[CUSTOMER])
    full.setdefault("audience", str(Audience.CUSTOMER if CUSTOMER in full else Audience.AGENT))
    return full


def _set_attachments(done: Assembled) -> None:
    written = done.raw.pop("attachments", [])
    attachments = []
    for entry in written:
        parts = [part.strip() for part in entry.split("|")]
        if len(parts) != 3 or not all(parts):
            done.flaws.append(("attachments", f"“{entry}”应写成“名称|类型|地址”"))
        attachments.append(dict(zip(("name", "media_type", "uri"), parts, strict=False)))
    if attachments:
        done.raw["attachments"] = attachments


def _set_children(done: Assembled, name: str, rows: list[ChildRow], reader: RowReader) -> None:
    if name in _SINGLES:
        target = _SINGLES[name]
        done.raw[target] = dict(rows[0].fields)
        _seat(done, target, rows[0], reader)
        for extra in rows[1:]:
            done.spots[f"{target}@{extra.row}"] = reader, extra.row, reader.kind.key.field
            problem = f"第{rows[0].row}行已写了这个条目，请只留一行"
            done.flaws.append((f"{target}@{extra.row}", problem))
        return
    target = _LISTS[name]
    held = done.raw.setdefault(target, [])
    for child in rows:
        _seat(done, f"{target}[{len(held)}]", child, reader)
        held.append(_completed(child.fields) if target == "facets" else dict(child.fields))


def _seat(done: Assembled, path: str, child: ChildRow, reader: RowReader) -> None:
    # without a column of its own: the rest of a longer path names the column
    done.spots[path] = reader, child.row, ""
    done.bad |= {(reader.sheet, child.row, place) for place in child.bad}


def _set_region(done: Assembled, regions: Regions) -> None:
    if (given := done.raw.get("region")) is None:
        return
    try:
        done.raw["region"] = {"path": regions.find(given).path}
    except FieldError as error:
        known = {name for entry in regions.entries for name in (entry.path, entry.name)}
        done.flaws.append(("region", field_error(error) + nearest(given, known)))
        del done.raw["region"]
        done.raw.pop("variant_of", None)  # a variant without a region would be said as well


def _set_tariff(done: Assembled, price_book: Mapping[str, PriceRow]) -> None:
    """The item's own row of sheet 资费 as a whole, or the row of the price book that it quotes."""
    key = done.raw.pop("price_book", None)
    own = done.raw.get("tariff")
    if key is None:
        return
    if own is not None:
        own["price_book"] = key
    elif (row := price_book.get(key)) is not None:
        done.raw["tariff"] = {name: getattr(row.tariff, name) for name in Tariff.__slots__}
        done.point("tariff", "price_book")
    else:
        problem = f"价目表里没有{key}{nearest(key, price_book)}，请改正，或改填“资费”表"
        done.flaws.append(("price_book", problem))
