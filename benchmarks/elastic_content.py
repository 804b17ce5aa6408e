"""Many small items for two engines: the generated ones, thinned, with vectors that cost nothing."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.items import held_items
from benchmarks.place import SEED, Clock, read_corpora
from benchmarks.vectors import Cloud, TokenCloud, projection
from corpora.types import Audience, Facet
from corpora.versions import ItemVersion
from indexer.analyzer import Analyzer
from indexer.backends.protocol import StagedContent
from indexer.encoders.protocol import Progress, Vectors
from indexer.passages import WINDOW, passages_of
from indexer.release import Release
from indexer.token_vectors import TOKEN_DIM
from retriever.filters import Filter

DIM: Final = 512
PASSAGES_AN_ITEM: Final = 2  # the title and one facet
CREATED: Final = "2025-11-01T00:00:00"
_ASKED: Final = 4096  # different vectors that questions may have


class CloudEncoder:
    """Gives every text some vector of the cloud's questions, always the same one, in no time."""

    name = "cloud:"
    dim = DIM
    fingerprint = f"cloud-{DIM}-{SEED}"

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._vectors = cloud.questions(_ASKED)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors[[zlib.crc32(text.encode()) % _ASKED for text in texts]]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if progress:
            progress(len(texts))
        return self.encode_queries(texts)


@dataclass(frozen=True, slots=True)
class Content:
    """What both engines are given, and how long it took to make."""

    staged: StagedContent
    held: list[ItemVersion]
    encoder: CloudEncoder
    seconds: dict[str, float]

    def passing(self, wanted: Filter) -> NDArray[np.bool_]:
        """Which passages a filter of day, audience and libraries lets through."""
        return np.fromiter(
            (
                p.valid_from <= wanted.as_of <= p.valid_to
                and p.audience.level <= wanted.audience.level
                and (not wanted.libraries or p.sub_library in wanted.libraries)
                for p in self.staged.passages
            ),
            dtype=np.bool_,
            count=len(self.staged.passages),
        )


def _thinned(held: ItemVersion) -> ItemVersion:
    """The item with its first facet alone, which only staff read: it needs no second wording."""
    first = held.item.facets[0]
    facet = Facet(first.kind, first.official[:WINDOW], audience=Audience.AGENT)
    item = replace(held.item, facets=(facet,), similar_questions=(), aliases=(), relations=())
    return replace(held, item=item)


def made(items: int, *, tokens: bool = False) -> Content:
    """``items`` items of two passages each, the same from the same seed."""
    clock = Clock()
    with clock.timed("items"):
        held = [_thinned(one) for one in held_items(items, SEED)]
    shipped = read_corpora()
    cloud = Cloud(items, PASSAGES_AN_ITEM, DIM, SEED)
    analyzer = Analyzer(shipped.lexicon.words)
    with clock.timed("passages"):
        passages = [passage for one in held for passage in passages_of(one)]
    if len(passages) != items * PASSAGES_AN_ITEM:
        raise RuntimeError(f"{items} items gave {len(passages)} passages")
    with clock.timed("terms"):
        terms = [analyzer.terms(passage.indexed_text) for passage in passages]
    with clock.timed("vectors"):
        vectors = cloud.passages()
    lengths = [len(passage.indexed_text) for passage in passages]
    encoder = CloudEncoder(cloud)
    staged = StagedContent(
        release=Release(tuple(held), (), shipped.lexicon, shipped.regions),
        passages=passages,
        terms=terms,
        vectors=vectors,
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        analyzer_fingerprint=analyzer.fingerprint,
        created_at=CREATED,
        token_vectors=TokenCloud(lengths, TOKEN_DIM, SEED) if tokens else None,
        projection=projection(DIM, SEED) if tokens else None,
    )
    return Content(staged, held, encoder, clock.seconds)
