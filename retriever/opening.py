"""From an index URL to an opened knowledge base, once or following every publication."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from indexer.backends.embedded.folder import IndexFolder
from indexer.encoders.catalog import open_encoder
from indexer.encoders.protocol import Encoder, EncoderError
from indexer.errors import IndexingError
from indexer.location import index_folder
from retriever.backends.embedded import EmbeddedSearcher
from retriever.filters import Filter
from retriever.knowledge_base import Current, KnowledgeBase
from retriever.push import PushSettings

_LOOK_EVERY: Final = 1.0  # seconds between two looks at the published version


def open_knowledge_base(
    index_url: str,
    *,
    models: Path,
    fitted: Path | None = None,
    signature: str = "示例移动",
    encoder: Encoder | None = None,
) -> KnowledgeBase:
    """Opens the published version with the encoder that its manifest names."""
    searcher = EmbeddedSearcher.open_current(index_folder(index_url))
    try:
        chosen = encoder or open_encoder(searcher.manifest.encoder, models)
        return KnowledgeBase(
            searcher, chosen, fitted=fitted, settings=PushSettings(signature=signature)
        )
    except Exception:
        searcher.close()
        raise


class LiveKnowledgeBase:
    """Serves the published version and follows new ones without a restart.

    A version that cannot be opened is reported in ``problem`` and the one before goes on serving.
    """

    def __init__(
        self,
        index_url: str,
        *,
        models: Path,
        fitted: Path | None = None,
        signature: str = "示例移动",
        today: Callable[[], dt.date] = dt.date.today,
        look_every: float = _LOOK_EVERY,
    ) -> None:
        self._folder = IndexFolder(index_folder(index_url))
        self._open: Callable[[], KnowledgeBase] = partial(
            open_knowledge_base, index_url, models=models, fitted=fitted, signature=signature
        )
        self._today = today
        self._look_every = look_every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="zhiku-follow", daemon=True)
        self._current: Current | None = None
        self._failed = ""
        self.problem: str | None = None

    def start(self) -> None:
        """Opens and warms the published version, then looks for new ones until ``close``."""
        base = self._open()
        base.warm_up(Filter(as_of=self._today()))
        self._current = Current(base)
        self._thread.start()

    @property
    def version(self) -> str | None:
        """The version in use."""
        return self._current.version if self._current else None

    @contextmanager
    def current(self) -> Iterator[KnowledgeBase]:
        """The version in use, kept open until the block ends."""
        if self._current is None:
            raise RuntimeError("start() was not called")
        with self._current.use() as base:
            yield base

    def look(self) -> bool:
        """Takes up a new version if there is one; whether it did."""
        published = self._folder.current()
        if self._current is None or published in (None, self._current.version, self._failed):
            return False
        try:
            base = self._open()
            base.warm_up(Filter(as_of=self._today()))
        except (IndexingError, EncoderError, OSError) as error:
            self._failed = published or ""
            self.problem = str(error)
            return False
        self._current.swap(base)
        self.problem = None
        return True

    def _follow(self) -> None:
        while not self._stop.wait(self._look_every):
            self.look()

    def close(self) -> None:
        """Stops looking and closes the version after its last request."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._current is not None:
            self._current.close()
            self._current = None
