"""Release → staged index version, in the order things happen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from indexer.analyzer import Analyzer
from indexer.backends.protocol import IndexWriter, StagedContent
from indexer.encoders.protocol import Encoder, Teachable
from indexer.manifest import Manifest
from indexer.passages import Passage, passages_of
from indexer.readings import FacetReader
from indexer.release import Release
from indexer.taught import taught_for
from indexer.vector_cache import VectorCache


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of a build: how many of ``total`` are done in the named step."""

    name: str
    done: int
    total: int


Report = Callable[[Step], None]


def ignore(step: Step) -> None:
    """A report that nobody reads."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did; ``encoded`` counts the passages whose vectors were not known before."""

    version: str
    passages: int
    encoded: int


def stage(
    release: Release,
    encoder: Encoder,
    writer: IndexWriter,
    cache: Path,
    *,
    created_at: str,
    fitted: Path | None = None,
    report: Report = ignore,
) -> Built:
    """Cuts, encodes and stages a release; nothing that readers see changes.

    ``created_at`` is an ISO time that names the version; ``cache`` is the folder of known vectors, where
    what a taught model reads is kept as well; ``fitted`` holds an operator's own.
    """
    analyzer = Analyzer(release.lexicon.words)
    passages: list[Passage] = []
    for done, held in enumerate(release.item_versions, 1):
        passages.extend(passages_of(held))
        if done % 500 == 0 or done == len(release.item_versions):
            report(Step("切分", done, len(release.item_versions)))
    terms = [analyzer.terms(passage.indexed_text) for passage in passages]
    texts = [passage.indexed_text for passage in passages]
    vectors = VectorCache(cache, encoder, tokens=True)
    try:
        missing = len(vectors.missing(texts))
        done = 0

        def encoded(count: int) -> None:
            nonlocal done
            done += count
            report(Step("向量", done, missing))

        new = vectors.fill(texts, encoded)
        matrix = vectors.vectors(texts)
        report(Step("写入", 0, 1))
        tokens = vectors.tokens(texts)
        version = writer.stage(
            StagedContent(
                release=release,
                passages=passages,
                terms=terms,
                vectors=matrix,
                encoder=encoder.name,
                encoder_fingerprint=encoder.fingerprint,
                analyzer_fingerprint=analyzer.fingerprint,
                created_at=created_at,
                token_vectors=tokens,
                projection=tokens.projection if tokens is not None else None,
            )
        )
    finally:
        vectors.close()
    report(Step("写入", 1, 1))
    _read(release, encoder, cache, fitted, report)
    return Built(version, len(passages), new)


def _read(
    release: Release, encoder: Encoder, cache: Path, fitted: Path | None, report: Report
) -> None:
    """Reads the facets with what the encoder was taught, so that nobody has to wait for it later."""
    items = {held.item.id for held in release.item_versions}
    taught = taught_for(encoder.fingerprint, fitted, items)
    if taught is not None and isinstance(encoder, Teachable):
        reader = FacetReader(encoder.with_values(taught.values), taught, cache)
        reader.fill(
            release.item_versions, lambda done, of: report(Step("读方面", done, of)), drop=True
        )


def per_library(manifest: Manifest) -> dict[str, dict[str, int]]:
    """Items and passages of each sub-library in a version."""
    return {
        partition.library: {"items": partition.items, "passages": partition.rows}
        for partition in manifest.partitions
    }
