"""An encoder that tells token vectors, and remembers which it told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from indexer.encoders.protocol import Encoded
from tests.retriever.explained import CharacterEncoder


class TellingEncoder(CharacterEncoder):
    """Remembers every text whose tokens it told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for text, both in zip(texts, super().encode_both(texts), strict=True):
            self.told.append(text)
            yield both
