"""Question → ``Query``: what to search for and what is asked about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from corpora.lexicon import Lexicon
from corpora.regions import Regions
from corpora.types import FacetKind, SubLibrary
from indexer.analyzer import Analyzer
from indexer.normalize import clean, normalize
from retriever.errors import BadQuery
from retriever.intents import (
    amounts_of,
    library_hints,
    numbers_of,
    subject_of,
    wanted_facets,
)
from retriever.plainly import Plain, asked_plainly
from retriever.spelling import Speller

MAX_CHARACTERS: Final = 500
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_#-]{2,31}")
_CAPITALS: Final = re.compile(r"(?<![A-Za-z])[A-Z]{3,}(?![a-z])")
_PINYIN: Final = re.compile(r"^[a-z][a-z ']{2,}$")


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready. ``reading`` is the question in official words, where it differs.

    ``called`` is the name of an item besides which it says only what to tell of it; ``facets`` are then
    just that. ``series`` is what several items are called together, said in the same way.
    """

    text: str
    normalized: str
    terms: tuple[str, ...]
    facets: tuple[FacetKind, ...]
    subject: str
    amounts: tuple[str, ...]
    codes: tuple[str, ...]
    latin: str
    reading: str = ""
    hints: tuple[SubLibrary, ...] = ()
    regions: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    called: str = ""
    series: Plain | None = None

    @property
    def readings(self) -> str:
        """The question as typed and as read, for looking up names in."""
        return f"{self.normalized}\n{self.reading}" if self.reading else self.normalized


def looks_like_code(code: str) -> bool:
    """Whether a Latin run can only be a code: letters with three and more digits.

    >>> looks_like_code("E2130"), looks_like_code("5G"), looks_like_code("WIFI")
    (True, False, False)
    """
    return bool(re.fullmatch(r"[A-Z]+\d{3,}", code))


def checked(text: str) -> str:
    """The question as it may be used; ``BadQuery`` says what to change."""
    cleaned = clean(text)
    if not cleaned:
        raise BadQuery("问题是空的；请输入要查询的内容")
    if len(cleaned) > MAX_CHARACTERS:
        raise BadQuery(
            f"问题有 {len(cleaned)} 个字，超过 {MAX_CHARACTERS} 字；请只保留要问的那几句"
        )
    if not any(unicodedata.category(char)[0] in "LN" for char in cleaned):
        raise BadQuery("问题里没有文字或数字；请输入要查询的内容")
    return cleaned


def _plainly(normalized: str, meant: str, names: Collection[str]) -> Plain | None:
    return asked_plainly(normalized, names) or (asked_plainly(meant, names) if meant else None)


class Understanding:
    """Turns questions into queries with one version's analyzer and lexicon."""

    def __init__(
        self,
        analyzer: Analyzer,
        lexicon: Lexicon,
        regions: Regions,
        names: Iterable[str],
        lines: Iterable[str] = (),
        spelled: Collection[str] = frozenset(),
        series: Collection[str] = frozenset(),
    ) -> None:
        """``names`` of items, the normalised ``lines`` that tell how questions are put, and to be looked up
        the names as the index has them ``spelled``, and those of ``series``.
        """
        self._analyzer = analyzer
        self._spelled = spelled
        self._series = series
        self._speller = Speller(analyzer, lexicon.words, names, lines)
        self._regions = [
            (name, entry.path)
            for entry in regions.entries
            for name in (entry.name, re.sub(r"[省市县区]$", "", entry.name))
            if name  # an empty name would stand in every question
        ]
        self._official: Mapping[str, str] = {
            normalize(variant): normalize(group.canonical)
            for group in lexicon.synonyms
            for variant in group.variants
        }
        alternatives = sorted(self._official, key=lambda word: (-len(word), word))
        self._variants = (
            re.compile("|".join(re.escape(word) for word in alternatives)) if alternatives else None
        )

    def query(self, text: str) -> Query:
        """Understands one question."""
        cleaned = checked(text)
        normalized = normalize(cleaned)
        terms = tuple(self._analyzer.terms(normalized))
        # Chinese keyboards type codes in full width, too
        typed = unicodedata.normalize("NFKC", cleaned)
        # a word in capitals is a menu code or a command, never initials
        codes = {code.lower() for code in _CAPITALS.findall(typed)}
        reading = self._official_words(self._speller.reading(normalized, codes))
        meant = reading if reading != normalized else ""
        plain = _plainly(normalized, meant, self._spelled)
        series = None if plain else _plainly(normalized, meant, self._series)
        return Query(
            text=cleaned,
            normalized=normalized,
            terms=terms,
            facets=plain.facets if plain else wanted_facets(reading),
            subject=subject_of(reading),
            amounts=amounts_of(reading),
            codes=tuple(dict.fromkeys(code.upper() for code in _CODE.findall(typed))),
            latin=normalized if _PINYIN.match(reading) else "",
            reading=meant,
            hints=library_hints(reading),
            numbers=numbers_of(reading),
            called=plain.name if plain else "",
            series=series,
            regions=tuple(
                dict.fromkeys(path for name, path in self._regions if name in normalized)
            ),
        )

    def _official_words(self, text: str) -> str:
        """``text`` with the official words in place of what customers call them."""
        if self._variants is None:
            return text

        def official(match: re.Match[str]) -> str:
            said, before = match.group(), text[: match.start()]
            word = self._official[said]
            # 转网 inside 携号转网 is the official word already; 要不要钱 asks what 不要钱 says
            asks = said[0] == "不" and len(said) > 1 and before.endswith(said[1])
            return said if word in text or asks else word

        return self._variants.sub(official, text)
