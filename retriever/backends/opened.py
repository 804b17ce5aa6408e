"""From an index to the searcher of one of its versions, whatever the engine."""

from __future__ import annotations

from indexer.backends.embedded.place import EmbeddedPlace
from indexer.location import IndexAt, open_place
from retriever.backends.embedded import EmbeddedSearcher
from retriever.backends.protocol import Searcher


def open_searcher(index: IndexAt | str, version: str = "") -> Searcher:
    """Opens the published version, or a staged one by name; ``IndexMissing`` where none is."""
    place = open_place(index)
    try:
        named = version or place.require_current()
        if isinstance(place, EmbeddedPlace):
            return EmbeddedSearcher(place.folder.version_path(named))
        # only who uses a cluster needs its client installed
        from indexer.backends.elastic.place import ElasticPlace
        from retriever.backends.elastic import ElasticSearcher

        assert isinstance(place, ElasticPlace)
        return ElasticSearcher(place, named)
    except BaseException:
        place.close()
        raise
