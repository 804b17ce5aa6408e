"""A BEIR set through the product's own pipeline, with shipped constants and no switch per set."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from corpora.types import Facet, FacetKind, KnowledgeItem, SubLibrary
from corpora.versions import ItemVersion
from eval.beir_set import BeirDocument, BeirSet
from eval.intervals import mean_interval, rate_interval
from eval.latency import percentiles
from eval.measures import BEIR_MEASURES, per_query
from indexer import build
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.encoders.protocol import Encoder
from indexer.normalize import clean
from indexer.release import Release
from retriever.backends.embedded import EmbeddedSearcher
from retriever.errors import BadQuery
from retriever.filters import Filter
from retriever.retriever import Retriever
from retriever.understand import MAX_CHARACTERS

_TITLE: Final = 40  # characters of the text that stand for a title where there is none
_DEEPEST: Final = 10  # the largest cutoff among the measures
_ANY_DAY: Final = Filter(as_of=dt.date(2000, 1, 1))  # the documents hold on every day


@dataclass(frozen=True, slots=True)
class BeirRun:
    """What was ranked and how long it took; ``ranked`` holds document ids, best first."""

    ranked: Mapping[str, list[str]]
    documents: int
    latencies_ms: tuple[float, ...]
    build_seconds: float
    encoder: str


def item_of(document: BeirDocument) -> KnowledgeItem | None:
    """The document as an item, or None where it holds no text at all.

    Ids of documents may be anything, so the item's id is a digest of it.
    """
    title, text = document.title.strip(), document.text.strip()
    if not title and not text:
        return None
    digest = hashlib.blake2b(document.id.encode(), digest_size=12).hexdigest()
    wording = text or title
    return KnowledgeItem(
        id=f"b{digest}",
        title=title or text[:_TITLE].strip(),
        sub_library=SubLibrary.BUSINESS,
        facets=(Facet(FacetKind.OVERVIEW, official=wording, customer=wording),),
    )


def asked(text: str) -> str:
    """A query as the product takes it: what is beyond its limit is cut off, as a clerk would."""
    return clean(text)[:MAX_CHARACTERS]


def run_beir(
    beir: BeirSet,
    encoder: Encoder,
    folder: Path,
    *,
    created_at: str,
    report: build.Report = build.ignore,
) -> BeirRun:
    """Builds an index inside ``folder`` and asks every judged query; a query that the product
    refuses (an empty one) is a miss.
    """
    started = time.perf_counter()
    document_ids: dict[str, str] = {}
    items: list[ItemVersion] = []
    for document in beir.documents:
        item = item_of(document)
        if item is not None:
            document_ids[item.id] = document.id
            items.append(ItemVersion(item, 1))
    writer = EmbeddedWriter(folder / "index")
    built = build.stage(
        Release(tuple(items)),
        encoder,
        writer,
        folder / "cache",
        created_at=created_at,
        report=report,
    )
    writer.publish(built.version)
    searcher = EmbeddedSearcher.open_current(folder / "index")
    build_seconds = time.perf_counter() - started
    try:
        retriever = Retriever(searcher, encoder)
        ranked: dict[str, list[str]] = {}
        latencies: list[float] = []
        judged = [query_id for query_id in beir.queries if query_id in beir.qrels]
        for done, query_id in enumerate(judged, 1):
            dropped = beir.dropped.get(query_id, frozenset())
            before = time.perf_counter()
            try:
                page = retriever.search(
                    asked(beir.queries[query_id]), _ANY_DAY, _DEEPEST + len(dropped)
                )
            except BadQuery:
                ranked[query_id] = []
            else:
                latencies.append((time.perf_counter() - before) * 1000.0)
                found = [document_ids[hit.item_id] for hit in page.hits]
                ranked[query_id] = [key for key in found if key not in dropped][:_DEEPEST]
            report(build.Step("检索", done, len(judged)))
    finally:
        searcher.close()
    return BeirRun(ranked, len(items), tuple(latencies), build_seconds, encoder.name)


def scored(beir: BeirSet, run: BeirRun) -> dict[str, Any]:
    """The figures of a run, each judged query counting once; rates have Wilson intervals."""
    values = per_query(beir.qrels, run.ranked, BEIR_MEASURES)
    metrics: dict[str, float] = {}
    intervals: dict[str, dict[str, float]] = {}
    for name, of_queries in values.items():
        numbers = list(of_queries.values())
        is_rate = name.startswith("Success")
        interval = rate_interval(numbers) if is_rate else mean_interval(numbers)
        metrics[name] = round(interval.value, 6)
        intervals[name] = {
            "low": round(interval.low, 6),
            "high": round(interval.high, 6),
            "half_width": round(interval.half_width, 6),
        }
    return {
        "docs": len(beir.documents),
        "indexed": run.documents,
        "queries": len(beir.qrels),
        "metrics": metrics,
        "intervals": intervals,
        "latency_ms": percentiles(run.latencies_ms),
        "build_seconds": round(run.build_seconds, 2),
        "encoder": run.encoder,
        "notes": list(beir.notes),
    }
