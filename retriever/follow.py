"""Knowledge follows (知识跟随): the card of a product code and the help of a screen, without a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from corpora.types import Facet, FacetKind, SaleStatus, SubLibrary
from corpora.versions import ItemVersion
from retriever.answer import action_json, item_head
from retriever.backends.protocol import Searcher
from retriever.collapse import chosen_member
from retriever.compose import actions_of, readable, related_of, templates_of, tips_of
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
_SALE_ORDER: Final = {status: place for place, status in enumerate(SaleStatus)}


def named_by(code: str, searcher: Searcher, wanted: Filter) -> ItemVersion | None:
    """The item that a code stands for, in its variant for the reader; None where nothing holds.

    Of several with the same code: by library, what is sold first, those with the code itself before
    those with a screen or a command of this name.
    """
    held_items = sorted(
        searcher.by_code(code, wanted),
        key=lambda held: (
            _LIBRARY_ORDER[held.item.sub_library],
            _SALE_ORDER[held.item.sale_status],
            code.upper() not in {own.value.upper() for own in held.item.codes},
            held.item.id,
        ),
    )
    return _member_shown(held_items, searcher, wanted) if held_items else None


def card(code: str, searcher: Searcher, wanted: Filter) -> dict[str, Any]:
    """The card of a code; ``found`` is false where nothing holds under the filter."""
    held = named_by(code, searcher, wanted)
    if held is None:
        return {"code": code, "found": False}
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
        "actions": [action_json(action) for action in actions_of(item, None, wanted.audience)],
        "templates": [t.id for t in templates_of(item, searcher.templates, wanted)],
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
    found = searcher.by_code(screen, wanted)
    families = dict.fromkeys(held.item.family for held in found)
    shown = [
        _member_shown([held for held in found if held.item.family == family], searcher, wanted)
        for family in families
    ]
    held_items = sorted(
        shown, key=lambda held: (held.item.sub_library is not SubLibrary.TECHNICAL, held.item.id)
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


def _member_shown(
    held_items: Sequence[ItemVersion], searcher: Searcher, wanted: Filter
) -> ItemVersion:
    """The variant of the first item's family that holds for the reader; without a region, the
    widest of those that were found: a code of a variant is about that variant.
    """
    family = held_items[0].item.family
    if wanted.region is not None:
        return chosen_member(searcher.family([family], wanted)[family], wanted.region)
    return chosen_member([held for held in held_items if held.item.family == family], None)


def _short(facets: Sequence[Facet]) -> str:
    for kind in (FacetKind.PRICE, FacetKind.OVERVIEW, *FacetKind):
        for facet in facets:
            if facet.kind is kind:
                text = facet.customer or facet.official
                return text if len(text) <= SHORT else text[: SHORT - 1] + "…"
    return ""
