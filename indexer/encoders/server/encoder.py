"""An embedding server as an encoder: batches, checks that it is still the same model, rests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from indexer.encoders.models_at import ServerSettings
from indexer.encoders.protocol import KnownEncoder, OtherModel, Progress, ServerAway, Vectors
from indexer.encoders.server.address import ServerName
from indexer.encoders.server.client import ServerClient
from indexer.encoders.server.identity import CANARIES, SAME, adopted, fingerprint_of, likeness
from indexer.encoders.server.patience import Patience, for_passages, for_questions
from indexer.normalize import normalize

_LONGEST_TEXT: Final = 480
"""Characters of one text: passages are far shorter, and many models refuse more than 512 tokens."""
MOST_CHARACTERS: Final = 60_000
"""Characters of one request: servers count tokens as well, some 300,000 at most."""
_NOTHING: Final = "。"
"""What is sent for an empty text, which servers refuse."""
_REST: Final = 5.0
"""Seconds for which questions go without a server that failed: a clerk does not wait for it anew."""
_LOOK_EVERY: Final = 60.0
"""Seconds after which a question brings a canary along."""


class ServerEncoder:
    """Vectors that a server makes; it tells no token vectors.

    The first canary goes with every request of passages and is compared with what it was at
    opening, so that a server which changes its model in the middle of a build spoils nothing. With
    ``made_with`` (what an index says of its encoder) a server that is away does not hinder opening:
    questions fail with ``ServerAway`` until it is back and was found to be the same model.
    ``known`` are fingerprints that count as this one's if the vectors are near enough.
    """

    def __init__(
        self,
        server: ServerName,
        settings: ServerSettings = ServerSettings(),  # noqa: B008 frozen
        *,
        known: Iterable[str] = (),
        made_with: KnownEncoder | None = None,
        passages: Patience | None = None,
    ) -> None:
        self._server = server
        self._client = ServerClient(server, settings.key)
        self._batch = settings.batch - 1  # the canary is one of the texts
        self._questions = for_questions(settings.timeout)
        self._passages = passages or for_passages(settings.timeout)
        self._canary: Vectors | None = None
        self._found: Vectors | None = None
        self._looked_at = self._rests_until = float("-inf")
        self._identifying = threading.Lock()
        self.name = server.name
        self.fingerprint, self.dim = made_with or KnownEncoder("", 0)
        if made_with is None:
            vectors = self._client.vectors(CANARIES, server.dimensions or None, self._passages)
            self.dim = int(vectors.shape[1])
            self.fingerprint = adopted(fingerprint_of(server, vectors), known)
            self._remember(vectors)
        else:
            self._open_on_trust()

    def _open_on_trust(self) -> None:
        """Looks who answers; a server that is away, or another model, is told by the first question."""
        try:
            self._identify(self._questions)
        except OtherModel:
            # the index is refused as of another encoder, with the message of a mismatch
            assert self._found is not None
            self.fingerprint = fingerprint_of(self._server, self._found)
        except ServerAway:
            self._rests_until = time.monotonic() + _REST

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """One vector a text, shape (n, dim), some tens of texts a request."""
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        done = 0
        for batch in _batches([self._said(self._server.passage, t) for t in texts], self._batch):
            out[done : done + len(batch)] = self._checked(batch, self._passages)
            done += len(batch)
            if progress:
                progress(len(batch))
        return out

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, shape (n, dim); ``ServerAway`` at once for some seconds after one."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        if time.monotonic() < self._rests_until:
            raise ServerAway(f"向量服务 {self.name} 刚才没有应答，{_REST:.0f} 秒内不再问它")
        patience = self._questions if len(texts) == 1 else self._passages
        said = [self._said(self._server.query, text) for text in texts]
        try:
            return np.concatenate(
                [self._asked(one, patience) for one in _batches(said, self._batch)]
            )
        except ServerAway:
            self._rests_until = time.monotonic() + _REST
            raise

    @staticmethod
    def _said(prefix: str, text: str) -> str:
        return prefix + (normalize(text)[:_LONGEST_TEXT] or _NOTHING)

    def _asked(self, batch: Sequence[str], patience: Patience) -> Vectors:
        if self._canary is None or time.monotonic() - self._looked_at > _LOOK_EVERY:
            return self._checked(batch, patience)
        return self._client.vectors(batch, self.dim, patience)

    def _checked(self, batch: Sequence[str], patience: Patience) -> Vectors:
        """Vectors of a batch from a server that gives the first canary the vector that it had."""
        canary = self._canary if self._canary is not None else self._identify(patience)
        vectors = self._client.vectors([CANARIES[0], *batch], self.dim, patience)
        if float(vectors[0] @ canary) < SAME:
            self._looked_at = float("-inf")
            raise self._other()
        self._looked_at = time.monotonic()
        return vectors[1:]

    def _identify(self, patience: Patience) -> Vectors:
        """Compares a server with the fingerprint of an index, once; the first canary's vector."""
        with self._identifying:
            if self._canary is not None:
                return self._canary
            self._found = self._client.vectors(CANARIES, None, patience)
            if likeness(fingerprint_of(self._server, self._found), self.fingerprint) < SAME:
                raise self._other()
            return self._remember(self._found)

    def _remember(self, canaries: Vectors) -> Vectors:
        self._canary = canaries[0]
        self._looked_at = time.monotonic()
        return self._canary

    def _other(self) -> OtherModel:
        return OtherModel(
            f"向量服务 {self.name} 换了模型：同样的文字得到的向量和以前不同；"
            "请恢复原来的模型，或运行 zhiku index build 重建"
        )


def _batches(texts: Sequence[str], most: int) -> Iterator[list[str]]:
    """The texts in order, at most so many and ``MOST_CHARACTERS`` together; a longer one alone."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == most or characters + len(text) > MOST_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch
