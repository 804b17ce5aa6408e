"""How much knowledge there is, counted the ways that editors ask for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from corpora.knowledge import Knowledge
from corpora.push_template import PushChannel
from corpora.types import Audience, KnowledgeItem, SaleStatus, SubLibrary

Counts = dict[str, "int | dict[str, int]"]

_NAMES: Final = {
    "items": "条目",
    "per_library": "各子库条目",
    "facets": "口径",
    "facets_per_audience": "各受众口径",
    "validity": "有效状态",
    "sale_status": "销售状态",
    "variants": "地方版本",
    "templates": "推送模板",
    "templates_per_channel": "各渠道模板",
    "questions": "相似问法",
    "words": "词表",
    "synonyms": "同义词组",
    "glossary": "客户话术词",
    "routes": "转办规则",
    "price_book": "价目",
    "regions": "地区",
}


def count(knowledge: Knowledge, as_of: dt.date) -> Counts:
    """Numbers by stable keys; every library, audience and channel is there, if with 0."""
    items, templates = knowledge.items, knowledge.templates
    facets = [facet for item in items for facet in item.facets]
    return {
        "items": len(items),
        "per_library": _tally(SubLibrary, (item.sub_library for item in items)),
        "facets": len(facets),
        "facets_per_audience": _tally(Audience, (facet.audience for facet in facets)),
        "validity": _tally(
            ("valid", "future", "expired"), (_validity(item, as_of) for item in items)
        ),
        "sale_status": _tally(SaleStatus, (item.sale_status for item in items)),
        "variants": sum(bool(item.variant_of) for item in items),
        "templates": len(templates),
        "templates_per_channel": _tally(PushChannel, (t.channel for t in templates)),
        "questions": sum(len(item.similar_questions) for item in items),
        "words": len(knowledge.lexicon.words),
        "synonyms": len(knowledge.lexicon.synonyms),
        "glossary": len(knowledge.lexicon.glossary),
        "routes": len(knowledge.lexicon.routes),
        "price_book": len(knowledge.price_book),
        "regions": len(knowledge.regions.entries),
    }


def lines(counted: Mapping[str, int | dict[str, int]]) -> Iterator[str]:
    """The same for people, a line a number."""
    for key, value in counted.items():
        if isinstance(value, dict):
            parts = "，".join(f"{name} {number}" for name, number in value.items())
            yield f"{_NAMES[key]}：{parts}"
        else:
            yield f"{_NAMES[key]}：{value}"


def _tally(known: Iterable[str], found: Iterable[str]) -> dict[str, int]:
    tally = Counter(str(name) for name in found)
    return {str(name): tally[str(name)] for name in known}


def _validity(item: KnowledgeItem, as_of: dt.date) -> str:
    if item.valid_on(as_of):
        return "valid"
    not_yet = item.effective_from is not None and as_of < item.effective_from
    return "future" if not_yet else "expired"
