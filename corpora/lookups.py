"""Common look-ups (常用查询) that editors chose: what clerks are offered before they type anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from corpora.types import FieldError, Region, SubLibrary

LONGEST: Final = 100  # characters of a question: it stands on a button


@dataclass(frozen=True, slots=True)
class CommonLookup:
    """A question that is asked often; ``title`` is what the button says where that is shorter.

    Without ``libraries`` it is searched everywhere; without ``regions`` it is offered everywhere.
    """

    query: str
    title: str = ""
    libraries: tuple[SubLibrary, ...] = ()
    regions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("query", "title"):
            if len(getattr(self, name)) > LONGEST:
                raise FieldError(name, f"is longer than {LONGEST} characters")
        if not self.query.strip():
            raise FieldError("query", "is empty")
        for path in self.regions:
            try:
                Region(path)
            except FieldError as error:
                raise FieldError("regions", error.problem) from error

    def offered_in(self, region: Region | None) -> bool:
        """Whether somebody in ``region`` is offered it; without a region, what is for everybody."""
        return not self.regions or (
            region is not None and any(path in region.lineage for path in self.regions)
        )

    def offered_for(self, libraries: Collection[SubLibrary]) -> bool:
        """Whether somebody who looks into ``libraries`` (none: all) is offered it."""
        return not libraries or not self.libraries or bool(set(libraries) & set(self.libraries))


@dataclass(frozen=True, slots=True)
class Lookups:
    """All of them, in the order in which they are offered."""

    entries: tuple[CommonLookup, ...] = ()
