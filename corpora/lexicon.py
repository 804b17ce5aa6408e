"""The domain lexicon: words, synonyms, customer wording for expert terms, and hand-over routes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from corpora.types import FieldError, Region


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


class ApprovalState(StrEnum):
    """How far a wording has come; only what is approved is told to customers."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return {"draft": "待审", "approved": "已审定", "retired": "已停用"}[self.value]


@dataclass(frozen=True, slots=True)
class LocalWording:
    """What a city says instead of the province's plain words."""

    region: str
    plain: str
    state: ApprovalState = ApprovalState.DRAFT
    approved_by: str = ""

    def __post_init__(self) -> None:
        Region(self.region)
        if not self.plain.strip():
            raise FieldError("local.plain", "is empty")


@dataclass(frozen=True, slots=True)
class GlossaryTerm:
    """An expert term and the plain words for it: the province's, and a city's where it has some.

    ``known`` terms are understood by customers and explained only on demand; ``except_in`` are
    common words that merely contain the term.
    """

    term: str
    plain: str
    state: ApprovalState = ApprovalState.DRAFT
    local: tuple[LocalWording, ...] = ()
    known: bool = False
    except_in: tuple[str, ...] = ()
    owner: str = ""
    approved_by: str = ""
    approved_on: dt.date | None = None

    def __post_init__(self) -> None:
        if not self.term.strip():
            raise FieldError("term", "is empty")
        if not self.plain.strip():
            raise FieldError("plain", f"{self.term!r} has no plain words")
        places = [local.region for local in self.local]
        if len(set(places)) != len(places):
            raise FieldError("local", f"{self.term!r} has two wordings for one place")


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
