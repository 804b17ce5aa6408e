"""Completions while typing: by characters, full pinyin, initials and codes; near spellings come last."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz import fuzz, process

from corpora.types import Audience, KnowledgeItem
from corpora.versions import ItemVersion
from indexer.normalize import clean, normalize
from indexer.pinyin import full_pinyin
from retriever.backends.protocol import Searcher
from retriever.filters import Filter
from retriever.types import SuggestEntry

_LATIN: Final = re.compile(r"^[a-z0-9]+$")
_ENOUGH: Final = 200
_NEAR: Final = 75.0  # similarity (0–100) from which a spelling counts as a slip of the same word
_NEAR_FROM: Final = 3
_KIND_ORDER: Final = {"title": 0, "code": 0, "screen": 0, "alias": 1, "question": 2}


class Suggester:
    """All lines of one version, ready for prefixes."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._entries: Sequence[SuggestEntry] = searcher.suggestions()
        self._texts = [entry.normalized.replace(" ", "") for entry in self._entries]
        self._sorted: dict[str, list[tuple[str, int]]] = {
            "text": sorted((text, n) for n, text in enumerate(self._texts)),
            "pinyin": sorted((e.pinyin, n) for n, e in enumerate(self._entries) if e.pinyin),
            "initials": sorted((e.initials, n) for n, e in enumerate(self._entries) if e.initials),
        }
        # one string per way of typing: a substring is found by one scan of it
        self._joined = {
            "text": "\n".join(self._texts),
            "initials": "\n".join(entry.initials for entry in self._entries),
            "pinyin": "\n".join(entry.pinyin for entry in self._entries),
        }
        self._starts = {name: _line_starts(joined) for name, joined in self._joined.items()}

    def suggest(
        self, typed: str, wanted: Filter, limit: int
    ) -> list[tuple[SuggestEntry, ItemVersion]]:
        """The best completions that the reader may see, one line an item, exact characters first."""
        prefix = normalize(clean(typed)).replace(" ", "")
        if not prefix or limit < 1:
            return []
        found = self._found(prefix, wanted, limit, _ENOUGH)
        if len(found) < limit:
            # among many lines of others' libraries and regions, the reader's own may come late
            found = self._found(prefix, wanted, limit, len(self._entries) + 1)
        return found

    def _found(
        self, prefix: str, wanted: Filter, limit: int, enough: int
    ) -> list[tuple[SuggestEntry, ItemVersion]]:
        """The best completions among the first lines of each way of typing, ``enough`` in all."""
        ranked: dict[int, int] = {}
        for tier, rows in enumerate(self._tiers(prefix, enough)):
            for row in rows:
                ranked.setdefault(row, tier)
            if len(ranked) >= enough:
                break
        order = sorted(
            ranked,
            key=lambda row: (
                ranked[row],
                _KIND_ORDER.get(self._entries[row].kind, 3),
                -self._entries[row].weight,
                len(self._entries[row].text),
                self._entries[row].text,
                self._entries[row].item_id,
            ),
        )
        return self._visible(order, wanted, limit)

    def _tiers(self, prefix: str, enough: int) -> Iterator[list[int]]:
        yield self._starting("text", prefix, enough)
        latin = bool(_LATIN.match(prefix))
        if latin:
            yield self._starting("initials", prefix, enough)
            yield self._starting("pinyin", prefix, enough)
        yield self._holding("text", re.escape(prefix), enough)
        if latin and len(prefix) > 1:
            yield self._holding("initials", re.escape(prefix), enough)
            # letters of some words in between may be left out: qqtcx finds 全球通…查询
            yield self._holding("initials", _with_gaps(prefix), enough)
        elif len(prefix) > 1:
            yield self._holding("text", _with_gaps(prefix), enough)
            # homophones: another character with the same sound (全秋通, 刘量包)
            yield self._holding("pinyin", re.escape(full_pinyin(prefix)), enough)
        if len(prefix) >= _NEAR_FROM:
            choices = [e.pinyin for e in self._entries] if latin else self._texts
            found = process.extract(
                prefix, choices, scorer=fuzz.ratio, limit=20, score_cutoff=_NEAR
            )
            yield [row for _, _, row in found]

    def _starting(self, name: str, prefix: str, enough: int) -> list[int]:
        lines = self._sorted[name]
        start = bisect.bisect_left(lines, (prefix, -1))
        rows = []
        for text, row in itertools.islice(lines, start, start + 4 * enough):
            if not text.startswith(prefix):
                break
            rows.append(row)
        return rows

    def _holding(self, name: str, pattern: str, enough: int) -> list[int]:
        rows: dict[int, None] = {}
        starts = self._starts[name]
        for match in re.finditer(pattern, self._joined[name]):
            rows[bisect.bisect_right(starts, match.start()) - 1] = None
            if len(rows) >= enough:
                break
        return list(rows)

    def _visible(
        self, order: Sequence[int], wanted: Filter, limit: int
    ) -> list[tuple[SuggestEntry, ItemVersion]]:
        found: list[tuple[SuggestEntry, ItemVersion]] = []
        shown: set[str] = set()
        for row in order:
            entry = self._entries[row]
            if entry.item_id in shown:
                continue
            held = next(iter(self._searcher.items([entry.item_id], wanted)), None)
            if held is None or held.version != entry.version:
                continue
            if entry.kind == "question" and not _may_read(held.item, entry.text, wanted.audience):
                continue
            shown.add(entry.item_id)
            found.append((entry, held))
            if len(found) == limit:
                break
        return found


def _may_read(item: KnowledgeItem, question: str, audience: Audience) -> bool:
    """Whether a known question stands where a reader may read: it tells what a facet says."""
    return question in item.similar_questions or any(
        question in facet.questions and audience.may_read(facet.audience) for facet in item.facets
    )


def _with_gaps(prefix: str) -> str:
    """A pattern of the characters in order with up to 12 others before each but the first.

    A gap never holds the character that ends it, so there is one way to match and nothing to try
    again: typing the same letter thirty times costs no more than other letters.
    """
    gaps = (rf"[^\n{sign}]{{0,12}}{sign}" for sign in map(re.escape, prefix[1:]))
    return re.escape(prefix[0]) + "".join(gaps)


def _line_starts(joined: str) -> list[int]:
    starts = [0]
    for match in re.finditer("\n", joined):
        starts.append(match.end())
    return starts
