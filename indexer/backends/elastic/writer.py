"""Writes versions to a cluster: everything new is durable before the alias points at it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from indexer.backends.elastic import bodies
from indexer.backends.elastic.client import Cluster
from indexer.backends.elastic.filling import TRIM_FROM, Filling
from indexer.backends.elastic.lease import WriterLease
from indexer.backends.elastic.names import RELEASE, checked, index_name, version_of
from indexer.backends.elastic.release import release_documents
from indexer.backends.elastic.versions import Versions
from indexer.backends.naming import LIBRARIES, row_order, version_name
from indexer.backends.protocol import StagedContent
from indexer.errors import IndexingError
from indexer.manifest import Manifest, Partition

_KEEP_VERSIONS: Final = 2
_FOR_COPIES: Final = "120s"  # copies are made while the version before still serves


class ElasticWriter:
    """The ``IndexWriter`` on Elasticsearch."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        flat_up_to: int = bodies.FLAT_UP_TO,
        trim_from: int = TRIM_FROM,
    ) -> None:
        self._cluster = cluster
        self._versions = Versions(cluster)
        self._flat_up_to = flat_up_to
        self._trim_from = trim_from

    def current(self) -> str | None:
        """The published version's name."""
        return self._versions.current()

    def stage(self, content: StagedContent) -> str:
        """Fills new indices, makes them durable, then declares the version whole."""
        with WriterLease(self._cluster) as lease:
            order = row_order(content)
            version = version_name(content, order)
            self._remove_unpublished()
            if self._is_whole(version):
                return version
            self._versions.delete(self._own_indices(version))
            manifest = self._write(version, content, order, lease)
            lease.require()
            self._versions.complete(version, manifest)
            return version

    def _is_whole(self, version: str) -> bool:
        try:
            self._versions.check(self._versions.manifest(version))
        except IndexingError:
            return False
        return True

    def _own_indices(self, version: str) -> list[str]:
        """The indices that were written for a version, but those that another one uses too."""
        used = {
            name
            for other, manifest in self._versions.whole().items()
            if other != version
            for name in manifest.files
        }
        named = [
            (name, version_of(self._cluster.alias, name)) for name in self._versions.all_indices()
        ]
        return [name for name, of in named if of and of[0] == version and name not in used]

    def _remove_unpublished(self) -> None:
        """Deletes what a killed writer left, and all but the newest versions and the current one."""
        whole = self._versions.whole()
        kept = set(sorted(whole, reverse=True)[:_KEEP_VERSIONS])
        if (current := self._versions.current()) is not None:
            kept.add(current)
        used = {name for version in kept if version in whole for name in whole[version].files}
        used.update(self._versions.published())
        self._versions.delete(set(self._versions.all_indices()) - used)

    def _write(
        self, version: str, content: StagedContent, order: Sequence[int], lease: WriterLease
    ) -> Manifest:
        before = self._reusable()
        filling = Filling(self._cluster, self._versions, trim_from=self._trim_from)
        files: dict[str, str] = {}
        partitions: list[Partition] = []
        first = 0
        for library in LIBRARIES:
            rows = [n for n in order if content.passages[n].sub_library is library]
            if not rows:
                continue
            digest = _digest(content, rows)
            kind = "flat" if len(rows) <= self._flat_up_to else "int8_hnsw"
            mark = f"{len(rows)}:{kind}:{digest}"
            name = before.get(mark)
            if name is None:
                name = index_name(self._cluster.alias, version, library.value)
                mapping = bodies.passage_mapping(int(content.vectors.shape[1]), kind)
                lease.require()  # one that was taken over would fill what the other one deletes
                filling.fill(name, mapping, _passages(content, rows), len(rows))
            files[name] = mark
            partitions.append(
                Partition(
                    library=library.value,
                    first_row=first,
                    rows=len(rows),
                    items=len({content.passages[n].item_id for n in rows}),
                    content=digest,
                    vector_index=kind,
                )
            )
            first += len(rows)
        name = index_name(self._cluster.alias, version, RELEASE)
        documents = list(release_documents(content))
        filling.fill(name, bodies.release_mapping(), documents, len(documents))
        filling.finish()
        files[name] = f"{len(documents)}:{RELEASE}"
        return content.manifest(version, partitions, files)

    def _reusable(self) -> dict[str, str]:
        """What the sub-libraries of the current version hold → their indices."""
        current = self._versions.current()
        manifest = self._versions.whole().get(current) if current else None
        if manifest is None:
            return {}
        try:
            self._versions.check(manifest)
        except IndexingError:
            return {}  # a damaged index must not live on in new versions
        return {mark: name for name, mark in manifest.files.items()}

    def publish(self, version: str) -> Manifest:
        """Checks the staged version once more, waits for its copies, then moves the alias."""
        manifest = self._versions.manifest(version)
        with WriterLease(self._cluster) as lease:
            self._versions.check(manifest)
            names = ",".join(manifest.files)
            self._cluster.ask(
                # 408: not all copies are there yet, and the version can serve without them
                lambda client: client.options(ignore_status=408).cluster.health(
                    index=names, wait_for_no_initializing_shards=True, timeout=_FOR_COPIES
                ),
                patient=True,
            )
            lease.require()
            self._versions.point_to(manifest)
        return manifest

    def discard(self, version: str) -> None:
        """Removes a staged version; the current one stays."""
        checked(version)
        with WriterLease(self._cluster):
            if version != self._versions.current():
                self._versions.delete(self._own_indices(version))


def _passages(
    content: StagedContent, rows: Sequence[int]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    sale_of = {h.key: h.item.sale_status for h in content.release.item_versions}
    for n in rows:
        passage = content.passages[n]
        document = bodies.passage_document(
            passage,
            sale_of[f"{passage.item_id}@{passage.version}"],
            content.terms[n],
            content.vectors[n].astype(np.float16),
            content.token_vectors[n] if content.token_vectors is not None else None,
        )
        yield bodies.document_id(passage.passage_id), document


def _digest(content: StagedContent, rows: Sequence[int]) -> str:
    """Everything that the documents of a sub-library are made from."""
    state = hashlib.blake2b(content.encoder_fingerprint.encode(), digest_size=16)
    state.update(content.analyzer_fingerprint.encode())
    sale_of = {h.key: h.item.sale_status for h in content.release.item_versions}
    for n in rows:
        passage = content.passages[n]
        sale = sale_of[f"{passage.item_id}@{passage.version}"]
        state.update(repr((passage, sale, tuple(content.terms[n]))).encode())
        state.update(content.vectors[n].astype(np.float16).tobytes())
        if content.token_vectors is not None:
            state.update(content.token_vectors[n].tobytes())
    return state.hexdigest()
