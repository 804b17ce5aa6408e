"""Cleaning of texts on their way in, and what it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from corpora.cleaning import Cleaned, cleaned

Clean = Callable[[str], Cleaned]

_EXAMPLES: Final = 20
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Change:
    """An example of a text that was cleaned."""

    place: str
    before: str
    after: str
    changes: tuple[str, ...]


@dataclass(slots=True)
class Cleaner:
    """Cleans texts, counts what it changed and keeps the first examples of every kind of change."""

    clean: Clean = cleaned
    cells: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: list[Change] = field(default_factory=list)

    def text(self, written: str, place: Callable[[], str]) -> str:
        """The text after cleaning; ``place`` names its cell."""
        found = self.clean(written)
        if found.text == written:
            return written
        fresh = [name for name in found.changes if name not in self.kinds]
        self.cells += 1
        self.kinds.update(found.changes)
        if fresh or len(self.examples) < _EXAMPLES // 2:
            before, after = _around(written, found.text)
            self.examples.append(Change(place(), before, after, found.changes))
        return found.text


def untouched(text: str) -> Cleaned:
    """No cleaning at all."""
    return Cleaned(text, ())


def _around(before: str, after: str) -> tuple[str, str]:
    """Both texts from shortly before the place where they begin to differ."""
    same = next(
        (n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    start = max(0, same - 10)
    return tuple(  # type: ignore[return-value]
        ("…" if start else "")
        + text[start : start + _SHOWN]
        + ("…" if len(text) > start + _SHOWN else "")
        for text in (before, after)
    )
