"""The domain lexicon: words, synonyms, customer wording for expert terms, and hand-over routes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpora.types import FieldError


@dataclass(frozen=True, slots=True)
class SynonymGroup:
    """Words that customers use for ``canonical``."""

    canonical: str
    variants: tuple[str, ...]
    direction: str = "both"

    def __post_init__(self) -> None:
        if not self.canonical or not self.variants:
            raise FieldError("variants", f"synonyms of {self.canonical!r} are empty")
        if self.direction not in ("both", "query"):
            raise FieldError("direction", f"{self.direction!r} is neither both nor query")


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """An expert term and the plain words for it."""

    term: str
    plain: str
    state: str = "approved"


@dataclass(frozen=True, slots=True)
class Route:
    """A kind of question that no knowledge can answer, and where it goes."""

    id: str
    label: str
    route: str
    say: str
    check: tuple[str, ...]
    record: tuple[str, ...]
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("patterns", "unless"):
            for pattern in getattr(self, name):
                try:
                    re.compile(pattern)
                except re.error as error:
                    raise FieldError(
                        name, f"{pattern!r} is not a regular expression: {error}"
                    ) from error


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that understanding a question needs besides the items."""

    words: tuple[str, ...] = ()
    synonyms: tuple[SynonymGroup, ...] = ()
    glossary: tuple[GlossaryTerm, ...] = ()
    routes: tuple[Route, ...] = ()
