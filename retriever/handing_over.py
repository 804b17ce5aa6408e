"""Questions that no knowledge can answer, and where they go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora.lexicon import Lexicon, Route
from indexer.encoders.protocol import Encoder, EncoderError
from indexer.normalize import normalize


@dataclass(frozen=True, slots=True)
class NearRoute:
    """The route with the nearest example, and the cosine of that example."""

    route: Route
    cosine: float


class Routes:
    """The hand-over routes of a lexicon: patterns compiled once, examples encoded once.

    Where the encoder fails, patterns alone decide until it works again.
    """

    def __init__(self, lexicon: Lexicon, encoder: Encoder) -> None:
        self._routes = [
            (
                route,
                [re.compile(pattern) for pattern in route.patterns],
                [re.compile(pattern) for pattern in route.unless],
            )
            for route in lexicon.routes
        ]
        pairs = [(route, example) for route in lexicon.routes for example in route.examples]
        self._example_routes: Sequence[Route] = [route for route, _ in pairs]
        self._texts = [normalize(example) for _, example in pairs]
        self._encoder = encoder
        self._known: NDArray[np.float32] | None = None
        self._examples()

    def _examples(self) -> NDArray[np.float32] | None:
        if self._known is None:
            try:
                self._known = self._encoder.encode_queries(self._texts)
            except EncoderError:
                return None  # asked again at the next question that has a vector
        return self._known

    def route_of(self, normalized: str) -> Route | None:
        """The first route whose patterns match normalised text, or None where knowledge may answer."""
        for route, patterns, unless in self._routes:
            if any(p.search(normalized) for p in patterns) and not any(
                u.search(normalized) for u in unless
            ):
                return route
        return None

    def nearest(self, vector: NDArray[np.float32] | None) -> NearRoute | None:
        """The route of the example nearest to a question's vector."""
        if vector is None or not self._example_routes:
            return None
        examples = self._examples()
        if examples is None:
            return None
        cosines = examples @ vector
        best = int(np.argmax(cosines))
        return NearRoute(self._example_routes[best], float(cosines[best]))

    def taking(self, normalized: str, near: NearRoute | None) -> Route | None:
        """The route that takes a question: by its pattern, else that of its ``nearest`` example; None
        where there is none, or where the route's own exceptions say that knowledge answers after all.
        """
        by_pattern = self.route_of(normalized)
        if by_pattern is not None:
            return by_pattern
        if near is None:
            return None
        excused = next(unless for route, _, unless in self._routes if route is near.route)
        return None if any(u.search(normalized) for u in excused) else near.route
