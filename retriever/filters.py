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

    def allows_region(self, path: str) -> bool:
        """Whether knowledge of ``path`` ("" is everywhere) holds for the filter's region."""
        return self.region is None or path == "" or path in self.region.lineage
