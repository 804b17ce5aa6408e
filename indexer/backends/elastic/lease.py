"""One writer at a time: a lease that a living writer renews, and that runs out when it is killed."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from indexer.backends.elastic.client import Cluster, Conflict
from indexer.errors import IndexBusy, IndexingError, IndexMissing

LEASE: Final = 60.0  # seconds without a renewal after which a writer counts as dead
_RENEWED: Final = 10.0
_DOCUMENT: Final = "writer"


class WriterLease:
    """Held while its block runs; ``IndexBusy`` where another writer holds it.

    Times are those of the machines that write; between two of them that differ by more than
    ``LEASE`` a takeover may come early, and the one that lost the lease publishes nothing.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._index = f"{cluster.alias}-lock"
        self._owner = uuid.uuid4().hex
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="zhiku-lease", daemon=True)
        self._seen: dict[str, Any] = {}
        self._extending = threading.Lock()
        self._lost = False

    def __enter__(self) -> Self:
        self._cluster.create_if_missing(
            self._index,
            {"auto_expand_replicas": "0-1", "number_of_shards": 1},
            {"dynamic": False, "properties": {"until": {"type": "double"}}},
        )
        try:
            self._write({"op_type": "create"})
        except Conflict:
            self._take_over()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._lost:
            return
        with suppress(IndexingError):  # it runs out by itself, and what was done is done
            self._cluster.ask(
                lambda client: client.delete(index=self._index, id=_DOCUMENT, **self._seen)
            )

    def _take_over(self) -> None:
        """Takes the place of a writer that was killed; ``IndexBusy`` while it may be alive."""
        found = self._read()
        if found is None:  # given back between our two requests
            self._write({"op_type": "create"})
            return
        holder = found["_source"]
        if holder["owner"] != self._owner and holder["until"] > time.time():
            left = max(1, round(holder["until"] - time.time()))
            raise IndexBusy(
                f"另一个进程（{holder['host']} 的 {holder['pid']}）正在 {self._cluster.name} 建索引；"
                f"请等它结束后再试；如果它已经被中止，{left} 秒后可以再建"
            )
        self._seen = _place_of(found)
        try:
            self._write(self._seen)
        except Conflict as error:
            raise IndexBusy(
                f"另一个进程刚刚开始在 {self._cluster.name} 建索引；请等它结束后再试"
            ) from error

    def _write(self, condition: dict[str, Any]) -> None:
        document = {
            "owner": self._owner,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "until": time.time() + LEASE,
        }
        written = self._cluster.ask(
            lambda client: client.index(
                index=self._index, id=_DOCUMENT, document=document, **condition
            )
        ).body
        self._seen = _place_of(written)

    def _read(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._cluster.ask(
                lambda client: client.get(index=self._index, id=_DOCUMENT, realtime=True)
            ).body
        except IndexMissing:
            return None
        return found

    def _renew(self) -> None:
        while not self._stop.wait(_RENEWED):
            # where the cluster is not reachable for now, the next renewal or ``require`` finds out
            with suppress(IndexingError):
                self._extend()
            if self._lost:
                return

    def _extend(self) -> None:
        with self._extending:
            try:
                self._write(self._seen)
            except Conflict:
                # ours after all where the answer to a renewal was lost, and it was sent again
                found = self._read()
                if found is None or found["_source"]["owner"] != self._owner:
                    self._lost = True
                else:
                    self._seen = _place_of(found)

    def require(self) -> None:
        """Before something that readers will see: ``IndexBusy`` where another writer took over."""
        self._extend()
        if self._lost:
            raise IndexBusy(
                f"建索引期间 {self._cluster.name} 被另一个进程接管；没有发布，请再建一次"
            )


def _place_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the next write of a document fail where another one came in between."""
    return {"if_seq_no": document["_seq_no"], "if_primary_term": document["_primary_term"]}
