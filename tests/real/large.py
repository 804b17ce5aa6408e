"""200,000 items whose vectors cost nothing, in versions that a marker tells apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from benchmarks.elastic_content import CloudEncoder, made
from benchmarks.questions import questions
from corpora.types import SubLibrary
from indexer.analyzer import Analyzer
from indexer.backends.protocol import StagedContent
from indexer.encoders.protocol import Vectors
from indexer.passages import passages_of
from tests.builders import make_item, make_release
from tests.real.load import Question

ITEMS: Final = 200_000
WORD: Final = "quokka"  # no item has it
_START: Final = dt.datetime(2026, 3, 1)
_QUESTIONS: Final = 24
_QUESTION_SEED: Final = 20261126


class MarkerEncoder(CloudEncoder):
    """Questions that name the marker mean the marker, as those of people would."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return super().encode_queries([WORD if WORD in text else text for text in texts])


class Large:
    """The content, made once: minutes, and some 5 GB."""

    def __init__(self, items: int = ITEMS) -> None:
        content = made(items)
        self.encoder = MarkerEncoder(content.encoder.cloud)
        self._staged = content.staged
        self._analyzer = Analyzer(content.staged.release.lexicon.words)
        texts = questions(content.held, _QUESTIONS, _QUESTION_SEED)
        self.questions: Sequence[Question] = [
            (list(dict.fromkeys(self._analyzer.terms(text))), vector)
            for text, vector in zip(texts, self.encoder.encode_queries(texts), strict=True)
        ]

    def at(self, number: int) -> StagedContent:
        """The content with a marker whose title says when the version was created."""
        created_at = (_START + dt.timedelta(seconds=number)).isoformat()
        # in a small library: one that does not change is taken over, and an hour is saved
        item = make_item("marker", f"{WORD} {created_at}", SubLibrary.CASES)
        (marker,) = make_release(item).item_versions
        own = list(passages_of(marker))
        texts = [passage.indexed_text for passage in own]
        staged = self._staged
        return replace(
            staged,
            release=replace(staged.release, item_versions=(*staged.release.item_versions, marker)),
            passages=[*staged.passages, *own],
            terms=[*staged.terms, *map(self._analyzer.terms, texts)],
            vectors=np.vstack([staged.vectors, self.encoder.encode_passages(texts)]),
            created_at=created_at,
        )
