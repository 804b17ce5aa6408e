"""Item version → passages: the unit that is indexed on the lexical and the semantic side alike.

A passage is a title, a similar question, a question that asks for one facet, or a window of one
facet in one wording. Its id is
``item@version#field#key``; the key comes from the content, never from a position, so an unchanged
passage keeps its id and its vector.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from corpora.types import Audience, Facet, FacetKind, SubLibrary
from corpora.versions import OPEN_FROM, ItemVersion

WINDOW: Final = 128  # characters; encoders cut long text, and shorter units rank better
STEP: Final = 64
ASKED: Final = "question"  # the last part of the field of a passage that is a question


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an item version that can be found, with everything that filters look at."""

    passage_id: str
    item_id: str
    version: int
    family: str
    field: str
    text: str
    context: str
    sub_library: SubLibrary
    audience: Audience
    region: str
    valid_from: dt.date
    valid_to: dt.date
    facet: FacetKind | None = None

    @property
    def indexed_text(self) -> str:
        """What terms and vectors are made from: the passage after what it belongs to."""
        return f"{self.context} {self.text}" if self.context else self.text


def windows(text: str) -> list[str]:
    """``text`` in overlapping windows; short text is one window, the last one is never a stub.

    >>> [len(window) for window in windows("字" * 300)]
    [128, 128, 128, 108]
    """
    if len(text) <= WINDOW:
        return [text]
    starts = list(range(0, len(text) - STEP, STEP))
    return [text[start : start + WINDOW] for start in starts]


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def passages_of(held: ItemVersion) -> Iterator[Passage]:
    """All passages of an item version; two passages never have the same indexed text."""
    item = held.item
    seen: set[str] = set()

    def passage(
        field: str, text: str, context: str, audience: Audience, facet: FacetKind | None
    ) -> Iterator[Passage]:
        indexed = f"{context} {text}" if context else text
        if not text.strip() or indexed in seen:
            return
        seen.add(indexed)
        # a version that holds in two separate spans of time has a row for each
        span = "" if held.valid_from == OPEN_FROM else f"~{held.valid_from:%Y%m%d}"
        yield Passage(
            passage_id=f"{held.key}#{field}#{_key(text)}{span}",
            item_id=item.id,
            version=held.version,
            family=item.family,
            field=field,
            text=text,
            context=context,
            sub_library=item.sub_library,
            audience=audience,
            region=item.region.path if item.region else "",
            valid_from=held.valid_from,
            valid_to=held.valid_to,
            facet=facet,
        )

    # a title is shown to a customer only if there is something that a customer may read
    widest = min((facet.audience for facet in item.facets), key=lambda audience: audience.level)
    yield from passage("title", item.title, "", widest, None)
    for alias in item.aliases:
        yield from passage("alias", alias, "", widest, None)

    def asked(facet: Facet) -> Iterator[Passage]:
        for question in facet.questions:
            yield from passage(f"{facet.kind}.{ASKED}", question, "", facet.audience, facet.kind)

    # the most public facets first: what they say already needs no second row for fewer readers
    facets = sorted(item.facets, key=lambda facet: facet.audience.level)
    # a question of item and facet names the facet, unless that hid it from readers of the item
    for facet in facets:
        if facet.audience is widest:
            yield from asked(facet)
    for question in item.similar_questions:
        yield from passage(ASKED, question, "", widest, None)
    for facet in facets:
        yield from asked(facet)
        label = "" if facet.kind is FacetKind.OVERVIEW else facet.kind.label
        spoken = " ".join([facet.customer, *facet.steps]).strip()
        for field, wording in (
            (f"{facet.kind}.customer", spoken),
            (f"{facet.kind}.official", facet.official),
        ):
            for window in windows(wording):
                context = item.title if not window.startswith(item.title) else ""
                context = f"{context} {label}".strip()
                yield from passage(field, window, context, facet.audience, facet.kind)
