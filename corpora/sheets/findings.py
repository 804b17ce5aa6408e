"""Problems of a table, named by sheet, row and column, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from corpora.source import Problem, Severity

_KEPT: Final = 1_000
"""Of each severity; a table with more mistakes has one mistake many times."""


def letters(column: int) -> str:
    """The letters of a column, counted from 1.

    >>> letters(1), letters(26), letters(27)
    ('A', 'Z', 'AA')
    """
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True, slots=True)
class TableProblem(Problem):
    """A problem of a cell; without a column, of a row; without a row, of a sheet.

    >>> str(TableProblem("a.xlsx", 5, "生效日期", "不是日期", sheet="条目", column="C"))
    'a.xlsx[条目]:第5行 C列（生效日期）: 不是日期'
    """

    sheet: str = ""
    column: str = ""

    def __str__(self) -> str:
        sheet = f"[{self.sheet}]" if self.sheet else ""
        row = f"第{self.line}行" if self.line else ""
        named = f"（{self.field}）" if self.field else ""
        column = f"{' ' if row else ''}{self.column}列{named}" if self.column else named
        where = f":{row}{column}" if row or column else ""
        return f"{self.file}{sheet}{where}: {self.problem}"


@dataclass(slots=True)
class Findings:
    """Problems as they are found; beyond the first thousand of a severity they are counted."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    error_count: int = 0
    warning_count: int = 0

    def add(self, *problems: Problem) -> None:
        """Notes problems."""
        for problem in problems:
            if problem.severity is Severity.ERROR:
                self.error_count += 1
                kept = self.errors
            else:
                self.warning_count += 1
                kept = self.warnings
            if len(kept) < _KEPT:
                kept.append(problem)

    def is_full(self, severity: Severity) -> bool:
        """Whether a further problem would only be counted."""
        kept = self.errors if severity is Severity.ERROR else self.warnings
        return len(kept) >= _KEPT

    def extend(self, problems: Iterable[Problem]) -> None:
        """Notes problems."""
        self.add(*problems)
