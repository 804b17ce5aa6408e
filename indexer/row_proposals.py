"""Sub-libraries for the rows of a table that name none, from the knowledge that is there."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from corpora.settings import Settings
from corpora.sheets.reading import Proposed
from corpora.standing import Standing
from corpora.types import KnowledgeItem, SubLibrary
from indexer.encoders.catalog import default_encoder, open_encoder
from indexer.encoders.models_at import models_at
from indexer.encoders.protocol import Encoder, ModelUnavailable, ServerAway
from indexer.encoders.remembered import RememberedEncoder
from indexer.location import index_at, vector_cache
from indexer.propose import APPLY_AT, ItemText, Proposer
from indexer.vector_cache import fingerprints_in

_ENOUGH_EACH = 10  # items of every sub-library; with fewer, the shipped knowledge teaches as well
_MOST = 20_000  # items to learn from, evenly over a larger store: more teach nothing new


class RowProposer:
    """Proposes a sub-library for an item; learns when the first row asks."""

    def __init__(self, standing: Standing, settings: Settings) -> None:
        self._standing = standing
        self._settings = settings
        self._proposer: Proposer | None = None

    def __call__(self, item: KnowledgeItem) -> Proposed:
        """The proposal; it is applied where the proposer is sure enough."""
        if self._proposer is None:
            words = self._standing.lexicon().words
            self._proposer = Proposer.from_items(self._known(), self._encoder(), words)
        proposal = self._proposer.propose(ItemText.of_item(item))
        return Proposed(
            proposal.library,
            proposal.confidence,
            proposal.runner_up,
            applied=proposal.confidence >= APPLY_AT,
        )

    def _encoder(self) -> Encoder | None:
        models = models_at(self._settings)
        cache = vector_cache(index_at(self._settings))
        try:
            encoder = open_encoder(
                self._settings.encoder or default_encoder(models),
                models,
                known=fingerprints_in(cache),
            )
        except (ModelUnavailable, ServerAway):
            return None  # terms and fields alone propose less surely, not wrongly
        # learning encodes some thousand short texts: a minute the first time, nothing the next
        return RememberedEncoder(encoder, cache) if cache.is_dir() else encoder

    def _known(self) -> list[KnowledgeItem]:
        step = 1 + self._standing.count() // _MOST
        items = list(islice(self._standing.items(), 0, None, step))
        each = Counter(item.sub_library for item in items)
        if min(each[library] for library in SubLibrary) >= _ENOUGH_EACH:
            return items
        from corpora.cli import SHIPPED
        from corpora.loader import load

        ids = {item.id for item in items}
        return [*items, *(i for i in load(SHIPPED).knowledge.items if i.id not in ids)]
