"""Values of retrieval as JSON, the same for the command line and the API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from corpora.push_template import PushTemplate
from corpora.regions import Regions
from corpora.serial import adapter
from corpora.types import Audience, Device, Facet, Tariff
from corpora.versions import ItemVersion
from retriever.answer import action_json, item_head
from retriever.compose import actions_of, readable, templates_of
from retriever.explain_views import explanation_json, understood_json
from retriever.explaining import Explanation
from retriever.filters import Filter
from retriever.retriever import ResultPage
from retriever.snippet import snippet
from retriever.types import Hit

_UNNAMED: Final = Regions()


def facet_json(facet: Facet, audience: Audience) -> dict[str, Any]:
    """A facet for a reader; the official wording is for staff."""
    return {
        "kind": facet.kind.value,
        "label": facet.kind.label,
        "audience": facet.audience.value,
        "customer": facet.customer or None,
        "steps": list(facet.steps),
        "questions": list(facet.questions),
        "official": None if audience is Audience.CUSTOMER else facet.official,
    }


def page_json(
    page: ResultPage,
    wanted: Filter,
    explained: Sequence[Explanation] | None = None,
    regions: Regions = _UNNAMED,
) -> dict[str, Any]:
    """A result page with the keys of the contract.

    ``explained``, one a hit, adds why each is here; ``regions`` name those that the question names.
    """
    hits = [_hit_json(hit, page, wanted) for hit in page.hits]
    if explained is not None:
        understood = understood_json(page.query, regions)
        for view, hit, why in zip(hits, page.hits, explained, strict=True):
            view["explain"] = {**_why_json(hit, page, why), "understood": understood}
    return {
        "hits": hits,
        "took_ms": round(page.took_ms, 2),
        "degraded": list(page.degraded),
    }


def _hit_json(hit: Hit, page: ResultPage, wanted: Filter) -> dict[str, Any]:
    item = hit.held.item
    shown = snippet(_shown_text(hit, wanted.audience), page.query.terms)
    return {
        "item_id": item.id,
        "title": item.title,
        "sub_library": item.sub_library.value,
        "score": round(hit.score, 4),
        "snippet": {"text": shown.text, "spans": [list(span) for span in shown.spans]},
        "facet": hit.passage.facet.value if hit.passage.facet else None,
        "sale_status": item.sale_status.value,
        "effective_from": item.effective_from.isoformat() if item.effective_from else None,
        "effective_to": item.effective_to.isoformat() if item.effective_to else None,
        "region": item.region.path if item.region else None,
        "reasons": list(hit.reasons),
    }


def _why_json(hit: Hit, page: ResultPage, explained: Explanation) -> dict[str, Any]:
    return {
        "passage_id": hit.passage.passage_id,
        "lexical": round(hit.evidence.lexical, 4),
        "semantic": round(hit.evidence.semantic, 4),
        "blend": round(hit.evidence.score, 4),
        "terms": [t for t in dict.fromkeys(page.query.terms) if t in hit.passage.text.lower()],
        "asked": [kind.value for kind in page.query.facets],
        **explanation_json(explained, hit.passage.field),
    }


def _shown_text(hit: Hit, audience: Audience) -> str:
    """The found facet's words from the version that is shown, or its first readable facet."""
    facets = readable(hit.held.item, audience)
    same = [facet for facet in facets if facet.kind is hit.passage.facet]
    own = hit.passage.item_id == hit.item_id and hit.passage.version == hit.held.version
    if own and same and (audience is not Audience.CUSTOMER or ".customer" in hit.passage.field):
        return hit.passage.text
    facet = next(iter([*same, *facets]), None)
    if facet is None:
        return hit.held.item.title
    return facet.customer or (facet.official if audience is not Audience.CUSTOMER else "")


def structured(value: Device | Tariff | None) -> dict[str, Any] | None:
    """What a machine can compare or compute with: the fields that are given, numbers as numbers."""
    if value is None:
        return None
    kind: Any = type(value)
    given: dict[str, Any] = json.loads(adapter(kind).dump_json(value, exclude_defaults=True))
    numeric = {
        field.name for field in fields(value) if isinstance(getattr(value, field.name), Decimal)
    }
    return {
        name: float(part) if name in numeric else _numbers(part)
        for name, part in given.items()
        if name != "price_book"  # a key of ours that says nothing to others
    }


def _numbers(part: Any) -> Any:
    """The allowances of a tariff, their gigabytes as numbers."""
    if isinstance(part, list):
        return [{**one, "gb": float(one["gb"])} for one in part]
    return part


def item_json(
    held: ItemVersion, wanted: Filter, templates: Mapping[str, PushTemplate]
) -> dict[str, Any]:
    """A whole item, as far as the reader may see it; screens are for staff."""
    item = held.item
    for_staff = wanted.audience is not Audience.CUSTOMER
    return {
        "item": item_head(held),
        "similar_questions": list(item.similar_questions),
        "aliases": list(item.aliases),
        "screens": list(item.screens) if for_staff else [],
        "suited_to": item.suited_to,
        "excludes": list(item.excludes),
        "requires": list(item.requires),
        "variant_of": item.variant_of or None,
        "must_say": item.must_say,
        "relations": [
            {"kind": r.kind.value, "target": r.target} for r in item.relations if for_staff
        ],
        "identity_check": item.identity_check,
        "handling_time": item.handling_time,
        "at_end": item.at_end,
        "errors": list(item.errors) if for_staff else [],
        "device": structured(item.device),
        "tariff": structured(item.tariff),
        "facets": [facet_json(facet, wanted.audience) for facet in readable(item, wanted.audience)],
        "actions": [action_json(action) for action in actions_of(item, None, wanted.audience)],
        "templates": [template.id for template in templates_of(item, templates, wanted)],
    }
