"""Checks on the common look-ups."""

from __future__ import annotations

from collections.abc import Iterator

from corpora.catalogue import Catalogue
from corpora.source import Problem
from corpora.types import FieldError


def common_lookups(catalogue: Catalogue) -> Iterator[Problem]:
    """Common look-ups that stand there twice, or are for regions that the register lacks."""
    seen: set[str] = set()
    for lookup in catalogue.knowledge.lookups.entries:
        key = f"lookups/{lookup.query}"
        if lookup.query in seen:
            yield catalogue.problem(f"{key}@2", "query", f"“{lookup.query}”写了两次，请删去一个")
        seen.add(lookup.query)
        for n, path in enumerate(lookup.regions):
            try:
                catalogue.knowledge.regions.find(path)
            except FieldError as error:
                yield catalogue.problem(key, f"regions[{n}]", error.problem)
