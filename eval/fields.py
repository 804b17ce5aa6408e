"""Typed reads of JSON objects: every mistake is noted, none is raised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from corpora.source import Problem, Severity

_Member = TypeVar("_Member", bound=StrEnum)


class Fields:
    """Typed reads of one JSON object; what is wrong is noted and read as absent."""

    def __init__(
        self, file: str, line: int, value: object, problems: list[Problem], prefix: str = ""
    ) -> None:
        self.file, self.line, self._prefix, self._problems = file, line, prefix, problems
        self.value: Mapping[str, object] = {}
        self.is_object = isinstance(value, dict)
        if isinstance(value, dict):
            self.value = value
        else:
            self.note("", "应是一个 {…} 对象")

    def note(self, name: str, problem: str, severity: Severity = Severity.ERROR) -> None:
        """Notes what is wrong with a field; "" is the object itself."""
        full = f"{self._prefix}{name}".rstrip(".") or "整行"
        self._problems.append(Problem(self.file, self.line, full, problem, severity))

    def only(self, known: frozenset[str]) -> None:
        """Warns of keys that nobody reads: most of them are misspelt."""
        for name in sorted(self.value.keys() - known):
            known_names = "、".join(sorted(known))
            self.note(name, f"没有这个字段，不会被读取；可用：{known_names}", Severity.WARNING)

    def text(self, name: str, *, required: bool = False) -> str:
        """A string without the spaces around it; "" when absent."""
        value = self.value.get(name)
        if value is None or value == "":
            if required:
                self.note(name, "缺少，请填写")
            return ""
        if not isinstance(value, str):
            self.note(name, f"应是文字，现在是 {value!r}")
            return ""
        if required and not value.strip():
            self.note(name, "是空的，请填写")
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; one string is a list of one."""
        value = self.value.get(name)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(entry, str) and entry.strip() for entry in values):
            self.note(name, f"应是文字的列表，每项都不能是空的，现在是 {value!r}")
            return ()
        return tuple(str(entry).strip() for entry in values)

    def number(self, name: str, default: float) -> float:
        """A number above zero."""
        value = self.value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
            self.note(name, f"应是大于 0 的数，现在是 {value!r}")
            return default
        return float(value)

    def date(self, name: str, *, required: bool = False) -> dt.date | None:
        """An ISO date."""
        value = self.text(name, required=required)
        try:
            return dt.date.fromisoformat(value) if value else None
        except ValueError:
            self.note(name, f"{value!r} 不是日期，写成 2026-11-01 这样")
            return None

    def member(self, name: str, kind: type[_Member]) -> _Member | None:
        """A member of an enumeration."""
        value = self.text(name)
        try:
            return kind(value) if value else None
        except ValueError:
            self.note(name, f"没有 {value!r}；可用：{'、'.join(kind)}")
            return None

    def inner(self, name: str) -> Fields:
        """The object inside a field; one without keys when absent."""
        value = self.value.get(name)
        return Fields(
            self.file, self.line, {} if value is None else value, self._problems, f"{name}."
        )
