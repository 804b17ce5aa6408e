"""Which codes of a registry have no knowledge (编码缺口): what to write before a customer asks."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from corpora.messages import nearest, system_reason
from corpora.source import Problem, Severity
from corpora.types import KnowledgeItem

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "value": ("编码", "产品编码", "boss编码", "code"),
    "system": ("系统", "system"),
    "name": ("名称", "产品名称", "name"),
    "owner": ("责任部门", "部门", "owner"),
}
_FIELD_OF: Final = {name: field for field, names in _COLUMNS.items() for name in names}
_DEFAULT_SYSTEM: Final = "boss"


@dataclass(frozen=True, slots=True)
class RegisteredCode:
    """A code that some system knows; ``line`` is where the registry has it."""

    value: str
    system: str
    name: str
    owner: str
    line: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """A registry held against the knowledge of a day.

    ``lapsed`` codes have knowledge, none of which holds on that day; ``unregistered`` are codes of
    the same systems that only the knowledge has, with the item that names them.
    """

    registered: int
    missing: tuple[RegisteredCode, ...]
    lapsed: tuple[RegisteredCode, ...]
    unregistered: tuple[tuple[str, str], ...]

    @property
    def covered(self) -> int:
        """How many registered codes have knowledge that holds."""
        return self.registered - len(self.missing) - len(self.lapsed)


def read_registry(path: Path) -> tuple[list[RegisteredCode], list[Problem]]:
    """The codes of a CSV with a heading 编码, and perhaps 系统, 名称 and 责任部门."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return [], [
            Problem(str(path), 1, "文件", f"读不出来（{system_reason(error)}），请检查路径")
        ]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            return [], [Problem(str(path), 1, "文件", "既不是UTF-8也不是GBK编码，请另存为UTF-8")]
    rows = csv.reader(io.StringIO(text, newline=""))
    heading = next(rows, [])
    columns = {_FIELD_OF.get(name.strip().lower(), ""): n for n, name in enumerate(heading)}
    if "value" not in columns:
        hint = next((nearest(name.strip(), _FIELD_OF) for name in heading), "")
        problem = f"首行没有“编码”这一列{hint}，请把产品编码那一列的标题写成“编码”"
        return [], [Problem(str(path), 1, "表头", problem)]
    codes: dict[tuple[str, str], RegisteredCode] = {}
    problems: list[Problem] = []
    for row in rows:
        cells = {
            field: row[n].strip() if n < len(row) else "" for field, n in columns.items() if field
        }
        if not any(cell.strip() for cell in row):
            continue
        value, system = cells["value"], cells.get("system", "").lower() or _DEFAULT_SYSTEM
        if not value:
            problems.append(Problem(str(path), rows.line_num, "编码", "是空的，请填写或删去这一行"))
        elif (known := codes.get((system, value))) is not None:
            problem = f"{system}编码{value}在第{known.line}行已有，只算一次"
            problems.append(Problem(str(path), rows.line_num, "编码", problem, Severity.WARNING))
        else:
            codes[system, value] = RegisteredCode(
                value, system, cells.get("name", ""), cells.get("owner", ""), rows.line_num
            )
    return list(codes.values()), problems


def gaps(registry: Sequence[RegisteredCode], items: Iterable[KnowledgeItem], day: dt.date) -> Gaps:
    """What is missing on ``day``, in the order of the registry."""
    holds: dict[tuple[str, str], bool] = {}
    naming: dict[tuple[str, str], str] = {}
    for item in items:
        for code in _codes(item):
            holds[code] = holds.get(code, False) or item.valid_on(day)
            naming.setdefault(code, item.id)
    keys = {(code.system, code.value): code for code in registry}
    systems = {system for system, _ in keys}
    return Gaps(
        registered=len(keys),
        missing=tuple(code for key, code in keys.items() if key not in holds),
        lapsed=tuple(code for key, code in keys.items() if not holds.get(key, True)),
        unregistered=tuple(
            (value, naming[system, value])
            for system, value in sorted(naming)
            if system in systems and (system, value) not in keys
        ),
    )


def _codes(item: KnowledgeItem) -> Iterator[tuple[str, str]]:
    for code in item.codes:
        yield code.system.lower(), code.value
    for screen in item.screens:
        yield "screen", screen
