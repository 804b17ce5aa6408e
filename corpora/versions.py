"""Versions of items and the days on which each is the one that holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from corpora.types import KnowledgeItem

OPEN_FROM: Final = dt.date.min
OPEN_TO: Final = dt.date.max


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """A version of an item and the days (both included) on which it is the one that holds."""

    item: KnowledgeItem
    version: int
    valid_from: dt.date = OPEN_FROM
    valid_to: dt.date = OPEN_TO

    @property
    def key(self) -> str:
        """``item@version``."""
        return f"{self.item.id}@{self.version}"
