"""A process that fills a cache of vectors and is killed (SIGKILL) as it encodes the COUNT-th text.

``python -m tests.indexer.doomed_fill FOLDER TEXTS COUNT``
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.encoders.protocol import Encoded
from indexer.vector_cache import VectorCache
from tests.indexer.tokens import TellingEncoder


def texts_of(count: int) -> list[str]:
    return [f"第{n}号业务怎么办理" for n in range(count)]


class Doomed(TellingEncoder):
    """Does not survive the text with this number, counted from 1."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last

    def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for both in super().encode_both(texts):
            if len(self.told) == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            yield both


def main(folder: str, texts: str, count: str) -> None:
    VectorCache(Path(folder), Doomed(int(count)), tokens=True).fill(texts_of(int(texts)))


if __name__ == "__main__":
    main(*sys.argv[1:])
