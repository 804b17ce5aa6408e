"""Any source → items that can be imported, and all that is wrong with them.

A folder is read whole. Tables and JSONL files, which may be of any size, are staged item by item
on disk, so that nothing is imported before everything has been read and checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from corpora.arrivals import Surroundings, Told, check_arrivals
from corpora.checks import check
from corpora.folder import Role, knowledge_files
from corpora.knowledge import Knowledge
from corpora.lexicon import Lexicon
from corpora.loader import LoadError, item_of, load
from corpora.lookups import Lookups
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.sheets.assembly import Registers
from corpora.sheets.cleaner import Cleaner
from corpora.sheets.findings import Findings
from corpora.sheets.reading import Propose, TableRead, TableReading, is_table
from corpora.sheets.staging import Staging
from corpora.source import Problem, Severity, walk_json_lines
from corpora.standing import Standing, quoted_prices
from corpora.types import KnowledgeItem
from corpora.windows import State

_TOLD_EVERY: Final = 500


@dataclass(slots=True)
class Incoming:
    """What a source brings. ``complete`` is false where checks across items were left out."""

    found: Findings
    items: Callable[[], Iterable[KnowledgeItem]]
    count: int
    state: State
    templates: tuple[PushTemplate, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    regions: Regions = field(default_factory=Regions)
    table: TableRead | None = None
    complete: bool = True
    staging: Staging | None = None
    lookups: Lookups = field(default_factory=Lookups)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.staging is not None:
            self.staging.__exit__(kind, error, trace)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the store takes of it, telling how far it has got."""

    incoming: Incoming
    told: Told

    @property
    def items(self) -> Iterator[KnowledgeItem]:
        """The items, one by one."""
        done = 0
        for done, item in enumerate(self.incoming.items(), 1):
            if done % _TOLD_EVERY == 0:
                self.told("写入", done, self.incoming.count)
            yield item
        self.told("写入", done, self.incoming.count)

    @property
    def templates(self) -> tuple[PushTemplate, ...]:
        """The push templates."""
        return self.incoming.templates

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon."""
        return self.incoming.lexicon

    @property
    def regions(self) -> Regions:
        """The register of regions."""
        return self.incoming.regions

    @property
    def lookups(self) -> Lookups:
        """The common look-ups."""
        return self.incoming.lookups


def receive(
    source: Path,
    standing: Standing,
    *,
    cleaner: Cleaner,
    propose: Propose | None,
    publish: bool,
    told: Told,
) -> Incoming:
    """Reads and checks a source; ``LoadError`` where there is nothing to read.

    Tables come from many hands and become drafts, unless they are to be published at once; files
    that are kept under version control have been reviewed there.
    """
    if not source.is_file():
        return _folder(source)
    if is_table(source):
        state = State.PUBLISHED if publish else State.DRAFT
        return _table(source, standing, cleaner, propose, state, told)
    if source.suffix == ".jsonl":
        return _lines(source, standing, told)
    return _folder(source)


def _folder(source: Path) -> Incoming:
    loaded = load(source)
    found = Findings()
    found.extend([*loaded.problems, *check(loaded.knowledge, loaded.places)])
    knowledge = loaded.knowledge
    return Incoming(
        found,
        lambda: knowledge.items,
        len(knowledge.items),
        State.PUBLISHED,
        knowledge.templates,
        knowledge.lexicon,
        knowledge.regions,
        lookups=knowledge.lookups,
    )


def _table(
    source: Path,
    standing: Standing,
    cleaner: Cleaner,
    propose: Propose | None,
    state: State,
    told: Told,
) -> Incoming:
    around = _surroundings(_beside(source), standing)
    staging = Staging()
    reading = TableReading(
        source,
        staging,
        Registers(around.knowledge.regions, around.knowledge.price_book),
        cleaner=cleaner,
        propose=propose,
        told=told,
    )
    table = reading.read()
    complete = check_arrivals(staging, around, table.found, reading.locate, told)
    return Incoming(
        table.found,
        staging.items,
        staging.count,
        state,
        table=table,
        complete=complete,
        staging=staging,
    )


def _lines(source: Path, standing: Standing, told: Told) -> Incoming:
    beside = _beside(source)
    around = _surroundings(beside, standing)
    staging, found = Staging(), Findings()
    library = knowledge_files(source)[0][-1].library
    line_of: dict[str, int] = {}
    for done, read in enumerate(walk_json_lines(source), 1):
        if isinstance(read, Problem):
            found.add(read)
            continue
        item, problems = item_of(read, library, around.knowledge)
        found.extend(problems)
        if item is None:
            continue
        if (first := line_of.setdefault(item.id, read.line)) != read.line:
            problem = f"编号{item.id}与{source}:{first}重复，请改名或合并"
            found.add(read.problem(("id",), problem))
            continue
        staging.add_item(item, read.line)
        if done % _TOLD_EVERY == 0:
            told("读取", done, None)
    if not staging.count and not found.error_count:
        found.add(Problem(str(source), 1, "文件", "是空的，请写入条目或删去文件"))

    def locate(item_id: str, path: str, problem: str, severity: Severity) -> Problem:
        return Problem(str(source), staging.origin(item_id), path, problem, severity)

    complete = check_arrivals(staging, around, found, locate, told)
    return Incoming(
        found,
        staging.items,
        staging.count,
        State.PUBLISHED,
        regions=beside.regions,
        complete=complete,
        staging=staging,
    )


def _beside(source: Path) -> Knowledge:
    """The registers that lie beside a file: the price book and the regions."""
    try:
        files, _ = knowledge_files(source)
    except OSError:
        return Knowledge()
    registers = [file for file in files if file.role in (Role.PRICE_BOOK, Role.REGIONS)]
    if not registers:
        return Knowledge()
    loaded = load(registers[0].path)  # reads the other one as well
    if errors := [p for p in loaded.problems if p.severity is Severity.ERROR]:
        raise LoadError(errors)
    return loaded.knowledge


def _surroundings(beside: Knowledge, standing: Standing) -> Surroundings:
    """What items may refer to: registers beside the file, else those of the store."""
    price_book = beside.price_book or quoted_prices(standing.items())
    regions = beside.regions if beside.regions.entries else standing.regions()
    knowledge = replace(
        beside,
        items=(),
        templates=standing.templates(),
        lexicon=standing.lexicon(),
        regions=regions,
        price_book=price_book,
    )
    return Surroundings(standing, knowledge)
