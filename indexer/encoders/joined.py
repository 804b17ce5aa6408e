"""Two encoders as one: their vectors side by side, so that their cosines add up.

With a share w of the first, a vector is (√w · a, √(1 − w) · b): of length one, and two of them have
the cosine w · cos a + (1 − w) · cos b.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np

from indexer.encoders.protocol import (
    Encoded,
    Encoder,
    Progress,
    Span,
    SpanEncoder,
    TokenEncoder,
    Vectors,
)

_BLOCK = 64
"""Texts that one encoder takes before the other one does: progress is told in between."""


def joined(name: str, first: Encoder, second: Encoder, share: float) -> Encoder:
    """Both encoders as one, the first one's cosines counting ``share`` (above 0, below 1).

    It tells token vectors, those of the first, where both encoders tell theirs: only then is a
    question encoded like a passage.
    """
    if isinstance(first, SpanEncoder) and isinstance(second, TokenEncoder):
        return JoinedTokenEncoder(name, first, second, share)
    return JoinedEncoder(name, first, second, share)


class JoinedEncoder:
    """Two encoders, neither of which has to tell token vectors."""

    def __init__(self, name: str, first: Encoder, second: Encoder, share: float) -> None:
        if not 0.0 < share < 1.0:
            raise ValueError(f"the share of {first.name} in {name} is {share}, not between 0 and 1")
        self._first, self._second = first, second
        self._scales = np.float32(sqrt(share)), np.float32(sqrt(1.0 - share))
        self.name = name
        self.dim = first.dim + second.dim
        state = f"{first.fingerprint} {second.fingerprint} {share:.6f} side by side 1"
        self.fingerprint = hashlib.sha256(state.encode()).hexdigest()[:16]

    def _beside(self, first: Vectors, second: Vectors) -> Vectors:
        """Vectors (…, dim) of the pair from those of its parts."""
        scales = self._scales
        return np.concatenate([first * scales[0], second * scales[1]], axis=-1)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what is searched, shape (n, dim)."""
        out = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _BLOCK):
            part = texts[start : start + _BLOCK]
            vectors = self._first.encode_passages(part), self._second.encode_passages(part)
            out[start : start + len(part)] = self._beside(*vectors)
            if progress:
                progress(len(part))
        return out

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is asked, shape (n, dim)."""
        return self._beside(self._first.encode_queries(texts), self._second.encode_queries(texts))


class JoinedTokenEncoder(JoinedEncoder):
    """The same with the token vectors of the first encoder."""

    def __init__(self, name: str, first: SpanEncoder, second: TokenEncoder, share: float) -> None:
        super().__init__(name, first, second, share)
        self._tokens = first

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Sentence vectors of both; token vectors of the first, filled up with zeros to (n, dim)."""
        # of one text a question is made: it is not worth starting threads for
        encode = self._second.encode_passages if len(texts) > 1 else self._second.encode_queries
        rest = ((0, 0), (0, self._second.dim))
        for start in range(0, len(texts), _BLOCK):
            part = texts[start : start + _BLOCK]
            seconds = encode(part)
            for one, second in zip(self._tokens.encode_both(part), seconds, strict=True):
                yield Encoded(self._beside(one.vector, second), np.pad(one.tokens, rest))

    def token_spans(self, text: str) -> list[Span]:
        """Where in ``normalize(text)`` each token of ``encode_both`` stands, as half-open ranges."""
        return self._tokens.token_spans(text)
