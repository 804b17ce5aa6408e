"""A folder of knowledge files → ``Knowledge``, with every problem of every file.

No problem stops the reading: what is unusable is left out and named with its file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from corpora.convert import converted
from corpora.folder import KnowledgeFile, Role, knowledge_files
from corpora.knowledge import Knowledge, PriceRow
from corpora.lexicon import GlossaryTerm, Lexicon, Route, SynonymGroup
from corpora.lookups import CommonLookup, Lookups
from corpora.messages import field_error, nearest, system_reason, unknown_value
from corpora.push_template import PushTemplate
from corpora.regions import NamedRegion, Regions
from corpora.source import Place, Problem, Record, Severity, read_records, read_text, written
from corpora.touchpoints import ChannelRow, Hall, touchpoint_items
from corpora.types import CorporaError, FieldError, KnowledgeItem, SubLibrary, Tariff
from corpora.yaml_nodes import FieldPath

T = TypeVar("T")
ReadItem = tuple[KnowledgeItem | None, list[Problem]]
_LIBRARY_KEYS: Final = ("library", "sub_library")
_LIBRARY_NAMES: Final = {name: lib for lib in SubLibrary for name in (lib.value, lib.label)}


class LoadError(CorporaError):
    """A source has problems; ``problems`` holds all of them, the message one a line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder holds. ``places`` knows where every item and every field of it stands."""

    knowledge: Knowledge
    problems: tuple[Problem, ...]
    places: Mapping[str, Place]


class Places(Mapping[str, Place]):
    """Key → file and line. Keys are in ``corpora.catalogue``; fields are found on demand."""

    def __init__(self, records: Mapping[str, tuple[Record, FieldPath]]) -> None:
        self._records = records

    def __getitem__(self, key: str) -> Place:
        owner, _, path = key.partition("#")
        record, base = self._records[owner]
        for known, line in record.lines.items() if path else ():
            if known[: len(base)] == base and written(known[len(base) :]) == path:
                return record.file, line
        if path:
            raise KeyError(key)
        return record.file, record.line_of(base)

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)


def load(path: Path) -> Loaded:
    """The knowledge of a folder or of one file; ``LoadError`` where there is nothing to read."""
    if not path.exists():
        raise LoadError([Problem(str(path), 0, "文件夹", "不存在，请检查路径")])
    try:
        files, problems = knowledge_files(path)
    except OSError as error:
        problem = Problem(str(path), 0, "文件夹", f"打不开（{system_reason(error)}），请检查权限")
        raise LoadError([problem]) from error
    if not files:
        advice = "没有知识文件，应有business等子库文件夹或*.yaml、*.jsonl文件"
        raise LoadError([*problems, Problem(str(path), 0, "文件夹", advice)])
    reading = _Reading(problems)
    for file in files:
        reading.read(file)
    return reading.loaded()


def item_of(record: Record, library: SubLibrary | None, known: Knowledge) -> ReadItem:
    """The item of one record that may quote ``known`` registers, and what is wrong with it."""
    one = _Reading([], regions=[*known.regions.entries], price_book={**known.price_book})
    one.add_item(record, library)
    return next(iter(one.items), None), one.problems


def load_strict(path: Path) -> Knowledge:
    """The knowledge of a folder without any error; ``LoadError`` holds them all."""
    loaded = load(path)
    errors = [problem for problem in loaded.problems if problem.severity is Severity.ERROR]
    if errors:
        raise LoadError(errors)
    return loaded.knowledge


@dataclass(slots=True)
class _Reading:
    """What has been read so far; registers come first, because items refer to them."""

    problems: list[Problem]
    records: dict[str, tuple[Record, FieldPath]] = field(default_factory=dict)
    items: list[KnowledgeItem] = field(default_factory=list)
    templates: list[PushTemplate] = field(default_factory=list)
    words: dict[str, None] = field(default_factory=dict)
    synonyms: list[SynonymGroup] = field(default_factory=list)
    glossary: list[GlossaryTerm] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    regions: list[NamedRegion] = field(default_factory=list)
    halls: list[Hall] = field(default_factory=list)
    channels: list[ChannelRow] = field(default_factory=list)
    lookups: list[CommonLookup] = field(default_factory=list)
    price_book: dict[str, PriceRow | None] = field(default_factory=dict)
    unreadable: set[tuple[str, int, str]] = field(default_factory=set)

    def loaded(self) -> Loaded:
        rows = {key: row for key, row in self.price_book.items() if row is not None}
        lexicon = Lexicon(
            tuple(self.words), tuple(self.synonyms), tuple(self.glossary), tuple(self.routes)
        )
        self.add_touchpoints()
        knowledge = Knowledge(
            tuple(self.items),
            tuple(self.templates),
            lexicon,
            self.register(),
            rows,
            tuple(self.halls),
            tuple(self.channels),
            Lookups(tuple(self.lookups)),
        )
        return Loaded(knowledge, tuple(self.problems), Places(self.records))

    def register(self) -> Regions:
        return Regions(tuple(self.regions))

    def read(self, file: KnowledgeFile) -> None:
        if file.role is Role.WORDS and file.path.suffix == ".txt":
            self.read_words(file.path)
            return
        records, problems = read_records(file.path)
        self.problems += problems
        self.unreadable = {(problem.file, problem.line, problem.field) for problem in problems}
        for record in records:
            match file.role:
                case Role.ITEMS:
                    self.add_item(record, file.library)
                case Role.TEMPLATES:
                    self.add_template(record)
                case Role.SYNONYMS:
                    self.add(record, SynonymGroup, self.synonyms)
                case Role.GLOSSARY:
                    self.note_place(record, "glossary/", by="term")
                    self.add(record, GlossaryTerm, self.glossary)
                case Role.ROUTES:
                    self.add(record, Route, self.routes)
                case Role.REGIONS:
                    self.add(record, NamedRegion, self.regions)
                case Role.HALLS:
                    self.note_place(record, "halls/", by="region")
                    self.add(record, Hall, self.halls)
                case Role.CHANNELS:
                    self.note_place(record, "channels/", by="operation")
                    self.add(record, ChannelRow, self.channels)
                case Role.LOOKUPS:
                    self.note_place(record, "lookups/", by="query")
                    self.add(record, CommonLookup, self.lookups)
                case Role.PRICE_BOOK:
                    self.add_rows(record)
                case Role.WORDS:
                    self.say(record, (), "词表应为words.txt，一行一个词")

    def say(self, record: Record, path: FieldPath, problem: str) -> None:
        found = record.problem(path, problem)
        if (found.file, found.line, found.field) not in self.unreadable:  # once is enough
            self.problems.append(found)

    def add(self, record: Record, kind: type[T], into: list[T]) -> None:
        value, flaws = converted(record.value, kind)
        for path, problem in flaws:
            self.say(record, path, problem)
        if value is not None:
            into.append(value)

    def add_template(self, record: Record) -> None:
        self.note_place(record, "templates/")
        raw, flaws = record.value, list[tuple[FieldPath, str]]()
        if isinstance(raw, dict):
            raw = dict(raw)
            self.set_region(raw, flaws)
        template, refused = converted(raw, PushTemplate)
        for path, problem in (*flaws, *refused):
            self.say(record, path, problem)
        if template is not None and not flaws:
            self.templates.append(template)

    def add_touchpoints(self) -> None:
        """The items that the registers of halls and channels make stand where the register does."""
        for item, source in touchpoint_items(self.halls, self.channels, self.register()):
            key = (
                f"halls/{source.region}"
                if isinstance(source, Hall)
                else next((own for own in self.records if own.startswith("channels/")), "")
            )
            self.items.append(item)
            if key in self.records:
                self.records.setdefault(item.id, self.records[key])

    def note_place(self, record: Record, prefix: str = "", *, by: str = "id") -> None:
        """Remember where a thing stands, even one that is unusable: it exists for references."""
        if isinstance(record.value, dict) and isinstance(own := record.value.get(by), str):
            key, count = f"{prefix}{own}", 1
            while key in self.records:
                count += 1
                key = f"{prefix}{own}@{count}"
            self.records[key] = record, ()

    def read_words(self, path: Path) -> None:
        text, problems = read_text(path)
        self.problems += problems
        for number, line in enumerate("" if problems else text.split("\n"), start=1):
            word = line.partition("#")[0].strip()
            if word in self.words:
                problem = f"“{word}”已写过，请删去"
                self.problems.append(Problem(str(path), number, "词", problem, Severity.WARNING))
            elif word:
                self.words[word] = None

    def add_rows(self, record: Record) -> None:
        if not isinstance(record.value, dict):
            self.say(record, (), "价目表应为“代号: {name: 名称, monthly_fee: 10}”")
            return
        for key, row in record.value.items():
            self.price_book[key] = None  # known, if unusable: items that quote it are not at fault
            self.records.setdefault(f"price_book/{key}", (record, (key,)))
            if not isinstance(row, dict):
                self.say(record, (key,), "应为{name: 名称, monthly_fee: 10}")
                continue
            name = row.get("name")
            own = {field: part for field, part in row.items() if field != "name"}
            tariff, flaws = converted(own | {"price_book": key}, Tariff)
            if not isinstance(name, str) or not name.strip():
                flaws.append((("name",), "缺少产品名称，请填写"))
            for path, problem in flaws:
                self.say(record, (key, *path), problem)
            if tariff is not None and isinstance(name, str):
                self.price_book[key] = PriceRow(key, name, tariff)

    def add_item(self, record: Record, library: SubLibrary | None) -> None:
        if not isinstance(record.value, dict):
            self.say(record, (), "这里应是一个条目，写成“- id: …”，下面各行缩进对齐")
            return
        self.note_place(record)
        raw = dict(record.value)
        flaws: list[tuple[FieldPath, str]] = []
        self.set_library(raw, library, flaws)
        self.set_region(raw, flaws)
        usable = self.set_tariff(raw, flaws)
        item, refused = converted(raw, KnowledgeItem)
        named = {path for path, _ in flaws}
        flaws += [flaw for flaw in refused if flaw[0] not in named]
        for path, problem in flaws:
            self.say(record, path, problem)
        if item is not None and usable and not flaws:
            self.items.append(item)

    def set_library(self, raw: dict[str, Any], library: SubLibrary | None, flaws: Any) -> None:
        for key in (key for key in _LIBRARY_KEYS if key in raw):
            named = _LIBRARY_NAMES.get(str(given := raw.pop(key)))
            if named is None:
                flaws.append(((key,), unknown_value(given, [lib.value for lib in SubLibrary])))
            elif library not in (None, named):
                problem = (
                    f"写的是{named.value}，但文件在{library}文件夹里，请移动文件或删去这个字段"
                )
                flaws.append(((key,), problem))
            library = library or named or SubLibrary.BUSINESS
        if library is None:
            problem = (
                f"不知道属于哪个子库，请放进子库文件夹或写library；可用：{'、'.join(SubLibrary)}"
            )
            flaws.append((("library",), problem))
        raw["sub_library"] = library or SubLibrary.BUSINESS  # a stand-in: the flaw keeps it out

    def set_region(self, raw: dict[str, Any], flaws: Any) -> None:
        if (given := raw.get("region")) is None:
            return
        try:
            raw["region"] = {"path": self.register().find(str(given)).path}
        except FieldError as error:
            known = {name for entry in self.regions for name in (entry.path, entry.name)}
            flaws.append((("region",), field_error(error) + nearest(str(given), known)))
            raw["region"] = {"path": "unknown"}

    def set_tariff(self, raw: dict[str, Any], flaws: Any) -> bool:
        """Put the quoted row under the item's own fields; False when that row is unusable."""
        own = raw.get("tariff")
        if not isinstance(own, dict) or (key := own.get("price_book")) is None:
            return True
        if key not in self.price_book:
            problem = f"价目表price_book.yaml里没有{key}{nearest(str(key), self.price_book)}"
            flaws.append((("tariff", "price_book"), problem))
            return True
        if (row := self.price_book[key]) is None:
            return False
        fields = type(row.tariff).__dataclass_fields__
        raw["tariff"] = {name: getattr(row.tariff, name) for name in fields} | own
        return True
