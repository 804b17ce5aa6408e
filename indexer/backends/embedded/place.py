"""A folder as a place of versions."""

from __future__ import annotations

from pathlib import Path

from corpora.versions import ItemVersion
from indexer.backends.embedded.folder import IndexFolder, open_manifest
from indexer.backends.embedded.published import published_versions
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.manifest import Manifest


class EmbeddedPlace:
    """The ``IndexPlace`` of the embedded engine."""

    def __init__(self, root: Path) -> None:
        self.folder = IndexFolder(root)

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.folder.root)

    @property
    def cache(self) -> Path:
        """See ``IndexPlace``."""
        return self.folder.cache

    def writer(self) -> EmbeddedWriter:
        """See ``IndexPlace``."""
        return EmbeddedWriter(self.folder.root)

    def current(self) -> str | None:
        """See ``IndexPlace``."""
        return self.folder.current()

    def require_current(self) -> str:
        """See ``IndexPlace``."""
        return self.folder.require_current()

    def manifest(self, version: str) -> Manifest:
        """See ``IndexPlace``."""
        return open_manifest(self.folder.version_path(version))

    def held_versions(self) -> list[ItemVersion]:
        """See ``IndexPlace``."""
        return published_versions(self.folder.root)

    def close(self) -> None:
        """Nothing is kept open."""
