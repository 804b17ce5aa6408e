"""The only door to the Elasticsearch client: asks, asks again where that helps, and tells errors."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from indexer.backends.elastic.address import parse_address
from indexer.errors import (
    IndexFull,
    IndexingError,
    IndexMissing,
    IndexRefused,
    IndexUnavailable,
)
from indexer.location import ClusterSettings

try:
    from elasticsearch import (
        ApiError,
        ConnectionTimeout,
        Elasticsearch,
        NotFoundError,
        TransportError,
        UnsupportedProductError,
        helpers,
    )
    from elasticsearch import ConnectionError as Unreachable
    from elasticsearch.exceptions import SSLError
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"索引地址是 Elasticsearch，缺少 {missing.name}；请运行 pip install 'zhiku[elastic]'",
        name=missing.name,
    ) from missing

_T = TypeVar("_T")

_PAUSES: Final = (0.05, 0.15, 0.4, 1.0)
"""Seconds before asking an overloaded cluster again: a burst passes in that time, and a clerk would not
wait for more."""
_PAUSES_OF_WRITERS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_BUSY: Final = frozenset({429, 502, 503, 504})
_RETRIES: Final = 3  # on other nodes, where a node does not answer
_CONNECTIONS: Final = 16  # to each node, from one process
_BULK_BYTES: Final = 8 << 20
_BULK_DOCUMENTS: Final = 1000
_SHOWN: Final = 3  # documents named in an error


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
            self._client = Elasticsearch(
                list(address.nodes),
                request_timeout=access.timeout,
                max_retries=_RETRIES,
                retry_on_timeout=True,
                connections_per_node=_CONNECTIONS,
                **options,
            )

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
                return request(client)
            except ApiError as error:
                pause = next(pauses, None)
                if error.status_code not in _BUSY or _is_full(str(error)) or pause is None:
                    raise self._told(error) from error
            except TransportError as error:
                raise self._told(error) from error
            time.sleep(pause)

    def create_if_missing(
        self, index: str, settings: Mapping[str, Any], mappings: Mapping[str, Any]
    ) -> None:
        """An index, unless it is there."""
        if not self.ask(lambda client: bool(client.indices.exists(index=index))):
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
            answers = client.msearch(searches=searches).body["responses"]
            for answer in answers:
                if "error" in answer:
                    raise _Failed(int(answer.get("status", 500)), answer["error"])
            return [self._whole(answer) for answer in answers]

        pauses = iter(_PAUSES)
        while True:
            try:
                return self.ask(request)
            except _Failed as failed:
                pause = next(pauses, None)
                if failed.status not in _BUSY or pause is None:
                    raise self._failed(failed.status, _reason(failed.error)) from failed
            time.sleep(pause)

    def _whole(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        if found["timed_out"] or found["_shards"]["failed"]:
            raise IndexUnavailable(f"{self.name} 只查了一部分；请稍后再试")
        return found

    def bulk(self, index: str, documents: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Writes documents under their ids; how many. Waits where the cluster is full of work.

        ``IndexingError`` names the first documents that it refused, and why.
        """
        actions = (
            {"_op_type": "index", "_index": index, "_id": key, "_source": document}
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
                initial_backoff=0.5,
                max_backoff=15.0,
            ):
                written += done
                if not done:
                    refused.append(result["index"])
        except (ApiError, TransportError) as error:
            raise self._told(error) from error
        if refused:
            shown = "；".join(f"{r['_id']}：{_reason(r.get('error'))}" for r in refused[:_SHOWN])
            reason = f"{self.name} 没有收下 {len(refused)} 个文档，例如 {shown}"
            raise IndexFull(reason) if _is_full(reason) else IndexingError(reason)
        return written

    def _told(self, error: ApiError | TransportError) -> IndexingError:
        """The client's error as one of ours."""
        if isinstance(error, UnsupportedProductError):
            return IndexRefused(
                f"{self.name}：应答的不是 Elasticsearch 8 或 9；请核对 ZHIKU_INDEX_URL"
            )
        if isinstance(error, ApiError):
            if isinstance(error, NotFoundError):
                return IndexMissing(
                    f"{self.name}：{_reason_of(error)}；请运行 zhiku index build 建立索引"
                )
            return self._failed(error.status_code, _reason_of(error))
        if isinstance(error, SSLError):
            return IndexRefused(
                f"{self.name} 的 TLS 证书不能确认（{error.message}）；"
                "请核对 ZHIKU_ELASTIC_CA 或 ZHIKU_ELASTIC_FINGERPRINT"
            )
        if isinstance(error, ConnectionTimeout):
            return IndexUnavailable(f"{self.name} 没有在规定时间内回答；请稍后再试")
        if isinstance(error, Unreachable):
            return IndexUnavailable(
                f"连不上 {self.name}（{error.message}）；请核对地址和集群是否在运行"
            )
        return IndexUnavailable(f"{self.name} 的回答读不懂（{error.message}）；请稍后再试")

    def _failed(self, status: int, reason: str) -> IndexingError:
        if status == 409 or "resource_already_exists_exception" in reason:
            return Conflict(f"{self.name}：{reason}")
        if status in (401, 403) and "cluster_block_exception" not in reason:
            return IndexRefused(
                f"{self.name} 不让访问（{status}）；请核对 ZHIKU_ELASTIC_API_KEY，"
                "或 ZHIKU_ELASTIC_USER 和 ZHIKU_ELASTIC_PASSWORD，以及它的权限"
            )
        if _is_full(reason):
            return IndexFull(f"{self.name} 的磁盘空间不足：{reason}；已发布的索引不受影响")
        if status in _BUSY:
            return IndexUnavailable(f"{self.name} 暂时答不了（{status} {reason}）；请稍后再试")
        return IndexingError(f"{self.name} 没有接受请求（{status} {reason}）")

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()


class Conflict(IndexingError):
    """Somebody else was there first."""


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


def _is_full(reason: str) -> bool:
    return "flood-stage" in reason or "disk usage exceeded" in reason


def _reason_of(error: ApiError) -> str:
    body = error.body
    return _reason(body.get("error", body) if isinstance(body, dict) else body)


def _reason(error: Any) -> str:
    """Type and reason of an error in Elasticsearch's JSON, of its cause where that says more."""
    if not isinstance(error, Mapping):
        return str(error)[:200]
    causes = error.get("root_cause") or [error]
    cause = causes[0] if isinstance(causes[0], Mapping) else error
    return f"{cause.get('type', '')}: {str(cause.get('reason', ''))[:300]}"
