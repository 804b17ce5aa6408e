"""What was found, weighed: which facet of the first item answers, and what the outcome should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from corpora.lexicon import Route
from corpora.types import Audience
from corpora.versions import ItemVersion
from indexer.passages import passages_of
from retriever.asking import is_incomplete
from retriever.choosing import FacetMatch, asked_first, facet_features, facets_by_match
from retriever.closeness import FAR, Closeness, closeness
from retriever.compose import readable
from retriever.confidence import confidence
from retriever.constants import Constants
from retriever.handing_over import Routes
from retriever.kept import Kept
from retriever.outcomes import outcome_features, outcome_hints
from retriever.reconsidering import looked_features, seen_again
from retriever.retriever import ResultPage, Retriever
from retriever.words_alone import WORDS_ALONE

_COMPARED: Final = 3  # items whose passages are looked at one by one
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Weighed:
    """The first item's facets, likeliest first; the features of the question; P(outcome), empty
    where nothing was learned or the question has no vector; the calibrated probability that the first
    item answers it; the one from which on the rules let it; and the hand-over route that takes the
    question, if one does. ``looked`` is what chances and confidence were read from anew, empty where they
    were not.
    """

    facets: tuple[FacetMatch, ...]
    features: Mapping[str, float]
    chances: Mapping[str, float]
    confidence: float
    threshold: float
    route: Route | None = None
    looked: Mapping[str, float] = field(default_factory=dict)


class Weigher:
    """Weighs what one retriever found."""

    def __init__(self, retriever: Retriever, routes: Routes) -> None:
        self._retriever = retriever
        self._routes = routes
        self._ids: Kept[tuple[tuple[str, Audience], ...]] = Kept(_KEPT)

    @property
    def _constants(self) -> Constants:
        return self._retriever.constants

    @property
    def facet_weights(self) -> Mapping[str, float]:
        """What each feature of a facet counts; of ``second_look`` only a second look knows."""
        second = self._retriever.second_look
        read = {"second_look": second.joined.facet} if second is not None else {}
        return {**self._constants.facets, **read}

    def facets(self, page: ResultPage, held: ItemVersion, audience: Audience) -> list[FacetMatch]:
        """The facets of an item that a reader may see, likeliest first."""
        return self._matched(page, held, audience, self._close(page, [held], audience)[held.key])

    def weighed(self, page: ResultPage, audience: Audience) -> Weighed:
        """Weighs a page of results: as it was found, because what was learned of outcomes reads it so, and
        then again by what the second look says, where that was learned for this look.
        """
        found = page
        if page.look is not None and page.hits:
            found = replace(page, hits=page.as_found, look=None, as_found=())
        compared = [hit.held for hit in (*found.hits[:_COMPARED], *page.hits[:1])]
        close = self._close(page, compared, audience)
        weighed = self._weighed(found, close, audience)
        if page.look is None or not page.hits:
            return weighed
        held = page.hits[0].held
        weighed = replace(
            weighed, facets=tuple(self._matched(page, held, audience, close[held.key]))
        )
        again = self._constants.reconsidered
        if again is None or again.taught != self._retriever.taught_digest or not weighed.chances:
            return weighed
        looked = looked_features(page, page.look, weighed.chances, weighed.confidence)
        return replace(
            weighed,
            chances=seen_again(weighed.chances, confidence(looked, again.answered)),
            confidence=confidence(looked, again.calibration),
            threshold=again.calibration.threshold,
            looked=looked,
        )

    def _weighed(
        self, page: ResultPage, near_by: Mapping[str, Sequence[Closeness]], audience: Audience
    ) -> Weighed:
        close = [near_by[hit.held.key] for hit in page.hits[:_COMPARED]]
        facets: Sequence[FacetMatch] = ()
        if page.hits:
            facets = self._matched(page, page.hits[0].held, audience, close[0])
        vector = page.vector
        near = self._routes.nearest(vector)
        constants = self._constants
        features = outcome_features(
            page,
            close,
            facets,
            route_named=self._routes.route_of(page.query.normalized) is not None,
            route_cosine=near.cosine if near else FAR,
            incomplete=is_incomplete(page.query, page),
            hints={} if vector is None else outcome_hints(constants, vector, page.query.normalized),
        )
        # what was learned knows only questions that have a vector
        outcomes = constants.outcomes if vector is not None else None
        calibration = constants.calibration if vector is not None else WORDS_ALONE
        return Weighed(
            tuple(facets),
            features,
            outcomes.probabilities(features) if outcomes else {},
            confidence(features, calibration),
            calibration.threshold,
            self._routes.taking(page.query.normalized, near),
        )

    def _matched(
        self, page: ResultPage, held: ItemVersion, audience: Audience, close: Sequence[Closeness]
    ) -> list[FacetMatch]:
        constants = self._constants
        intents: Mapping[str, float] = {}
        if constants.intents is not None and page.vector is not None:
            intents = constants.intents.log_probabilities(page.vector)
        facets = readable(held.item, audience)
        features = facet_features(facets, close, page.query.facets, intents)
        second = self._retriever.second_look
        if page.look is not None:
            read = page.look.facets.get(held.key, {})
            places = [place for place, facet in enumerate(held.item.facets) if facet in facets]
            for place, own in zip(places, features, strict=True):
                own["second_look"] = read.get(place, 0.0)
        calm = second.joined.calm if page.look is not None and second is not None else 1.0
        matches = facets_by_match(facets, features, self.facet_weights, calm)
        plain = any(hit.held is held and "wholly_named" in hit.reasons for hit in page.hits)
        return asked_first(matches, page.query.facets) if plain else matches

    def _close(
        self, page: ResultPage, compared: Sequence[ItemVersion], audience: Audience
    ) -> dict[str, list[Closeness]]:
        """How near the passages of each item are, by the key of its version; all looked at together."""
        ids = {held.key: self._ids_of(held, audience) for held in compared}
        every = [passage_id for own in ids.values() for passage_id in own]
        found = iter(closeness(every, page.meanings, self._retriever.searcher))
        return {key: list(islice(found, len(own))) for key, own in ids.items()}

    def _ids_of(self, held: ItemVersion, audience: Audience) -> list[str]:
        known = self._ids.get(
            held.key, lambda: tuple((p.passage_id, p.audience) for p in passages_of(held))
        )
        return [passage_id for passage_id, needed in known if audience.may_read(needed)]
