"""The encoder seam and its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]
"""Called with the number of texts that were just encoded."""
Span = tuple[int, int]
"""A half-open range of characters."""


class EncoderError(Exception):
    """Base of encoder errors.

    - EncoderError
      - ModelUnavailable   the model's files are not here and cannot be fetched
      - ModelDamaged       a file is there but is not what it should be
      - UnknownEncoder     the encoder's name means nothing here
      - ServerAway         an embedding server does not answer; it may pass
      - ServerRefused      an embedding server does not take what we send: key, model or route
      - ServerAnswerBad    an embedding server answers with something that is no vectors
      - OtherModel         an embedding server answers with another model than before
    """


class ModelUnavailable(EncoderError):
    """The model's files are not here; the message says how to get them."""


class ModelDamaged(EncoderError):
    """A model file is truncated or altered; the message names it."""


class UnknownEncoder(EncoderError):
    """The name of an encoder that nothing here provides."""


class ServerAway(EncoderError):
    """An embedding server cannot be reached, is overloaded or too slow; nothing was kept of it."""


class ServerRefused(EncoderError):
    """An embedding server refuses the key, the model or the request: to be set right by people."""


class ServerAnswerBad(EncoderError):
    """Not one usable vector a text: too few, another length, NaN, zeros; nothing was kept of it."""


class OtherModel(EncoderError):
    """The vectors of known texts are not those of before: they fit no index that is there."""


class Encoder(Protocol):
    """Text → vectors of length one.

    A text's vector never depends on the texts beside it, and the same text has the same vector
    bit by bit; ``fingerprint`` changes when any vector would. An empty sequence gives shape (0, dim).
    """

    @property
    def name(self) -> str:
        """What opens it again, such as ``onnx:bge-small-zh``."""
        ...

    @property
    def dim(self) -> int:
        """The length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when any vector would."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what is searched, shape (n, dim)."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is asked, shape (n, dim)."""
        ...


class KnownEncoder(NamedTuple):
    """What an index says of the encoder that it was made with."""

    fingerprint: str
    dim: int


class Encoded(NamedTuple):
    """A text's vector (dim,) and those of its tokens (n, dim), the special ones left out; all of
    length one. ``n`` is at least 1.
    """

    vector: Vectors
    tokens: Vectors


@runtime_checkable
class TokenEncoder(Encoder, Protocol):
    """An encoder that also tells the vectors of a text's tokens, from the same computation."""

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """What ``encode_passages`` and ``encode_queries`` give, with the tokens, in order."""
        ...


@runtime_checkable
class SpanEncoder(TokenEncoder, Protocol):
    """An encoder that also tells which characters its tokens are."""

    def token_spans(self, text: str) -> list[Span]:
        """Where in ``normalize(text)`` each token of ``encode_both`` stands, in order."""
        ...


class TokenStates(Protocol):
    """A model that is handed tokens: what it makes of each, in the light of the others."""

    def ids(self, text: str) -> list[int]:
        """The tokens of a text, without special ones."""
        ...

    def framed(self, tokens: Sequence[int]) -> list[int]:
        """Tokens between the special ones that stand first and last."""
        ...

    def states(self, tokens: Sequence[int]) -> Vectors:
        """The states of tokens, shape (n, dim)."""
        ...


@runtime_checkable
class Teachable(Protocol):
    """An encoder whose model can be had with other weights."""

    def with_values(self, values: Mapping[str, NDArray[Any]]) -> TokenStates:
        """The same model with other values under some of its names."""
        ...
