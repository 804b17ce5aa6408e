"""Knowledge follows (知识跟随): the card of a product code and the help of a screen, without a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from corpora.types import Facet, FacetKind, SubLibrary
from corpora.versions import ItemVersion
from retriever.answer import action_json, item_head
from retriever.backends.protocol import Searcher
from retriever.compose import readable, related_of, tips_of
from retriever.filters import Filter
from retriever.views import facet_json

SHORT: Final = 120  # characters of the short card under the pointer
_ON_CARD: Final = (
    FacetKind.PRICE,
    FacetKind.OPEN,
    FacetKind.CANCEL,
    FacetKind.EFFECTIVE,
    FacetKind.ELIGIBILITY,
    FacetKind.RULES,
    FacetKind.PARAMETERS,
    FacetKind.FAULT,
)
# a product's own knowledge comes before warnings and cases that carry the same code
_LIBRARY_ORDER: Final = {library: place for place, library in enumerate(SubLibrary)}


def card(code: str, searcher: Searcher, wanted: Filter) -> dict[str, Any]:
    """The card of a code; ``found`` is false where nothing holds under the filter."""
    held_items = sorted(
        searcher.by_code(code, wanted), key=lambda held: _LIBRARY_ORDER[held.item.sub_library]
    )
    if not held_items:
        return {"code": code, "found": False}
    held = _most_local(held_items, searcher, wanted)
    item = held.item
    facets = readable(item, wanted.audience)
    return {
        "code": code,
        "found": True,
        "item": item_head(held),
        "short": _short(facets),
        "facets": [
            facet_json(facet, wanted.audience)
            for kind in _ON_CARD
            for facet in facets
            if facet.kind is kind
        ],
        "tips": [
            {"item_id": t.item_id, "title": t.title, "text": t.text, "must_say": t.must_say}
            for t in tips_of(item, searcher, wanted)
        ],
        "actions": [action_json(action) for action in item.actions],
        "templates": [t for t in item.templates if t in searcher.templates],
        "related": [
            {
                "item_id": r.item_id,
                "title": r.title,
                "sub_library": r.sub_library,
                "relation": r.relation,
            }
            for r in related_of(item, searcher, wanted)
        ],
    }


def screen_help(screen: str, searcher: Searcher, wanted: Filter) -> list[dict[str, Any]]:
    """The operating help of a screen: technical items first, each with its readable facets."""
    held_items = sorted(
        searcher.by_code(screen, wanted),
        key=lambda held: (held.item.sub_library is not SubLibrary.TECHNICAL, held.item.id),
    )
    return [
        {
            "item": item_head(held),
            "facets": [
                facet_json(f, wanted.audience) for f in readable(held.item, wanted.audience)
            ],
        }
        for held in held_items
    ]


def _most_local(
    held_items: Sequence[ItemVersion], searcher: Searcher, wanted: Filter
) -> ItemVersion:
    family = held_items[0].item.family
    members = searcher.family([family], wanted)[family] or list(held_items)
    return members[0] if wanted.region is not None else members[-1]


def _short(facets: Sequence[Facet]) -> str:
    for kind in (FacetKind.PRICE, FacetKind.OVERVIEW, *FacetKind):
        for facet in facets:
            if facet.kind is kind:
                text = facet.customer or facet.official
                return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
    return ""
