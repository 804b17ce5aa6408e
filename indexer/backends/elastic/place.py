"""A cluster as a place of versions."""

from __future__ import annotations

from pathlib import Path

from corpora.versions import ItemVersion
from indexer.backends.elastic.client import Cluster
from indexer.backends.elastic.names import RELEASE, index_name
from indexer.backends.elastic.release import ReleaseReader
from indexer.backends.elastic.versions import Versions
from indexer.backends.elastic.writer import ElasticWriter
from indexer.location import ClusterSettings, vector_cache
from indexer.manifest import Manifest


class ElasticPlace:
    """The ``IndexPlace`` on a cluster: versions behind one alias."""

    def __init__(self, url: str, access: ClusterSettings) -> None:
        self.cluster = Cluster(url, access)
        self.versions = Versions(self.cluster)
        self._cache = vector_cache(url)

    @property
    def name(self) -> str:
        """The nodes and the alias."""
        return self.cluster.name

    @property
    def cache(self) -> Path:
        """See ``IndexPlace``."""
        return self._cache

    def writer(self) -> ElasticWriter:
        """See ``IndexPlace``."""
        return ElasticWriter(self.cluster)

    def current(self) -> str | None:
        """See ``IndexPlace``."""
        return self.versions.current()

    def require_current(self) -> str:
        """See ``IndexPlace``."""
        return self.versions.require_current()

    def manifest(self, version: str) -> Manifest:
        """See ``IndexPlace``."""
        return self.versions.manifest(version)

    def release(self, version: str) -> ReleaseReader:
        """What goes with the passages of a version."""
        return ReleaseReader(self.cluster, index_name(self.cluster.alias, version, RELEASE))

    def held_versions(self) -> list[ItemVersion]:
        """See ``IndexPlace``."""
        version = self.current()
        return self.release(version).held_versions() if version else []

    def close(self) -> None:
        """Closes all connections."""
        self.cluster.close()
