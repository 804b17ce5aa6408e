"""Fills new indices and finishes them: complete, durable, merged, and as small as they can be."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from indexer.backends.elastic import bodies
from indexer.backends.elastic.client import Cluster
from indexer.backends.elastic.versions import Versions
from indexer.errors import IndexingError

TRIM_FROM: Final = 20_000
"""Documents from which the end of an index's history is waited for, see ``_forget``: up to a minute, once
for all indices of a build, against some 13 KB a document (260 MB) in every copy of every version."""
_HISTORY_ENDS_WITHIN: Final = (
    120.0  # seconds; the cluster looks twice a minute, and needs to look twice
)
_LOOK_EVERY: Final = 1.0

Documents = Iterable[tuple[str, Mapping[str, Any]]]


class Filling:
    """The new indices of one version, from their first document until they are only read."""

    def __init__(self, cluster: Cluster, versions: Versions, *, trim_from: int = TRIM_FROM) -> None:
        self._cluster = cluster
        self._versions = versions
        self._trim_from = trim_from
        self._filled: list[str] = []
        self._trimmed: list[str] = []

    def fill(self, name: str, mapping: Mapping[str, Any], documents: Documents, count: int) -> None:
        """A new index with ``count`` documents; ``IndexingError`` if it took fewer."""
        settings = bodies.building_settings(self._cluster.access.shards)
        self._cluster.create_if_missing(name, settings, mapping)
        written, rest = 0, iter(documents)
        if count >= self._trim_from:
            # the first becomes a segment of its own: where only one is, a merge changes nothing
            written = self._cluster.bulk(name, islice(rest, 1))
            self._refresh(name)
            self._trimmed.append(name)
        written += self._cluster.bulk(name, rest)
        self._refresh(name)
        held = self._versions.document_counts([name])[name]
        if not written == held == count:
            raise IndexingError(
                f"{self._cluster.name} 的 {name} 收下了 {count} 个文档里的 {held} 个；没有发布，请再建一次"
            )
        self._filled.append(name)

    def finish(self) -> None:
        """Makes what was filled durable, then as small and quick as it can be, and ends writing to it."""
        if self._trimmed:
            self._forget(self._trimmed)
        for name in self._filled:
            self._end(name)

    def _end(self, name: str) -> None:
        # one segment: never changed again, it is searched fastest and scores the same on every copy
        self._ask(lambda client: client.indices.forcemerge(index=name, max_num_segments=1))
        self._refresh(name)
        self._flush(name)
        settings = bodies.serving_settings(self._cluster.access.replicas)
        self._ask(lambda client: client.indices.put_settings(index=name, settings=settings))

    def _forget(self, names: Sequence[str]) -> None:
        """Waits until the cluster keeps no history of ``names`` any more.

        Elasticsearch keeps every document as it was sent for copies that are away for a short time
        ("retention leases"), and drops it in a merge after they end. A finished index is merged no
        more, so what is not over now would stay for good. Nothing but size depends on it.
        """
        for name in names:
            self._flush(name)  # what is not safe on the disk is history still
        deadline = time.monotonic() + _HISTORY_ENDS_WITHIN
        while time.monotonic() < deadline:
            found = self._ask(
                lambda client: client.indices.stats(index=",".join(names), level="shards")
            )
            if not any(map(_is_kept, _shards(found))):
                return
            time.sleep(_LOOK_EVERY)

    def _refresh(self, name: str) -> None:
        self._ask(lambda client: client.indices.refresh(index=name))

    def _flush(self, name: str) -> None:
        self._ask(lambda client: client.indices.flush(index=name, wait_if_ongoing=True))

    def _ask(self, request: Any) -> Any:
        return self._cluster.ask(request, patient=True)


def _shards(found: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The statistics of every shard."""
    return chain.from_iterable(
        chain.from_iterable(index["shards"].values()) for index in found["indices"].values()
    )


def _is_kept(shard: Mapping[str, Any]) -> bool:
    """Whether a lease keeps any operation of a shard."""
    newest = shard["seq_no"]["max_seq_no"]
    return any(lease["retaining_seq_no"] <= newest for lease in shard["retention_leases"]["leases"])
