"""The seam of what is measured: a system ranks items for a question and, if it can, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from corpora.regions import Regions
from retriever.filters import Filter


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a system is asked it: the words, what the asker may see, how many items.

    ``question_id`` is for systems that look rankings up; whoever answers must not need it.
    """

    text: str
    wanted: Filter
    depth: int
    question_id: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system gave. ``ranked`` are item ids, best first, each once. Times are as the caller sees
    them: ``answer_ms`` is that of a whole answer, searching for it included.

    ``answer`` is the answer object of the contract, None where the system only ranks. ``problem``
    says why the system would not take the question; then nothing else counts.
    """

    ranked: tuple[str, ...]
    search_ms: float
    answer: Mapping[str, Any] | None = None
    answer_ms: float = 0.0
    problem: str = ""


class System(Protocol):
    """Something that is measured. ``SystemDown`` where it cannot be reached, ``SystemBroken`` where
    it does not keep its contract; a question that it refuses is a ``Reply`` with its ``problem``.
    """

    @property
    def regions(self) -> Regions | None:
        """The regions that questions may name (an empty register takes every path), or None where
        the system tells no regions apart.
        """
        ...

    def describe(self) -> dict[str, Any]:
        """What it takes to set the same system up again: kind, version, fingerprints, constants.

        Two systems that may rank differently are described differently.
        """
        ...

    def ask(self, asked: Asked) -> Reply:
        """Ranks, and answers if it can."""
        ...

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        """The whole item as internal readers see it on that day, None where it does not hold then
        or the system has no items to show.
        """
        ...

    def close(self) -> None:
        """Releases what it holds."""
        ...


class Opener(Protocol):
    """Opens a system where it is needed, also in another process: a plain value of settings."""

    @property
    def in_processes(self) -> bool:
        """Whether several questions at once need processes; otherwise threads share one system."""
        ...

    def open(self) -> System:
        """A system of its own."""
        ...
