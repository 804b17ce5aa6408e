"""Where an index lives: its URL chooses the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from corpora.settings import Settings, masked
from indexer.backends.embedded.place import EmbeddedPlace
from indexer.backends.protocol import IndexPlace
from indexer.errors import UnknownIndexUrl

_FILE: Final = "file:"
_CLUSTER: Final = ("http://", "https://")
_CACHE_BESIDE_CLUSTER: Final = "file:var/index"
"""A cluster's vectors are known where the embedded index would be: changing the engine encodes nothing
anew."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """How a cluster is entered, and how its indices are laid out; see docs/settings.md."""

    api_key: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None
    fingerprint: str = ""
    timeout: float = 5.0
    shards: int = 1
    replicas: int = 1


@dataclass(frozen=True, slots=True)
class IndexAt:
    """An index URL with what it takes to enter the cluster that it may name."""

    url: str = field(repr=False)  # may hold a password
    cluster: ClusterSettings = ClusterSettings()


def index_at(settings: Settings, url: str = "") -> IndexAt:
    """The index of a deployment, or another one that is entered with the same settings."""
    return IndexAt(
        url or settings.index_url,
        ClusterSettings(
            api_key=settings.elastic_api_key,
            user=settings.elastic_user,
            password=settings.elastic_password,
            ca=settings.elastic_ca,
            fingerprint=settings.elastic_fingerprint,
            timeout=settings.elastic_timeout,
            shards=settings.elastic_shards,
            replicas=settings.elastic_replicas,
        ),
    )


def is_cluster(url: str) -> bool:
    """Whether the URL names Elasticsearch."""
    return url.startswith(_CLUSTER)


def open_place(where: IndexAt | str) -> IndexPlace:
    """The place that a URL names; ``UnknownIndexUrl`` tells the forms that are understood.

    >>> open_place("file:var/index").name
    'var/index'
    """
    at = IndexAt(where) if isinstance(where, str) else where
    if is_cluster(at.url):
        # only who uses a cluster needs its client installed
        from indexer.backends.elastic.place import ElasticPlace

        return ElasticPlace(at.url, at.cluster)
    return EmbeddedPlace(_folder(at.url))


def vector_cache(where: IndexAt | str) -> Path:
    """The folder of vectors that are known already, by content, on this machine.

    >>> vector_cache("http://es:9200").as_posix()
    'var/index/cache'
    """
    url = where if isinstance(where, str) else where.url
    return EmbeddedPlace(_folder(_CACHE_BESIDE_CLUSTER if is_cluster(url) else url)).cache


def _folder(url: str) -> Path:
    if not url.startswith(_FILE) or len(url) == len(_FILE):
        raise UnknownIndexUrl(
            f"索引地址 {masked(url)!r} 无法识别；请用 file:目录（如 file:var/index）或 http(s)://主机:端口"
        )
    path = url.removeprefix(_FILE)
    return Path(path.removeprefix("//") if path.startswith("///") else path)
