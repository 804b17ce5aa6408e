"""What the Elasticsearch client raises, as errors of ours that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from elasticsearch import (
    ApiError,
    ConnectionTimeout,
    TransportError,
    UnsupportedProductError,
)
from elasticsearch import ConnectionError as Unreachable
from elasticsearch.exceptions import SSLError

from indexer.errors import (
    IndexFull,
    IndexingError,
    IndexMissing,
    IndexRefused,
    IndexUnavailable,
)

BUSY: Final = frozenset({429, 502, 503, 504})
_NOT_LET_IN: Final = frozenset({401, 403, 407})
_PRODUCT: Final = "x-elastic-product"
_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
_SHOWN: Final = 160  # characters of what the client says


class Conflict(IndexingError):
    """Somebody else was there first."""


def is_elasticsearch(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that it comes from Elasticsearch: each of its answers does."""
    return headers.get(_PRODUCT) == "Elasticsearch"


def other_product(name: str) -> IndexRefused:
    """Something else answers."""
    return IndexRefused(f"{name}：应答的不是 Elasticsearch 8 或 9；请核对 ZHIKU_INDEX_URL")


def told(name: str, error: ApiError | TransportError) -> IndexingError:
    """The client's error as one of ours, about the place of that name."""
    if isinstance(error, UnsupportedProductError):
        return other_product(name)
    if isinstance(error, ApiError):
        status = error.status_code
        # a gateway may be busy or ask who we are; all else it cannot know of our indices
        if not (is_elasticsearch(error.meta.headers) or status in BUSY | _NOT_LET_IN):
            return other_product(name)
        return failed(name, status, _reason_of(error))
    said = error.message[:_SHOWN]
    if isinstance(error, SSLError):
        if any(sign in said for sign in _NOT_TLS):
            return IndexRefused(f"{name} 不用 TLS 应答；请核对 ZHIKU_INDEX_URL 是 http 还是 https")
        return IndexRefused(
            f"{name} 的 TLS 证书不能确认（{said}）；"
            "请核对 ZHIKU_ELASTIC_CA 或 ZHIKU_ELASTIC_FINGERPRINT"
        )
    if isinstance(error, ConnectionTimeout):
        return IndexUnavailable(f"{name} 没有在规定时间（ZHIKU_ELASTIC_TIMEOUT）内回答；请稍后再试")
    if isinstance(error, Unreachable):
        return IndexUnavailable(
            f"连不上 {name}（{said}）；请看集群是否在运行，"
            "并核对 ZHIKU_INDEX_URL 的主机、端口，以及是 http 还是 https"
        )
    return IndexUnavailable(f"{name} 的回答读不懂（{said}）；请稍后再试")


def failed(name: str, status: int, reason: str) -> IndexingError:
    """The error of a request that was answered with a status that is no success."""
    if status == 409 or "resource_already_exists_exception" in reason:
        return Conflict(f"{name}：{reason}")
    if status in _NOT_LET_IN and "cluster_block_exception" not in reason:
        return IndexRefused(
            f"{name} 不让访问（{status}）；请核对 ZHIKU_ELASTIC_API_KEY，"
            "或 ZHIKU_ELASTIC_USER 和 ZHIKU_ELASTIC_PASSWORD，以及它的权限"
        )
    if status == 404:
        return IndexMissing(f"{name}：{reason}；请运行 zhiku index build 建立索引")
    if is_full(reason):
        return IndexFull(f"{name} 的磁盘空间不足：{reason}；已发布的索引不受影响")
    if status in BUSY:
        return IndexUnavailable(f"{name} 暂时答不了（{status} {reason}）；请稍后再试")
    if "index_closed_exception" in reason:
        return IndexUnavailable(
            f"{name} 的索引被关闭了（{reason}）；请打开它，或运行 zhiku index build 重建"
        )
    return IndexingError(f"{name} 没有接受请求（{status} {reason}）")


def is_full(reason: str) -> bool:
    """Whether a disk without room is what an error is about."""
    return "flood-stage" in reason or "disk usage exceeded" in reason


def _reason_of(error: ApiError) -> str:
    body = error.body
    return reason_in(body.get("error", body) if isinstance(body, dict) else body)


def reason_in(error: Any) -> str:
    """Type and reason of an error in Elasticsearch's JSON, of its cause where that says more."""
    if not isinstance(error, Mapping):
        return str(error)[:200]
    causes = error.get("root_cause") or [error]
    cause = causes[0] if isinstance(causes[0], Mapping) else error
    return f"{cause.get('type', '')}: {str(cause.get('reason', ''))[:300]}"
