"""The writer seam: whole versions are staged, then published at once or discarded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpora.versions import ItemVersion
from indexer.manifest import Manifest, Partition
from indexer.passages import Passage
from indexer.release import Release
from indexer.token_vectors import Projection


@dataclass(frozen=True, slots=True)
class StagedContent:
    """What a version holds; ``terms``, ``vectors`` and ``token_vectors`` go with ``passages``.

    ``vectors`` is (n, dim); ``token_vectors`` is absent, or one int8 matrix (tokens, token_dim) a
    passage, with the ``projection`` that made them. ``ValueError`` where they do not fit together or two passages have one id.
    """

    release: Release
    passages: Sequence[Passage]
    terms: Sequence[Sequence[str]]
    vectors: NDArray[np.float32]
    encoder: str
    encoder_fingerprint: str
    analyzer_fingerprint: str
    created_at: str
    token_vectors: Sequence[NDArray[np.int8]] | None = None
    projection: Projection | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.passages), len(self.terms), len(self.vectors)}
        if self.token_vectors is not None:
            lengths.add(len(self.token_vectors))
        if len(lengths) > 1:
            raise ValueError(f"passages, terms and vectors differ in number: {sorted(lengths)}")
        if len({passage.passage_id for passage in self.passages}) < len(self.passages):
            raise ValueError("two passages have the same id")

    def manifest(
        self, version: str, partitions: Sequence[Partition], files: Mapping[str, str]
    ) -> Manifest:
        """What a writer says of a version that it wrote this content to."""
        term_counts = [len(terms) for terms in self.terms]
        return Manifest(
            version=version,
            created_at=self.created_at,
            encoder=self.encoder,
            encoder_fingerprint=self.encoder_fingerprint,
            dim=int(self.vectors.shape[1]),
            analyzer_fingerprint=self.analyzer_fingerprint,
            items=self.release.item_count,
            passages=len(self.passages),
            mean_terms=float(np.mean(term_counts)) if term_counts else 0.0,
            partitions=tuple(partitions),
            token_dim=int(self.token_vectors[0].shape[1]) if self.token_vectors else 0,
            files=dict(files),
        )


class IndexWriter(Protocol):
    """Builds versions at one place, one writer at a time (``IndexBusy`` otherwise).

    A staged version is invisible until ``publish``, which readers see whole or not at all. After a
    kill at any moment the last published version still serves, and the next ``stage`` cleans up.
    """

    def stage(self, content: StagedContent) -> str:
        """Writes a version durably and returns its name; ``IndexFull`` where there is no room."""
        ...

    def publish(self, version: str) -> Manifest:
        """Makes a staged version the current one."""
        ...

    def discard(self, version: str) -> None:
        """Removes a version that is not the current one."""
        ...

    def current(self) -> str | None:
        """The name of the published version, if there is one."""
        ...


class IndexPlace(Protocol):
    """Where versions are kept: what a deployment's index URL names, whatever the engine."""

    @property
    def name(self) -> str:
        """The place in words for people, without a password."""
        ...

    @property
    def cache(self) -> Path:
        """The folder of vectors that are known already, by content; always on this machine."""
        ...

    def writer(self) -> IndexWriter:
        """What builds versions here."""
        ...

    def current(self) -> str | None:
        """The published version's name, or None before the first publication."""
        ...

    def require_current(self) -> str:
        """The published version's name; ``IndexMissing`` tells how to make one."""
        ...

    def manifest(self, version: str) -> Manifest:
        """The manifest of a whole version, published or staged; ``IndexDamaged`` otherwise."""
        ...

    def held_versions(self) -> list[ItemVersion]:
        """All item versions of the published version; none before the first publication."""
        ...

    def close(self) -> None:
        """Releases connections."""
        ...
