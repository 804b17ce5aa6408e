"""A workbook or a CSV file → staged items, with every mistake at its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from corpora.convert import converted
from corpora.messages import nearest
from corpora.serial import adapter
from corpora.sheets import columns
from corpora.sheets.assembly import Assembled, Registers, assemble
from corpora.sheets.choosing import about_sheet, chosen_sheets
from corpora.sheets.cleaner import Cleaner
from corpora.sheets.columns import SheetKind
from corpora.sheets.delimited import Delimited
from corpora.sheets.findings import Findings, letters
from corpora.sheets.headings import (
    Heading,
    looks_like_heading,
    may_still_come,
    no_heading,
    read_heading,
)
from corpora.sheets.merging import filled
from corpora.sheets.rows import Fields, RowReader, Seat, problem_at
from corpora.sheets.staging import ChildRow, Staging
from corpora.sheets.wording import in_table_words
from corpora.sheets.words import LIBRARIES, folded
from corpora.sheets.workbook import Merged, TableRow, UnusableBook, Workbook
from corpora.source import Problem, Severity, written
from corpora.types import KnowledgeItem, SubLibrary
from corpora.yaml_nodes import FieldPath

TABLES: Final = (".xlsx", ".xlsm", ".csv", ".tsv")
_BOOKS: Final = (".xlsx", ".xlsm")
_TOLD_EVERY: Final = 500
_HINTS: Final = 50  # each looks at every key
_KEPT_PROPOSALS: Final = 10_000
_STAND_IN: Final = SubLibrary.BUSINESS


@dataclass(frozen=True, slots=True)
class Proposed:
    """A sub-library for a row that names none; one that is not sure enough is not ``applied``."""

    library: SubLibrary
    confidence: float
    runner_up: SubLibrary
    applied: bool


Propose = Callable[[KnowledgeItem], Proposed]


@dataclass(frozen=True, slots=True)
class RowProposal:
    """What was proposed for which row."""

    place: str
    item_id: str
    title: str
    proposed: Proposed


@dataclass(slots=True)
class TableRead:
    """What reading a table found, beside the staged items."""

    found: Findings = field(default_factory=Findings)
    proposals: list[RowProposal] = field(default_factory=list)
    examples: int = 0
    rows: int = 0


def is_table(path: Path) -> bool:
    """Whether a file is a table by its name."""
    return path.suffix.lower() in TABLES


class TableReading:
    """One way through a table."""

    def __init__(
        self,
        path: Path,
        staging: Staging,
        registers: Registers,
        *,
        cleaner: Cleaner,
        propose: Propose | None,
        told: Callable[[str, int, int | None], None],
    ) -> None:
        self._file = str(path)
        self._path = path
        self._staging = staging
        self._registers = registers
        self._cleaner = cleaner
        self._propose = propose
        self._told = told
        self._readers: dict[str, RowReader] = {}
        self._rows_of: dict[str, int] = {}
        self._keys: dict[str, int] = {}
        self._has_children = False
        self.done = TableRead()

    def read(self) -> TableRead:
        """Stages every sound item; what is wrong is in ``found`` of the result."""
        try:
            if self._path.suffix.lower() in _BOOKS:
                self._read_book()
            else:
                self._read_sheet(columns.ITEMS, "", Delimited(self._path).rows(), ())
        except UnusableBook as problem:
            self.done.found.add(Problem(self._file, 1, "文件", str(problem)))
        found = self.done.found
        if not self._rows_of and not found.error_count:
            found.add(Problem(self._file, 1, "文件", "没有条目，请在“条目”表里填写后再导入"))
        return self.done

    def locate(self, item_id: str, path: str, problem: str, severity: Severity) -> Problem:
        """A problem of a staged item, at its cell."""
        fields: Fields = self._staging.origin(item_id)
        seat = self._assembled(fields).seat(path)
        return problem_at(self._file, seat, in_table_words(problem), severity)

    def _read_book(self) -> None:
        with ExitStack() as held:
            book = held.enter_context(Workbook(self._path))
            sheets = chosen_sheets(book, self._file, self.done.found)
            for kind in (*columns.CHILDREN, columns.ITEMS):
                if (name := sheets.get(kind.name)) is not None:
                    if kind is columns.ITEMS and self._has_children:
                        self._staging.index_children()
                    self._read_sheet(kind, name, book.rows(name), book.merged(name))
        if self._has_children:
            self._find_orphans()

    def _read_sheet(
        self, kind: SheetKind, sheet: str, rows: Iterator[TableRow], merged: Any
    ) -> None:
        reader: RowReader | None = None
        hidden: list[int] = []
        count = 0
        for row in filled(rows, merged):
            if reader is None:
                reader = self._begun(kind, sheet, row, merged)
                if reader is None and not may_still_come(row):
                    break
                continue
            if not reader.heading.usable:
                return
            if reader.is_example(row):
                self.done.examples += kind is columns.ITEMS
                continue
            if row.hidden:
                hidden.append(row.number)
            fields = reader.read(row)
            if not fields.values and not fields.bad:
                continue
            count += 1
            if count % _TOLD_EVERY == 0:
                self._told(f"读取{kind.name}", count, None)
            if kind is columns.ITEMS:
                self._add_item(reader, fields)
            else:
                self._add_child(reader, fields)
        if reader is None:
            self.done.found.add(no_heading(self._file, sheet, kind))
            return
        reader.finish()
        self._told(f"读取{kind.name}", count, count)
        if hidden:
            problem = f"有{len(hidden)}行是隐藏的（从第{hidden[0]}行起），照样导入了"
            self.done.found.add(about_sheet(self._file, sheet, problem))

    def _begun(
        self, kind: SheetKind, sheet: str, row: TableRow, merged: tuple[Merged, ...]
    ) -> RowReader | None:
        """A reader for the rows below, if this row holds the headings."""
        if not looks_like_heading(row, kind):
            return None
        heading: Heading = read_heading(row, kind, self._file, sheet, self.done.found)
        reader = RowReader(self._file, sheet, kind, heading, self._cleaner, self.done.found)
        self._readers[kind.name] = reader
        for block in merged:
            if block.top <= heading.row or block.left not in heading.columns:
                continue
            seat = Seat(sheet, block.top, block.left, heading.columns[block.left].heading)
            if block.right > block.left:
                problem = (
                    f"和右边到{letters(block.right)}列的单元格合并了，请取消合并，各列分别填写"
                )
                reader.problem(seat, problem)
            else:
                problem = f"合并到第{block.bottom}行，按每行都是这个内容读取"
                reader.problem(seat, problem, Severity.WARNING)
        return reader

    def _add_child(self, reader: RowReader, fields: Fields) -> None:
        key = folded(str(fields.values.pop(reader.kind.key.field, "")))
        if not key:
            seat = reader.seat(fields.row, reader.kind.key.field)
            if seat.column not in fields.bad:
                reader.problem(seat, "没有填是哪个条目的，请填条目编号")
            return
        self._has_children = True
        child = ChildRow(reader.kind.name, fields.row, fields.values, fields.bad)
        self._staging.add_child(key, child)

    def _add_item(self, reader: RowReader, fields: Fields) -> None:
        self.done.rows += 1
        done = self._assembled(fields)
        raw = done.raw
        item_id = str(raw["id"])
        flaws = list(done.flaws)
        key = _key(fields)
        self._keys[key] = self._keys.get(key, 0) + 1
        if (first := self._rows_of.setdefault(item_id, fields.row)) != fields.row:
            same = "编号" if "id" in fields.values else "标题"
            problem = f"{same}与第{first}行重复，请改名或合并"
            flaws.append(("id" if same == "编号" else "title", problem))
        chosen = raw.get("sub_library")
        raw.setdefault("sub_library", str(_STAND_IN))
        item, refused = _item(raw)
        named = {path for path, _ in flaws}
        flaws += [(at, said) for path, said in refused if (at := written(path)) not in named]
        if item is not None and chosen is None and not done.is_bad("sub_library"):
            item = self._placed(done, item, flaws)
        for path, problem in flaws:
            if not done.is_bad(path) and not (path == "facets" and done.bad):
                reader.found.add(problem_at(self._file, done.seat(path), in_table_words(problem)))
        if item is not None and not flaws and not done.bad:
            self._staging.add_item(item, fields)

    def _placed(
        self, done: Assembled, item: KnowledgeItem, flaws: list[tuple[str, str]]
    ) -> KnowledgeItem:
        """The item in the proposed sub-library; one that is not sure enough becomes a flaw."""
        if self._propose is None:
            flaws.append(
                ("sub_library", f"没有填子库，请填写；可用：{'、'.join(LIBRARIES.choices)}")
            )
            return item
        proposed = self._propose(item)
        seat = done.seat("sub_library")
        if len(self.done.proposals) < _KEPT_PROPOSALS:
            place = f"{seat.sheet}!" if seat.sheet else ""
            place += f"{letters(seat.column)}{seat.row}" if seat.column else f"第{seat.row}行"
            self.done.proposals.append(RowProposal(place, item.id, item.title, proposed))
        if not proposed.applied:
            problem = (
                f"没有填子库，像是{proposed.library.label}（把握{proposed.confidence:.0%}），"
                f"也可能是{proposed.runner_up.label}，请填写子库"
            )
            flaws.append(("sub_library", problem))
        return replace(item, sub_library=proposed.library)

    def _assembled(self, fields: Fields) -> Assembled:
        children = []
        if self._has_children:
            children = self._staging.children(_key(fields))
        return assemble(fields, children, self._readers, self._registers)

    def _find_orphans(self) -> None:
        """Rows of the other sheets that belong to no item, or to more than one."""
        hints = _HINTS
        for key, sheet, row, count in self._staging.child_keys():
            reader = self._readers[sheet]
            more = f"（共{count}行）" if count > 1 else ""
            seat = reader.seat(row, reader.kind.key.field)
            if self._keys.get(key, 0) > 1:
                problem = f"有{self._keys[key]}个条目叫“{key}”{more}，请在两张表里都填编号"
                reader.problem(seat, problem)
            elif key not in self._keys:
                hint = nearest(key, self._keys) if hints > 0 else ""
                hints -= 1
                problem = f"“条目”表里没有编号“{key}”{hint}{more}，请改正或补上条目"
                reader.problem(seat, problem)


def _item(raw: dict[str, Any]) -> tuple[KnowledgeItem | None, list[tuple[FieldPath, str]]]:
    """The item, or what keeps it from being one; cells have types already, so most need no care."""
    kind: Any = KnowledgeItem
    try:
        item: KnowledgeItem = adapter(kind).validate_python(raw)
    except ValidationError:
        return converted(raw, KnowledgeItem)
    return item, []


def _key(fields: Fields) -> str:
    """What the rows of the other sheets call an item: its id, or its title where it has none."""
    return folded(str(fields.values.get("id") or fields.values.get("title", "")))
