"""What may be found: the filter that every read of knowledge carries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from corpora.types import Audience, Region, SaleStatus, SubLibrary


@dataclass(frozen=True, slots=True)
class Filter:
    """Nothing outside it is ever returned. Empty sets and an absent region restrict nothing.

    A region sees its own knowledge and that of the regions around it (hall, city, province), never
    that of its neighbours or of the halls inside it.
    """

    as_of: dt.date
    audience: Audience = Audience.AGENT
    libraries: frozenset[SubLibrary] = frozenset()
    region: Region | None = None
    sale_statuses: frozenset[SaleStatus] = frozenset()
    begins_by: dt.date | None = None
    """Where given: not what holds on ``as_of``, but what begins after it and on this day at the latest."""

    def allows_span(self, first: dt.date, last: dt.date) -> bool:
        """Whether knowledge that holds from ``first`` to ``last``, both days included, may be found."""
        if self.begins_by is not None:
            return self.as_of < first <= self.begins_by
        return first <= self.as_of <= last

    def allows_region(self, path: str) -> bool:
        """Whether knowledge of ``path`` ("" is everywhere) holds for the filter's region."""
        return self.region is None or path == "" or path in self.region.lineage
