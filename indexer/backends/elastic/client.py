"""The only door to the Elasticsearch client: asks, asks again where that helps, and tells errors."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from indexer.backends.elastic.address import parse_address
from indexer.errors import IndexFull, IndexingError, IndexRefused, IndexUnavailable
from indexer.location import ClusterSettings

try:
    from elastic_transport import ApiResponse
    from elasticsearch import (
        ApiError,
        Elasticsearch,
        TransportError,
        helpers,
    )
    from elasticsearch.serializer import NdjsonSerializer, OrjsonSerializer
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"索引地址是 Elasticsearch，缺少 {missing.name}；请运行 pip install 'zhiku[elastic]'",
        name=missing.name,
    ) from missing

# only after it is known that the client is there
from indexer.backends.elastic.failures import (
    BUSY,
    Conflict,
    failed,
    is_elasticsearch,
    is_full,
    other_product,
    reason_in,
    told,
)

__all__ = ["Cluster", "Conflict"]

_T = TypeVar("_T")

_PAUSES: Final = (0.05, 0.15, 0.4, 1.0)
"""Seconds before asking an overloaded cluster again: a burst passes in that time, and a clerk would not
wait for more."""
_PAUSES_OF_WRITERS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_RETRIES: Final = 3  # at once, where a connection ends or a node does not answer
_CONNECTIONS: Final = 16  # to each node, from one process
_BULK_BYTES: Final = 8 << 20
_BULK_DOCUMENTS: Final = 1000
_SHOWN: Final = 3  # documents named in an error


class _OrjsonLines(NdjsonSerializer, OrjsonSerializer):
    """Lines of JSON by orjson, which writes the float32 of a vector as short as they are."""


class Cluster:
    """One cluster as a deployment enters it; safe for several threads.

    Every error of the client leaves as an ``IndexingError`` that says what to do.
    """

    def __init__(self, url: str, access: ClusterSettings) -> None:
        address = parse_address(url)
        self.name = address.name
        self.alias = address.alias
        self.access = access
        options: dict[str, Any] = {}
        if access.api_key:
            options["api_key"] = access.api_key
        elif access.user or address.user:
            options["basic_auth"] = (
                access.user or address.user,
                access.password or address.password,
            )
        if address.nodes[0].startswith("https"):
            if access.ca:
                options["ca_certs"] = str(access.ca)
            if access.fingerprint:
                options["ssl_assert_fingerprint"] = access.fingerprint
        with warnings.catch_warnings():
            # a certificate that is known by its fingerprint needs no authority
            warnings.simplefilter("ignore")
            try:
                self._client = Elasticsearch(
                    list(address.nodes),
                    request_timeout=access.timeout,
                    max_retries=_RETRIES,
                    # a node that is busy is asked again after a pause, see ``ask``, and never at once
                    retry_on_status=(),
                    # one that is too slow only gets slower by the same request again; others may be quick
                    retry_on_timeout=len(address.nodes) > 1,
                    connections_per_node=_CONNECTIONS,
                    serializers={
                        OrjsonSerializer.mimetype: OrjsonSerializer(),
                        NdjsonSerializer.mimetype: _OrjsonLines(),
                    },
                    **options,
                )
            except ValueError as error:
                raise IndexRefused(
                    f"{self.name} 的设置不能用（{error}）；"
                    "请核对 ZHIKU_INDEX_URL 和 ZHIKU_ELASTIC_FINGERPRINT"
                ) from error

    def ask(
        self,
        request: Callable[[Elasticsearch], _T],
        *,
        patient: bool = False,
    ) -> _T:
        """The answer to a request that may safely be made twice.

        A ``patient`` request is a writer's: it may take minutes, and waits longer for its turn.
        """
        client = self._client.options(request_timeout=900.0) if patient else self._client
        pauses = iter(_PAUSES_OF_WRITERS if patient else _PAUSES)
        while True:
            try:
                return self._checked(request(client))
            except ApiError as error:
                pause = next(pauses, None)
                if error.status_code not in BUSY or is_full(str(error)) or pause is None:
                    raise told(self.name, error) from error
            except TransportError as error:
                raise told(self.name, error) from error
            time.sleep(pause)

    def _checked(self, answer: _T) -> _T:
        """The answer, if it is Elasticsearch's, whole: the client itself looks at the first one only."""
        if isinstance(answer, ApiResponse):
            if not is_elasticsearch(answer.meta.headers):
                raise other_product(self.name)
            # documents that cannot be read come among the others, and are not those that do not exist
            documents = answer.body.get("docs", ()) if isinstance(answer.body, dict) else ()
            for error in (one["error"] for one in documents if "error" in one):
                status = 404 if error["type"] == "index_not_found_exception" else 503
                raise failed(self.name, status, reason_in(error))
        return answer

    def create_if_missing(
        self, index: str, settings: Mapping[str, Any], mappings: Mapping[str, Any]
    ) -> None:
        """An index, unless it is there."""
        if not self.ask(lambda client: client.indices.exists(index=index)):
            with suppress(Conflict):
                self.ask(
                    lambda client: client.indices.create(
                        index=index, settings=settings, mappings=mappings
                    )
                )

    def search(self, indices: Iterable[str], body: Mapping[str, Any]) -> Mapping[str, Any]:
        """A search over all shards of ``indices``, by statistics over all of them; never a part of it."""
        names = ",".join(indices)
        found = self.ask(
            lambda client: client.search(
                index=names,
                search_type=_search_type(body),
                allow_partial_search_results=False,
                body=dict(body),
            )
        )
        return self._whole(found.body)

    def search_all(
        self, indices: Iterable[str], bodies: Iterable[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """Several searches in one request; the first that fails fails them all."""
        names = list(indices)
        searches: list[Mapping[str, Any]] = []
        for body in bodies:
            header = {"index": names, "allow_partial_search_results": False}
            if search_type := _search_type(body):
                header["search_type"] = search_type
            searches += [header, body]

        def request(client: Elasticsearch) -> list[Mapping[str, Any]]:
            answers = self._checked(client.msearch(searches=searches)).body["responses"]
            for answer in answers:
                if "error" in answer:
                    raise _Failed(int(answer.get("status", 500)), answer["error"])
            return [self._whole(answer) for answer in answers]

        pauses = iter(_PAUSES)
        while True:
            try:
                return self.ask(request)
            except _Failed as one:
                pause = next(pauses, None)
                if one.status not in BUSY or pause is None:
                    raise failed(self.name, one.status, reason_in(one.error)) from one
            time.sleep(pause)

    def _whole(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        if found["timed_out"] or found["_shards"]["failed"]:
            raise IndexUnavailable(f"{self.name} 只查了一部分；请稍后再试")
        return found

    def bulk(self, index: str, documents: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Writes new documents under their ids; how many. Waits where the cluster is full of work.

        What is sent again because no answer came is not written twice: what the second replaced
        would count in the statistics of BM25 until it is merged away.

        ``IndexingError`` names the first documents that it refused, and why.
        """
        actions = (
            {"_op_type": "create", "_index": index, "_id": key, "_source": document}
            for key, document in documents
        )
        written, refused = 0, []
        try:
            for done, result in helpers.streaming_bulk(
                self._client.options(request_timeout=300.0),
                actions,
                chunk_size=_BULK_DOCUMENTS,
                max_chunk_bytes=_BULK_BYTES,
                raise_on_error=False,
                max_retries=len(_PAUSES_OF_WRITERS),
                retry_on_status=BUSY,
                initial_backoff=0.5,
                max_backoff=15.0,
            ):
                told_of = result["create"]
                if done or told_of.get("status") == 409:  # it arrived the first time
                    written += 1
                else:
                    refused.append(told_of)
        except (ApiError, TransportError) as error:
            raise told(self.name, error) from error
        if refused:
            shown = "；".join(f"{r['_id']}：{reason_in(r.get('error'))}" for r in refused[:_SHOWN])
            reason = f"{self.name} 没有收下 {len(refused)} 个文档，例如 {shown}"
            raise IndexFull(reason) if is_full(reason) else IndexingError(reason)
        return written

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()


class _Failed(Exception):
    """One of several searches failed."""

    def __init__(self, status: int, error: Any) -> None:
        super().__init__(status)
        self.status, self.error = status, error


def _search_type(body: Mapping[str, Any]) -> str | None:
    """Words are weighed by statistics over all shards; a search for the nearest sees them all anyway,
    and refuses to be told how.
    """
    return None if "knn" in body else "dfs_query_then_fetch"
