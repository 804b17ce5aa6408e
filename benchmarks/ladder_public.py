"""The ladder of ranking on a set in BEIR layout; its index is built once and kept where asked."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.rungs import Climber, rungs_for
from benchmarks.side_by_side import Say, Way, ask, steps
from corpora.versions import ItemVersion
from eval.beir import asked, item_of
from eval.beir_set import BeirSet, read_beir
from eval.measures import BEIR_MEASURES, per_query
from indexer import build
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.encoders.protocol import Encoder
from indexer.errors import IndexingError
from indexer.release import Release
from retriever.backends.embedded import EmbeddedSearcher
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.retriever import Retriever

_DEEPEST: Final = 10
_ANY_DAY: Final = Filter(dt.date(2000, 1, 1))  # the documents hold on every day
_CREATED_AT: Final = "2000-01-01T00:00:00"  # names the version: no clock in what is kept


@dataclass(frozen=True, slots=True)
class _Ask:
    text: str
    dropped: frozenset[str]


def public_ladder(
    folder: Path, encoder: Encoder, cache: Path, say: Say, report: build.Report = build.ignore
) -> dict[str, Any]:
    """The steps on the set in ``folder``, with the shipped constants, as ``zhiku eval beir`` asks it."""
    beir = read_beir(folder)
    items = {item.id: key.id for key in beir.documents if (item := item_of(key)) is not None}
    searcher = _opened(beir, encoder, cache, report)
    try:

        def way(climber: Climber) -> Way[_Ask, list[str]]:
            def call(one: _Ask) -> list[str]:
                try:
                    found = climber.found(one.text, _ANY_DAY, _DEEPEST + len(one.dropped))
                except BadQuery:
                    return []
                ids = [items[item_id] for item_id in found]
                return [key for key in ids if key not in one.dropped][:_DEEPEST]

            return Way(climber.rung.name, call)

        ways = [way(Climber(rung, searcher, encoder)) for rung in rungs_for(searcher)]
        judged = [query_id for query_id in beir.queries if query_id in beir.qrels]
        none: frozenset[str] = frozenset()
        todo = [_Ask(asked(beir.queries[q]), beir.dropped.get(q, none)) for q in judged]
        ask(ways, todo, say)
    finally:
        searcher.close()
    values = [
        per_query(beir.qrels, dict(zip(judged, one.gave, strict=True)), BEIR_MEASURES)
        for one in ways
    ]
    return {
        "set": folder.resolve().name,
        "items": len(items),
        "questions": len(beir.qrels),
        "groups": len(beir.qrels),
        "steps": steps(ways, values, {query_id: query_id for query_id in beir.qrels}),
    }


def _opened(beir: BeirSet, encoder: Encoder, cache: Path, report: build.Report) -> EmbeddedSearcher:
    """The set's index from ``cache``; built anew where there is none that this code can use."""
    place = cache / f"{_digest(beir)}-{encoder.fingerprint}"
    try:
        searcher = EmbeddedSearcher.open_current(place)
    except IndexingError:
        return _built(beir, encoder, place, report)
    try:
        Retriever(searcher, encoder)  # says whether its analyzer is today's
    except IndexingError:
        searcher.close()
        return _built(beir, encoder, place, report)
    return searcher


def _built(beir: BeirSet, encoder: Encoder, place: Path, report: build.Report) -> EmbeddedSearcher:
    # vectors of its own: the projection of token vectors is learned with the first that a cache takes in
    vectors = place.with_name(f"{place.name}-vectors")
    held = [ItemVersion(i, 1) for key in beir.documents if (i := item_of(key)) is not None]
    writer = EmbeddedWriter(place)
    built = build.stage(
        Release(tuple(held)), encoder, writer, vectors, created_at=_CREATED_AT, report=report
    )
    writer.publish(built.version)
    return EmbeddedSearcher.open_current(place)


def _digest(beir: BeirSet) -> str:
    state = hashlib.blake2b(digest_size=8)
    for document in beir.documents:
        state.update(repr((document.id, document.title, document.text)).encode())
    return state.hexdigest()
