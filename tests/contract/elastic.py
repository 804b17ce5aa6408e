"""An alias of its own for every content that a test publishes on a shared cluster."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

from indexer.backends.elastic.bodies import FLAT_UP_TO
from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.elastic.writer import ElasticWriter
from indexer.backends.protocol import StagedContent
from indexer.location import ClusterSettings
from retriever.backends.elastic import ElasticSearcher

PATIENT: Final = ClusterSettings(timeout=60.0)  # cores are shared with everything that is tested
_numbers = itertools.count()


class Aliases:
    """Publishes on a cluster, each content behind its own alias, and removes all of it at the end."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name = url, name
        self._opened: list[ElasticSearcher] = []
        self._aliases: list[str] = []

    def url(self) -> str:
        """A place where nothing was published yet."""
        alias = f"{self._name}-{next(_numbers)}"
        self._aliases.append(alias)
        return f"{self._url}/{alias}"

    def opened(self, content: StagedContent, *, flat_up_to: int = FLAT_UP_TO) -> ElasticSearcher:
        """The content, published and opened."""
        place = ElasticPlace(self.url(), PATIENT)
        writer = ElasticWriter(place.cluster, flat_up_to=flat_up_to)
        version = writer.stage(content)
        writer.publish(version)
        searcher = ElasticSearcher(place, version)
        self._opened.append(searcher)
        return searcher

    def close(self) -> None:
        """Deletes the indices and closes connections."""
        for searcher in self._opened:
            searcher.close()
        for alias in self._aliases:
            remove_everything(f"{self._url}/{alias}")


def remove_everything(url: str) -> None:
    """Deletes all that was written behind an alias."""
    place = ElasticPlace(url, PATIENT)
    place.versions.delete([*place.versions.all_indices(), f"{place.cluster.alias}-lock"])
    place.close()


Open = Callable[[StagedContent], ElasticSearcher]
