"""Files of knowledge as plain records that remember on which line every field stands.

Nothing in here knows what an item is. Whatever a file holds, bad bytes or bad syntax included,
comes back as records and problems; reading never raises.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from corpora.messages import system_reason
from corpora.yaml_nodes import FieldPath, Parsed, SyntaxProblem, parse_yaml

Place: TypeAlias = tuple[str, int]

_MAX_BYTES: Final = 200 * 2**20  # what one process can hold several times over
_MAX_LINE: Final = 1_000_000  # characters; no wording is that long, a damaged file is
# What YAML and JSON refuse anyway, found first because their errors do not name the line.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Severity(StrEnum):
    """An error keeps knowledge from being published, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: where it stands, what it is and how to mend it.

    >>> str(Problem("a.yaml", 3, "title", "是空的，请填写"))
    'a.yaml:3: title: 是空的，请填写'
    """

    file: str
    line: int
    field: str
    problem: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Record:
    """A value of a file, made of dict, list, str, number, bool, date and None, with its lines."""

    value: object
    file: str
    line: int
    lines: Mapping[FieldPath, int] = field(default_factory=dict)

    def line_of(self, path: FieldPath) -> int:
        """The line of a field; of one that is not there, the line of what should hold it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, self.line)

    def problem(
        self, path: FieldPath, problem: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        """A problem of a field of this record."""
        name = written(path) or "条目"
        return Problem(self.file, self.line_of(path), name, problem, severity)


def written(path: FieldPath) -> str:
    """A path as people write it.

    >>> written(("facets", 2, "steps", 0))
    'facets[2].steps[0]'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def read_text(path: Path) -> tuple[str, list[Problem]]:
    """The text of a UTF-8 file (a byte order mark is dropped), or why there is none."""
    name = str(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            limit = _MAX_BYTES // 2**20
            return "", [Problem(name, 1, "文件", f"大于{limit}MB，请拆成几个文件")]
        raw = path.read_bytes()
    except OSError as error:
        return "", [
            Problem(name, 1, "文件", f"读不出来（{system_reason(error)}），请检查路径和权限")
        ]
    if raw.startswith(_UTF16):
        return "", [Problem(name, 1, "文件", "是UTF-16编码，请另存为UTF-8")]
    if raw.startswith(b"PK\x03\x04"):
        return "", [Problem(name, 1, "文件", "是压缩文件或Excel工作簿，请另存为YAML或JSONL")]
    if b"\x00" in raw:
        line = raw[: raw.index(b"\x00")].count(b"\n") + 1
        return "", [Problem(name, line, "文件", "是二进制文件，不是文本，请换成UTF-8文本")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", [Problem(name, line, "文件", "不是UTF-8编码（常见为GBK），请另存为UTF-8")]
    return text, _unreadable(name, text)


def _unreadable(name: str, text: str) -> list[Problem]:
    if bad := _CONTROL.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        code = f"U+{ord(bad[0]):04X}"
        return [Problem(name, line, "文件", f"含有看不见的控制字符{code}，请删去")]
    for number, line_text in enumerate(text.split("\n"), start=1):
        if len(line_text) > _MAX_LINE:
            problem = f"这一行有{len(line_text)}个字符，上限{_MAX_LINE}，文件可能已损坏，请重新导出"
            return [Problem(name, number, "文件", problem)]
    return []


def read_records(path: Path) -> tuple[list[Record], list[Problem]]:
    """The records of a YAML file (a list, or documents) or of a JSONL file, and its problems."""
    text, problems = read_text(path)
    name = str(path)
    if problems:
        return [], problems
    if path.suffix == ".jsonl":
        return _json_lines(name, text)
    try:
        documents = parse_yaml(text)
    except SyntaxProblem as error:
        return [], [Problem(name, error.line, "语法", error.problem)]
    records = [record for parsed in documents for record in _records(name, parsed)]
    problems = [
        Problem(name, flaw.line, written(_in_record(parsed, flaw.path)) or "条目", flaw.problem)
        for parsed in documents
        for flaw in parsed.flaws
    ]
    if not records and not problems:
        problems.append(Problem(name, 1, "文件", "是空的，请写入条目或删去文件"))
    return records, problems


def _records(name: str, parsed: Parsed) -> list[Record]:
    """The elements of a list are a record each; anything else is one record."""
    if not isinstance(parsed.value, list):
        return [Record(parsed.value, name, parsed.line, parsed.lines)]
    lines: list[dict[FieldPath, int]] = [{} for _ in parsed.value]
    for path, line in parsed.lines.items():
        if path and isinstance(path[0], int):
            lines[path[0]][path[1:]] = line
    return [
        Record(value, name, own.get((), parsed.line), own)
        for value, own in zip(parsed.value, lines, strict=True)
    ]


def _in_record(parsed: Parsed, path: FieldPath) -> FieldPath:
    return path[1:] if isinstance(parsed.value, list) else path


def _json_lines(name: str, text: str) -> tuple[list[Record], list[Problem]]:
    records: list[Record] = []
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        read = _json_line(name, number, line)
        if isinstance(read, Record):
            records.append(read)
        else:
            problems.append(read)
    if not records and not problems:
        problems.append(Problem(name, 1, "文件", "是空的，请写入条目或删去文件"))
    return records, problems


def walk_json_lines(path: Path) -> Iterator[Record | Problem]:
    """The records of a JSONL file of any size one by one; bytes that are no text end the walk."""
    name, number = str(path), 0
    try:
        with path.open("rb") as file:
            while raw := file.readline(_MAX_LINE * 4 + 1):  # a character has at most four bytes
                number += 1
                if number == 1 and raw.startswith(_UTF16):
                    yield Problem(name, 1, "文件", "是UTF-16编码，请另存为UTF-8")
                    return
                try:
                    line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError:
                    problem = "不是UTF-8编码（常见为GBK），请另存为UTF-8"
                    yield Problem(name, number, "文件", problem)
                    return
                if unreadable := _unreadable(name, line.removesuffix("\n")):
                    yield replace(unreadable[0], line=number)
                    return
                if line.strip():
                    yield _json_line(name, number, line)
    except OSError as error:
        problem = f"读不出来（{system_reason(error)}），请检查路径和权限"
        yield Problem(name, number + 1, "文件", problem)


def _json_line(name: str, number: int, line: str) -> Record | Problem:
    try:
        value = json.loads(line, object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # half a character, \ud800, is no text
    except json.JSONDecodeError as error:
        problem = f"第{error.colno}个字符处不是JSON，每行应是一个完整的{{…}}"
    except RecursionError:
        problem = "嵌套太深，请检查括号"
    except _Refused as error:
        problem = str(error)
    except UnicodeEncodeError:
        problem = "有半个字符（如\\ud800），请重新导出"
    except ValueError:
        problem = "有一个数字太长，请改正或加引号"
    else:
        return Record(value, name, number)
    return Problem(name, number, "语法", problem)


class _Refused(Exception):
    """Valid for Python's JSON reader, not for us."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    unique: dict[str, object] = {}
    for key, value in pairs:
        if key in unique:
            raise _Refused(f"字段{key}写了两次，请只留一个")
        unique[key] = value
    return unique


def _no_constant(name: str) -> object:
    raise _Refused(f"{name}不是数字，请写具体的值")
