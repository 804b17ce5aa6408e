"""The ``Searcher`` of the embedded engine, over one immutable version folder."""

from __future__ import annotations

import math
import mmap
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from corpora import serial
from corpora.lexicon import Lexicon
from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.types import FacetKind
from corpora.versions import ItemVersion
from indexer.backends.embedded.files import SALES, TEMPLATE_VERSIONS, TOKENS
from indexer.backends.embedded.folder import IndexFolder, open_manifest
from indexer.backends.embedded.lexical import LexicalIndex, RowFilter, Sieve
from indexer.backends.embedded.vectors import Allowed, VectorPartition, best_rows, rows_by_codes
from indexer.backends.naming import LIBRARIES
from indexer.errors import IndexDamaged
from indexer.manifest import Manifest
from indexer.token_vectors import Projection
from retriever.backends.held_items import HeldEntry, HeldItems
from retriever.backends.protocol import Sought
from retriever.beside import BESIDE
from retriever.filters import Filter
from retriever.kept import Kept
from retriever.types import FoundPassage, Match, SuggestEntry

_FILTERS_KEPT: Final = 64
_CLAUSE_UP_TO: Final = 0.5  # a value that more rows have is dropped afterwards, not asked for
_ANY_DAY: Final = (None, None)
_FACETS: Final = {kind.value: kind for kind in FacetKind}  # calling an enum costs more than parsing
_UNREADABLE: Final = (
    *(OSError, ValueError, KeyError, TypeError, EOFError),
    *(RuntimeError, zipfile.BadZipFile),  # FAISS and NumPy
)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A filter in this version's small numbers; ``sieve`` is None when every row passes.

    ``allowed`` has, for each partition that holds a row that passes, which of its rows do.
    """

    rows: RowFilter
    sieve: Sieve | None
    allowed: tuple[tuple[int, VectorPartition, Allowed | None], ...]

    @property
    def is_empty(self) -> bool:
        """Whether no row passes."""
        return not self.allowed


class EmbeddedSearcher:
    """Reads one published version; everything large stays on disk and is mapped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: Manifest = open_manifest(path)
        try:
            self._open()
        except _UNREADABLE as error:
            raise IndexDamaged(
                f"索引无法打开：{path}（{error}）；请运行 zhiku index build 重建"
            ) from error

    @staticmethod
    def open_current(root: Path) -> EmbeddedSearcher:
        """Opens the published version of an index folder."""
        folder = IndexFolder(root)
        return EmbeddedSearcher(folder.version_path(folder.require_current()))

    def _open(self) -> None:
        path = self.path
        self._lexical = LexicalIndex(path / "lexical")
        with np.load(path / "rows.npz") as archive:
            # bound once: an npz decompresses an array at every access
            self._columns = {name: archive[name] for name in archive.files}
        self._offsets = self._columns.pop("offsets")
        self._row_regions: list[str] = orjson.loads((path / "row_regions.json").read_bytes())
        self._ids = (path / "passage_ids.txt").read_text(encoding="utf-8").split("\n")[:-1]
        self._rows = {passage_id: row for row, passage_id in enumerate(self._ids)}
        self._passages = mapped(path / "passages.jsonl")
        # the reader of items must not hold the searcher: a circle is only closed much later
        texts = self._item_texts = mapped(path / "items.jsonl")
        self._items = HeldItems(
            map(HeldEntry.from_json, (path / "item_index.jsonl").read_bytes().splitlines()),
            orjson.loads((path / "codes.json").read_bytes()),
            lambda entries: [texts[entry.start : entry.end] for entry in entries],
        )
        self.lexicon: Lexicon = serial.lexicon_from((path / "lexicon.json").read_bytes())
        self.regions: Regions = serial.regions_from((path / "regions.json").read_bytes())
        self.templates: dict[str, PushTemplate] = {}
        for line in (path / "templates.jsonl").read_bytes().splitlines():
            template = serial.template_from(line)
            self.templates[template.id] = template
        self.template_versions: dict[str, int] = {}
        if (kept := path / TEMPLATE_VERSIONS).is_file():  # not in versions that were made before
            self.template_versions = orjson.loads(kept.read_bytes())
        self._suggestions = tuple(
            SuggestEntry(**orjson.loads(line))
            for line in (path / "suggest.jsonl").read_bytes().splitlines()
        )
        self._partitions: list[tuple[int, VectorPartition]] = []
        for partition in self.manifest.partitions:
            folder = path / partition.library
            matrix = np.load(folder / "vectors.npy", mmap_mode="r")
            codes = folder / "codes.faiss" if partition.vector_index == "rabitq" else None
            self._partitions.append((partition.first_row, VectorPartition(matrix, codes)))
        self._first_rows = np.array([first for first, _ in self._partitions], dtype=np.int64)
        self._tokens: NDArray[np.int8] | None = None
        self.projection: Projection | None = None
        if self.manifest.token_dim:
            self._token_starts: NDArray[np.int64] = np.load(path / "token_starts.npy")
            shape = (int(self._token_starts[-1]), self.manifest.token_dim)
            # seen as a plain array: a question cuts hundreds of pieces out of it, and a memmap's cost more
            self._tokens = np.asarray(
                np.memmap(path / TOKENS, dtype=np.int8, mode="r", shape=shape)
            )
        if (path / "projection.npy").is_file():
            self.projection = Projection(np.load(path / "projection.npy"))
        self._filters: Kept[_Prepared] = Kept(_FILTERS_KEPT)

    # --- filters -------------------------------------------------------------------------------

    def _prepared(self, wanted: Filter) -> _Prepared:
        return self._filters.get(wanted, lambda: self._prepare(wanted))

    def _prepare(self, wanted: Filter) -> _Prepared:
        begins, ends_from = _span(wanted)
        libraries = tuple(n for n, name in enumerate(LIBRARIES) if name in wanted.libraries)
        regions = tuple(
            n for n, region in enumerate(self._row_regions) if wanted.allows_region(region)
        )
        sales = tuple(n for n, sale in enumerate(SALES) if sale in wanted.sale_statuses)
        columns = self._columns
        level = wanted.audience.level
        checks = {
            "span": _within(columns, begins, ends_from),
            "audience": columns["audience"] <= level,
        }
        if wanted.libraries:
            checks["libraries"] = np.isin(columns["library"], libraries)
        if len(regions) < len(self._row_regions):
            checks["regions"] = np.isin(columns["region"], regions)
        if wanted.sale_statuses:
            checks["sales"] = np.isin(columns["sale"], sales)
        # only a check that excludes something costs the engine anything
        needed = {name for name, passes in checks.items() if not passes.all()}
        mask = np.logical_and.reduce([checks[name] for name in needed]) if needed else None
        rows = RowFilter(
            libraries=libraries if "libraries" in needed else None,
            audience_up_to=level if "audience" in needed else None,
            regions=regions if "regions" in needed else None,
            sales=sales if "sales" in needed else None,
            begins=begins if "span" in needed else _ANY_DAY,
            ends_from=ends_from if "span" in needed else None,
        )
        narrow = {name for name in needed if checks[name].mean() <= _CLAUSE_UP_TO}
        first = RowFilter(
            libraries=rows.libraries if "libraries" in narrow else None,
            audience_up_to=None,
            regions=rows.regions if "regions" in narrow else None,
            sales=rows.sales if "sales" in narrow else None,
            begins=_ANY_DAY,
            ends_from=None,
        )
        asked = [checks[name] for name in narrow - {"span", "audience"}]
        sieve = _sieve(first, asked, mask) if mask is not None else None
        return _Prepared(rows, sieve, self._allowed(mask))

    def _allowed(
        self, mask: NDArray[np.bool_] | None
    ) -> tuple[tuple[int, VectorPartition, Allowed | None], ...]:
        if mask is None:
            return tuple((first, partition, None) for first, partition in self._partitions)
        found = []
        for first, partition in self._partitions:
            own = mask[first : first + len(partition)]
            if own.any():
                found.append((first, partition, partition.allowed(own)))
        return tuple(found)

    # --- engines -------------------------------------------------------------------------------

    def _best(self, rows: Sequence[int], scores: Sequence[float], k: int) -> list[Match]:
        # tuples sort without calling back: these lists are sorted at every question
        ranked = sorted((-score, self._ids[row]) for row, score in zip(rows, scores, strict=True))
        return [Match(passage_id, -score) for score, passage_id in ranked[:k]]

    def lexical(self, terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        """See ``Searcher``."""
        prepared = self._prepared(wanted)
        if k < 1 or prepared.is_empty:
            return []
        found = self._lexical.search(terms, k, prepared.rows, prepared.sieve)
        return self._best([row for row, _ in found], [score for _, score in found], k)

    def semantic(self, vector: NDArray[np.float32], wanted: Filter, k: int) -> list[Match]:
        """See ``Searcher``."""
        prepared = self._prepared(wanted)
        if k < 1 or prepared.is_empty:
            return []
        near: list[NDArray[np.int64]] = []
        scanned = [one for one in prepared.allowed if one[1].scanned]
        coded = [one for one in prepared.allowed if not one[1].scanned]
        if scanned:
            found = [(first, *part.scan(vector, k, own)) for first, part, own in scanned]
            rows = np.concatenate([first + local for first, local, _ in found])
            near.append(best_rows(rows, np.concatenate([scores for *_, scores in found]), k)[0])
        if coded:
            by_codes = rows_by_codes([(part, own) for _, part, own in coded], vector, k)
            near += [first + rows for (first, *_), rows in zip(coded, by_codes, strict=True)]
        rows = np.concatenate(near)
        scores = self._exact(vector, rows)
        rows, scores = best_rows(rows, scores, k)
        return self._best(rows.tolist(), scores.tolist(), k)

    def both(
        self, terms: Sequence[str], sought: Sought, wanted: Filter, k: int
    ) -> tuple[list[Match], list[Match]]:
        """See ``Searcher``; words are looked for beside the encoding and scanning of vectors."""
        self._prepared(wanted)  # or two threads would make it ready
        words = BESIDE.begun(lambda: self.lexical(terms, wanted, k))
        vector = sought()
        meaning = self.semantic(vector, wanted, k) if vector is not None else []
        return words(), meaning

    def _exact(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The exact cosine of each row."""
        scores = np.empty(len(rows), dtype=np.float32)
        places = np.searchsorted(self._first_rows, rows, side="right") - 1
        for place in np.unique(places).tolist():
            first, partition = self._partitions[place]
            own = places == place
            scores[own] = partition.scores(vector, rows[own] - first)
        return scores

    def cosines(self, vector: NDArray[np.float32], passage_ids: Sequence[str]) -> list[Match]:
        """See ``Searcher``."""
        known = [p for p in passage_ids if p in self._rows]
        rows = np.array([self._rows[p] for p in known], dtype=np.int64)
        scores = self._exact(vector, rows).tolist()
        return [Match(p, score) for p, score in zip(known, scores, strict=True)]

    def term_weights(self, terms: Sequence[str]) -> list[float]:
        """See ``Searcher``."""
        total = self._lexical.rows
        return [
            math.log(1.0 + (total - df + 0.5) / (df + 0.5))
            for df in self._lexical.document_frequencies(terms)
        ]

    # --- content -------------------------------------------------------------------------------

    def fetch(self, passage_ids: Sequence[str]) -> list[FoundPassage]:
        """See ``Searcher``."""
        found: list[FoundPassage] = []
        for passage_id in passage_ids:
            row = self._rows.get(passage_id)
            if row is None:
                continue
            raw = orjson.loads(self._passages[self._offsets[row] : self._offsets[row + 1]])
            raw["facet"] = _FACETS[raw["facet"]] if raw["facet"] else None
            found.append(FoundPassage(**raw))
        return found

    def token_vectors(self, passage_ids: Sequence[str]) -> dict[str, NDArray[np.int8]]:
        """See ``Searcher``."""
        if self._tokens is None:
            return {}
        return {
            p: self._tokens[self._token_starts[row] : self._token_starts[row + 1]]
            for p in passage_ids
            if (row := self._rows.get(p)) is not None
        }

    def items(self, item_ids: Sequence[str], wanted: Filter) -> list[ItemVersion]:
        """See ``Searcher``."""
        return self._items.items(item_ids, wanted)

    def family(self, families: Sequence[str], wanted: Filter) -> dict[str, list[ItemVersion]]:
        """See ``Searcher``."""
        return self._items.family(families, wanted)

    def by_code(self, code: str, wanted: Filter) -> list[ItemVersion]:
        """See ``Searcher``."""
        return self._items.by_code(code, wanted)

    def suggestions(self) -> Sequence[SuggestEntry]:
        """See ``Searcher``."""
        return self._suggestions

    def close(self) -> None:
        """See ``Searcher``."""
        unmap(self._passages)
        unmap(self._item_texts)


def _span(wanted: Filter) -> tuple[tuple[int | None, int | None], int | None]:
    """Between which days, as ordinals, a row may begin, and from when on it may end."""
    day = wanted.as_of.toordinal()
    if wanted.begins_by is not None:
        return (day + 1, wanted.begins_by.toordinal()), None
    return (None, day), day


def _within(
    columns: Mapping[str, NDArray[Any]],
    begins: tuple[int | None, int | None],
    ends_from: int | None,
) -> NDArray[np.bool_]:
    first, last = begins
    found: NDArray[np.bool_] = columns["valid_from"] <= last
    if first is not None:
        found &= columns["valid_from"] >= first
    if ends_from is not None:
        found &= columns["valid_to"] >= ends_from
    return found


def _sieve(first: RowFilter, asked: Sequence[NDArray[np.bool_]], mask: NDArray[np.bool_]) -> Sieve:
    """The filter in two steps, of which the engine takes what ``asked`` says."""
    passing = int(np.count_nonzero(np.logical_and.reduce(asked))) if asked else len(mask)
    return Sieve(first, mask, int(np.count_nonzero(mask)) / max(1, passing))


def mapped(path: Path) -> mmap.mmap | bytes:
    """A file's bytes, mapped; an empty file cannot be mapped."""
    if path.stat().st_size == 0:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def unmap(held: mmap.mmap | bytes) -> None:
    """Releases what ``mapped`` gave."""
    if isinstance(held, mmap.mmap):
        held.close()
