"""The steps of ranking as rungs of a ladder: each is the one before with one more thing switched on.

What is off is really off, so that its time is not spent either: an encoder that never answers, a
searcher without words or without token vectors (seams that the product has anyway), a weight of
nothing in the blend, and ``switched`` for what the retriever keeps as values of its module.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from indexer.encoders.protocol import Encoder, EncoderError, Progress, Vectors
from indexer.token_vectors import Projection
from retriever import retriever as ranking
from retriever import sides
from retriever.backends.protocol import Searcher, Sought
from retriever.constants import Blend
from retriever.filters import Filter
from retriever.retriever import Retriever
from retriever.types import Match


@dataclass(frozen=True, slots=True)
class Rung:
    """What is switched on. ``reading`` asks beside the question as typed what it was meant to say;
    ``boosts`` are names, amounts, numbers, codes and the like.
    """

    name: str
    words: bool = True
    meaning: bool = True
    support: bool = True
    met: bool = True
    back: bool = True
    reading: bool = True
    boosts: bool = True
    adapter: bool = True
    look: bool = True

    @property
    def tokens(self) -> bool:
        """Whether token vectors are looked at."""
        return self.met or self.back

    def blend(self, shipped: Blend) -> Blend:
        """The blend with nothing where something is off."""
        return replace(
            shipped,
            lexical=shipped.lexical if self.words else 0.0,
            semantic=shipped.semantic if self.meaning else 0.0,
            met=shipped.met if self.met else 0.0,
            back=shipped.back if self.back else 0.0,
        )


_BARE: Final = Rung(
    "", support=False, met=False, back=False, reading=False, boosts=False, adapter=False, look=False
)
_PLAIN: Final = Rung("+ names and numbers", adapter=False, look=False)
_ADAPTED: Final = Rung("+ adapter", look=False)
_FULL: Final = Rung("+ second look")
RUNGS: Final = (
    replace(_BARE, name="BM25 alone", meaning=False),
    replace(_BARE, name="vectors alone", words=False),
    replace(_BARE, name="blend of both"),
    replace(_BARE, name="+ support of the next passages", support=True),
    replace(_BARE, name="+ late interaction", support=True, met=True),
    replace(_BARE, name="+ way back of short items", support=True, met=True, back=True),
    replace(_PLAIN, name="+ what was meant, read by ear", boosts=False),
    _PLAIN,
    _ADAPTED,
    _FULL,
)
"""The last one is the product as it ships."""


def rungs_for(
    searcher: Searcher, *, adapted: bool = False, looks: bool = False
) -> tuple[Rung, ...]:
    """The rungs that an index can show: without token vectors, late interaction is none, and an
    adapter is one only where the encoder is ``adapted`` to the knowledge, as is the second look where a
    model was taught it.
    """
    rungs = tuple(
        rung for rung in RUNGS if (adapted or rung is not _ADAPTED) and (looks or rung is not _FULL)
    )
    if searcher.projection is not None:
        return rungs
    return tuple(rung for rung in rungs if not rung.tokens or rung.boosts)


@contextmanager
def switched(rung: Rung) -> Iterator[None]:
    """The retriever's modules with support and corrections as the rung has them.

    The one place where a benchmark reaches into the product: these are facts of ranking that no
    deployment chooses, so the product has no switch for them. For one thread.
    """
    off: list[tuple[Any, str, Any]] = []
    if not rung.support:
        off += [(sides, name, ()) for name in ("SUPPORT", "SUPPORT_OF_SIDES")]
        off.append((sides, "LEXICAL_OF_SIDES", 0.0))
    if not rung.boosts:
        off.append((ranking, "boosts", lambda query, names, exact, called: []))
    shipped = [(module, name, getattr(module, name)) for module, name, _ in off]
    for module, name, value in off:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in shipped:
            setattr(module, name, value)


class Climber:
    """One rung over an opened index; it knows no vector yet, so a new question is encoded."""

    def __init__(
        self,
        rung: Rung,
        searcher: Searcher,
        encoder: Encoder,
        fitted: Path | None = None,
        readings: Path | None = None,
    ) -> None:
        self.rung = rung
        seen = cast(
            Searcher, _Partly(searcher, words=rung.words, meaning=rung.meaning, tokens=rung.tokens)
        )
        self._retriever = Retriever(
            seen, encoder if rung.meaning else _Mute(encoder), fitted=fitted, readings=readings
        )
        if not rung.look:
            self._retriever.second_look = None
        constants = self._retriever.constants
        if not rung.adapter:
            constants = constants.without_adapter()
        self._retriever.constants = replace(constants, blend=rung.blend(constants.blend))

    @property
    def is_adapted(self) -> bool:
        """Whether questions are turned."""
        return self._retriever.constants.adapter is not None

    @property
    def looks(self) -> bool:
        """Whether a second look is taken."""
        return self._retriever.second_look is not None

    def found(self, question: str, wanted: Filter, k: int) -> list[str]:
        """The ids of the best ``k`` items; ``BadQuery`` as the product has it."""
        with switched(self.rung):
            query = self._retriever.understand(question)
            if not self.rung.reading:
                query = replace(query, reading="")
            page = self._retriever.search(query, wanted, k)
        return [hit.item_id for hit in page.hits]


class _Partly:
    """A searcher that keeps words, meaning or token vectors to itself."""

    def __init__(self, searcher: Searcher, *, words: bool, meaning: bool, tokens: bool) -> None:
        self._searcher = searcher
        self._words = words
        self._meaning = meaning
        self._tokens = tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._searcher, name)

    @property
    def projection(self) -> Projection | None:
        return self._searcher.projection if self._tokens else None

    def lexical(self, terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        return self._searcher.lexical(terms, wanted, k) if self._words else []

    def both(
        self, terms: Sequence[str], sought: Sought, wanted: Filter, k: int
    ) -> tuple[list[Match], list[Match]]:
        if self._words and self._meaning:
            return self._searcher.both(terms, sought, wanted, k)
        vector = sought()
        if vector is None:
            return self.lexical(terms, wanted, k), []
        return self.lexical(terms, wanted, k), self._searcher.semantic(vector, wanted, k)


class _Mute:
    """An encoder that is there but never answers: the product then goes by words alone."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self.dim = encoder.dim
        self.fingerprint = encoder.fingerprint

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        raise EncoderError(f"{self.name} is switched off")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise EncoderError(f"{self.name} is switched off")
