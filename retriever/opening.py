"""From an index URL to an opened knowledge base, once or following every publication."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from indexer.encoders.catalog import open_encoder
from indexer.encoders.models_at import ModelsAt
from indexer.encoders.protocol import Encoder, KnownEncoder
from indexer.errors import IndexDamaged, IndexingError, IndexMismatch, IndexUnavailable
from indexer.location import IndexAt, open_place, vector_cache
from retriever.backends.opened import open_searcher
from retriever.filters import Filter
from retriever.knowledge_base import Current, KnowledgeBase
from retriever.push import PushSettings

_LOOK_EVERY: Final = 1.0  # seconds between two looks at the published version
_LOOKS_UNTIL_RETRY: Final = 60  # opening reads the whole index: not at every look
_LOOKS_WHILE_AWAY: Final = 5  # a cluster that did not answer: it reads nothing meanwhile
_log = logging.getLogger(__name__)


def open_knowledge_base(
    index: IndexAt | str,
    *,
    models: ModelsAt | Path,
    fitted: Path | None = None,
    signature: str = "示例移动",
    encoder: Encoder | None = None,
    version: str = "",
) -> KnowledgeBase:
    """Opens the published version, or a staged one by name, with the encoder that its manifest names."""
    searcher = open_searcher(index, version)
    try:
        made = searcher.manifest
        chosen = encoder or open_encoder(
            made.encoder, models, made_with=KnownEncoder(made.encoder_fingerprint, made.dim)
        )
        return KnowledgeBase(
            searcher,
            chosen,
            fitted=fitted,
            readings=vector_cache(index),
            settings=PushSettings(signature=signature),
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
        index: IndexAt | str,
        *,
        models: ModelsAt | Path,
        fitted: Path | None = None,
        signature: str = "示例移动",
        today: Callable[[], dt.date] = dt.date.today,
        look_every: float = _LOOK_EVERY,
        encoder: Encoder | None = None,
    ) -> None:
        self._place = open_place(index)
        self._open: Callable[[], KnowledgeBase] = partial(
            open_knowledge_base,
            index,
            models=models,
            fitted=fitted,
            signature=signature,
            encoder=encoder,
        )
        self._today = today
        self._look_every = look_every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="zhiku-follow", daemon=True)
        self._current: Current | None = None
        self._looking = threading.Lock()
        self._failed = ""
        self._looks_until_retry = 0
        self.problem: str | None = None

    def start(self) -> None:
        """Opens and warms the published version, then looks for new ones until ``close``."""
        self._current = Current(self._opened_warm())
        self._thread.start()

    def _opened_warm(self) -> KnowledgeBase:
        base = self._open()
        try:
            base.warm_up(Filter(as_of=self._today()))
        except BaseException:
            base.close()
            raise
        return base

    @property
    def version(self) -> str | None:
        """The version in use."""
        current = self._current
        return current.version if current else None

    @contextmanager
    def current(self) -> Iterator[KnowledgeBase]:
        """The version in use, kept open until the block ends."""
        current = self._current
        if current is None:
            raise RuntimeError("start() was not called, or close() was")
        with current.use() as base:
            yield base

    def look(self) -> bool:
        """Takes up a new version if there is one; whether it did.

        A version that is damaged or does not fit stays refused; whatever else went wrong may pass,
        so it is tried again after some looks.
        """
        with self._looking:
            current = self._current
            published = ""
            try:
                published = self._place.current() or ""
                if current is None or not self._is_due(published, current.version):
                    return False
                base = self._opened_warm()
            except IndexingError as error:
                self._refuse(published, error, _looks_until_retry(error))
                return False
            except Exception as error:  # noqa: BLE001 whatever it is, the one before goes on serving
                _log.exception("version %s cannot be opened", published)
                self._refuse(published, error, _LOOKS_UNTIL_RETRY)
                return False
            current.swap(base)
            self._failed, self.problem = "", None
            return True

    def _is_due(self, published: str, version: str) -> bool:
        if published == version:
            self._failed, self.problem = "", None  # what failed was taken back
        if published in ("", version):
            return False
        if published != self._failed:
            return True
        self._looks_until_retry -= 1
        return self._looks_until_retry == 0

    def _refuse(self, published: str, error: Exception, looks_until_retry: int) -> None:
        self._failed = published
        self._looks_until_retry = looks_until_retry
        self.problem = str(error) or type(error).__name__

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
        self._place.close()


def _looks_until_retry(error: IndexingError) -> int:
    """When a version that could not be opened is tried again; 0 is never."""
    if isinstance(error, IndexDamaged | IndexMismatch):
        return 0
    return _LOOKS_WHILE_AWAY if isinstance(error, IndexUnavailable) else _LOOKS_UNTIL_RETRY
