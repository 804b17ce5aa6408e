"""An index at scale: generated knowledge, built by the product's own writer, timed part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.encoders import ROOT
from benchmarks.items import PASSAGES_AN_ITEM, held_items
from benchmarks.vectors import Cloud, TokenCloud, projection
from corpora.knowledge import Knowledge
from corpora.loader import load
from corpora.types import CorporaError
from corpora.versions import ItemVersion
from indexer.analyzer import Analyzer
from indexer.backends.embedded import lexical, vectors
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.backends.protocol import StagedContent
from indexer.encoders.protocol import Encoder
from indexer.passages import passages_of
from indexer.release import Release
from indexer.token_vectors import TOKEN_DIM

SEED: Final = 20251101
_CREATED: Final = "2025-11-01T00:00:00"


@dataclass(frozen=True, slots=True)
class Place:
    """A built index, what it was made from and how long each part took."""

    folder: Path
    held: list[ItemVersion]
    cloud: Cloud
    passages: int
    seconds: dict[str, float]
    disk_mb: dict[str, float]


def read_corpora() -> Knowledge:
    """The shipped corpora; empty ones where they cannot be read."""
    try:
        return load(ROOT / "corpora").knowledge
    except CorporaError:
        return Knowledge()


def build(folder: Path, items: int, encoder: Encoder) -> Place:
    """Generates, stages and publishes ``items`` items in ``folder``."""
    held = held_items(items, SEED)
    shipped = read_corpora()
    lexicon, regions = shipped.lexicon, shipped.regions
    cloud = Cloud(items, PASSAGES_AN_ITEM, encoder.dim, SEED)
    analyzer = Analyzer(lexicon.words)
    clock = Clock()
    with clock.timed("passages"):
        passages = [passage for one in held for passage in passages_of(one)]
    if len(passages) != items * PASSAGES_AN_ITEM:
        raise RuntimeError(f"{items} items gave {len(passages)} passages")
    with clock.timed("terms"):
        terms = [analyzer.terms(passage.indexed_text) for passage in passages]
    content = StagedContent(
        release=Release(tuple(held), (), lexicon, regions),
        passages=passages,
        terms=terms,
        vectors=cloud.passages(),
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        analyzer_fingerprint=analyzer.fingerprint,
        created_at=_CREATED,
        token_vectors=TokenCloud([len(p.indexed_text) for p in passages], TOKEN_DIM, SEED),
        projection=projection(encoder.dim, SEED),
    )
    writer = EmbeddedWriter(folder)
    with (
        clock.spying(lexical, "build", "lexical"),
        clock.spying(vectors, "build", "vectors"),
        clock.timed("stage"),
    ):
        version = writer.stage(content)
    clock.seconds["other"] = (
        clock.seconds.pop("stage") - clock.seconds["lexical"] - clock.seconds["vectors"]
    )
    with clock.timed("publish"):
        writer.publish(version)
    clock.seconds["total"] = sum(clock.seconds.values())
    return Place(
        folder=folder,
        held=held,
        cloud=cloud,
        passages=len(passages),
        seconds={name: round(value, 3) for name, value in clock.seconds.items()},
        disk_mb=_disk(folder / "versions" / version),
    )


class Clock:
    """Seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    @contextmanager
    def spying(self, module: Any, function: str, name: str) -> Iterator[None]:
        """Counts the time spent in ``module.function`` while the block runs."""
        original: Callable[..., Any] = getattr(module, function)
        self.seconds.setdefault(name, 0.0)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.timed(name):
                return original(*args, **kwargs)

        setattr(module, function, timed)
        try:
            yield
        finally:
            setattr(module, function, original)


def _disk(version: Path) -> dict[str, float]:
    """Megabytes by part: the lexical index, exact vectors, codes, and the files of texts."""
    sizes: dict[str, int] = {}
    for file in version.rglob("*"):
        if file.is_file():
            relative = file.relative_to(version)
            part = "lexical" if relative.parts[0] == "lexical" else relative.name
            sizes[part] = sizes.get(part, 0) + file.stat().st_size
    sizes["total"] = sum(sizes.values())
    return {name: round(size / 1e6, 2) for name, size in sorted(sizes.items())}
