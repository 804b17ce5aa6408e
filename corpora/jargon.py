"""How much of a text customers will not understand, and the plain words for it.

The glossary (术语表) belongs to the province; a city may have words of its own. Only what is approved
counts: a draft neither replaces anything nor makes a text jargon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from corpora.lexicon import ApprovalState, GlossaryTerm
from corpora.types import Region

_SENTENCE: Final = re.compile(r"[。！？!?；;\n]+")
_NO_WORD: Final = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """An expert term in a text, where it starts (in code points), and the plain words for it."""

    term: str
    plain: str
    start: int


@dataclass(frozen=True, slots=True)
class Jargon:
    """``score`` is unexplained terms a hundred characters; ``sentence`` characters a sentence."""

    score: float
    sentence: float
    terms: tuple[FoundTerm, ...]


def wording_for(term: GlossaryTerm, region: Region | None = None) -> str:
    """The approved plain words that hold in a place: a city's own before the province's."""
    for path in reversed(region.lineage if region else ()):
        for local in term.local:
            if local.region == path and local.state is ApprovalState.APPROVED:
                return local.plain
    return term.plain if term.state is ApprovalState.APPROVED else ""


def readings(glossary: Iterable[GlossaryTerm]) -> tuple[GlossaryTerm, ...]:
    """The terms that lints and scores go by: approved somewhere, and unknown to customers."""
    approved = ApprovalState.APPROVED
    kept = [
        term
        for term in glossary
        if not term.known
        and (term.state is approved or any(local.state is approved for local in term.local))
    ]
    # 一证通查 before 通查: a term inside a longer one is that longer term
    return tuple(sorted(kept, key=lambda term: (-len(term.term), term.term)))


def jargon(text: str, glossary: Sequence[GlossaryTerm], region: Region | None = None) -> Jargon:
    """The unexplained terms of ``text``; ``glossary`` comes from ``readings``.

    A term whose plain words stand in the same text is explained.
    """
    taken: set[int] = set()
    found: list[FoundTerm] = []
    for term in glossary:
        plain = wording_for(term, region)
        if not plain:
            continue
        explained = plain in text
        for match in re.finditer(_pattern(term.term), text):
            place = set(range(*match.span()))
            if place & taken or _inside_exception(term, text, match.start()):
                continue
            taken |= place
            if not explained:
                found.append(FoundTerm(term.term, plain, match.start()))
    found.sort(key=lambda one: one.start)
    characters = len(_NO_WORD.sub("", text))
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    return Jargon(
        score=100 * len(found) / characters if characters else 0.0,
        sentence=sum(map(len, sentences)) / len(sentences) if sentences else 0.0,
        terms=_each_once(found),
    )


def _pattern(term: str) -> str:
    """Letters and digits must not go on: APN stands in no longer word."""
    own = re.escape(term)
    return rf"(?<![A-Za-z0-9]){own}(?![A-Za-z0-9])" if term.isascii() else own


def _inside_exception(term: GlossaryTerm, text: str, start: int) -> bool:
    """Whether the characters belong to another, common word: 出账 in 支出账目."""
    return any(
        text.startswith(word, start - word.index(term.term))
        for word in term.except_in
        if term.term in word
    )


def _each_once(found: list[FoundTerm]) -> tuple[FoundTerm, ...]:
    first: dict[str, FoundTerm] = {}
    for term in found:
        first.setdefault(term.term, term)
    return tuple(first.values())
