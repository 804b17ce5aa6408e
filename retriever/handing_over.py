"""Questions that no knowledge can answer, and where they go."""

from __future__ import annotations

import re

from corpora.lexicon import Lexicon, Route


class Routes:
    """The hand-over routes of a lexicon, compiled once; the first that matches stands."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._routes = [
            (
                route,
                [re.compile(pattern) for pattern in route.patterns],
                [re.compile(pattern) for pattern in route.unless],
            )
            for route in lexicon.routes
        ]

    def route_of(self, normalized: str) -> Route | None:
        """The route of a question in normalised text, or None where knowledge may answer."""
        for route, patterns, unless in self._routes:
            if any(p.search(normalized) for p in patterns) and not any(
                u.search(normalized) for u in unless
            ):
                return route
        return None
