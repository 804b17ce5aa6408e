"""Errors of measuring; every message names the file and the line at fault."""

from __future__ import annotations

from collections.abc import Sequence

from corpora.source import Problem


class EvalError(Exception):
    """Base of everything that this package raises.

    - EvalError
      - FaqSetError      a FAQ set has problems (all of them, with file, line and field)
      - BeirError        a folder is not a usable BEIR set
      - FitError         too few questions to fit anything
    """


class FaqSetError(EvalError):
    """A FAQ set that cannot be run; ``problems`` holds every one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class BeirError(EvalError):
    """A file of a BEIR folder is missing or broken."""


class FitError(EvalError):
    """The FAQ set does not hold enough questions to fit constants."""
