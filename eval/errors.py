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
      - TeachError       a model that cannot be taught, or nothing to teach it with
      - RunError         a stored run, or the folder for one, cannot be used
        - RunUnfinished  a run was stopped in the middle; what is there is kept
      - SystemBroken     what is measured is not there or does not keep its contract
        - SystemDown     it cannot be reached now; the same call may work later
      - BookError        a workbook cannot be read (every cell at fault)
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


class TeachError(EvalError):
    """A model of another kind than can be taught, no lesson, or no device to learn on."""


class RunError(EvalError):
    """A stored run, or the folder of one, that cannot be used."""


class RunUnfinished(RunError):
    """Not every question was asked; ``missing`` names those left, in the order of the set."""

    def __init__(self, message: str, missing: Sequence[str]) -> None:
        super().__init__(message)
        self.missing = tuple(missing)


class SystemBroken(EvalError):
    """A system that does not keep its contract; waiting does not help."""


class SystemDown(SystemBroken):
    """A system that cannot be reached; what it answered before stands."""


class BookError(EvalError):
    """A workbook with problems; ``problems`` holds every one, each with sheet and cell."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
