"""The shipped knowledge, read once in each process that tests; nothing in it is ever changed."""

from __future__ import annotations

from functools import cache

from corpora.knowledge import Knowledge
from corpora.loader import Loaded, LoadError, load
from corpora.source import Severity
from tests.conftest import REPOSITORY


@cache
def shipped_load() -> Loaded:
    """What was read, with every problem that there is in it."""
    return load(REPOSITORY / "corpora")


def shipped_knowledge() -> Knowledge:
    """The knowledge; with an error in it nothing that builds on it can be tested."""
    loaded = shipped_load()
    if errors := [one for one in loaded.problems if one.severity is Severity.ERROR]:
        raise LoadError(errors)
    return loaded.knowledge
