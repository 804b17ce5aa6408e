"""How near each passage of an item is to the question, in every way that we can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from indexer.passages import ASKED
from retriever.backends.protocol import Searcher
from retriever.rerank import interactions
from retriever.types import Meaning

FAR: Final = 0.3
"""What stands for a passage that is not there: the cosine of texts that have nothing in common."""


class Closeness(NamedTuple):
    """A passage's field, its cosine, and its late interaction (``FAR`` where there is none)."""

    field: str
    cosine: float
    met: float
    worst: float

    @property
    def is_question(self) -> bool:
        """Whether the passage is a way to ask."""
        return self.field == ASKED or self.field.endswith(f".{ASKED}")


def closeness(
    passage_ids: Sequence[str], meanings: Sequence[Meaning], searcher: Searcher
) -> list[Closeness]:
    """The nearest that any reading of the question comes to each passage, in the order given."""
    if not meanings or not passage_ids:
        return []
    cosines = [
        max(scores)
        for scores in zip(
            *([m.score for m in searcher.cosines(one.vector, passage_ids)] for one in meanings),
            strict=True,
        )
    ]
    fields = [passage_id.split("#")[1] for passage_id in passage_ids]
    tokens = [one.tokens for one in meanings if one.tokens is not None]
    if not tokens:
        return [Closeness(f, c, FAR, FAR) for f, c in zip(fields, cosines, strict=True)]
    matrices = searcher.token_vectors(passage_ids)
    passages = [matrices[passage_id] for passage_id in passage_ids]
    met = interactions(tokens, passages)
    return [
        Closeness(f, c, one.met, one.worst) for f, c, one in zip(fields, cosines, met, strict=True)
    ]
