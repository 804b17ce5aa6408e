"""Question → ``Query``: what to search for and what is asked about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from corpora.lexicon import Lexicon
from corpora.types import FacetKind
from indexer.analyzer import Analyzer
from indexer.normalize import clean, normalize
from retriever.errors import BadQuery
from retriever.intents import amounts_of, subject_of, wanted_facets

MAX_CHARACTERS: Final = 500
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_#-]{2,31}")
_PINYIN: Final = re.compile(r"^[a-z][a-z ']{2,}$")


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready. ``expanded`` adds the official words for what the customer said."""

    text: str
    normalized: str
    terms: tuple[str, ...]
    expanded: tuple[str, ...]
    facets: tuple[FacetKind, ...]
    subject: str
    amounts: tuple[str, ...]
    codes: tuple[str, ...]
    latin: str


def checked(text: str) -> str:
    """The question as it may be used; ``BadQuery`` says what to change."""
    cleaned = clean(text)
    if not cleaned:
        raise BadQuery("问题是空的；请输入要查询的内容")
    if len(cleaned) > MAX_CHARACTERS:
        raise BadQuery(f"问题有 {len(cleaned)} 个字，超过 {MAX_CHARACTERS} 字；请只保留要问的那几句")
    if not any(unicodedata.category(char)[0] in "LN" for char in cleaned):
        raise BadQuery("问题里没有文字或数字；请输入要查询的内容")
    return cleaned


class Understanding:
    """Turns questions into queries with one version's analyzer and lexicon."""

    def __init__(self, analyzer: Analyzer, lexicon: Lexicon) -> None:
        self._analyzer = analyzer
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
        return Query(
            text=cleaned,
            normalized=normalized,
            terms=terms,
            expanded=tuple(self._expansion(normalized, set(terms))),
            facets=wanted_facets(normalized),
            subject=subject_of(normalized),
            amounts=amounts_of(normalized),
            codes=tuple(dict.fromkeys(code.upper() for code in _CODE.findall(cleaned))),
            latin=normalized if _PINYIN.match(normalized) else "",
        )

    def _expansion(self, normalized: str, terms: set[str]) -> list[str]:
        """Terms of the official words that the question says in its own words."""
        if self._variants is None:
            return []
        official = [
            self._official[match.group()]
            for match in self._variants.finditer(normalized)
            if self._official[match.group()] not in normalized
        ]
        return [term for word in official for term in self._analyzer.terms(word) if term not in terms]
