"""How much knowledge there is, counted the ways that editors ask for."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean
from typing import Final, TypeAlias

from corpora.checks.campaigns import is_campaign
from corpora.jargon import jargon, readings
from corpora.knowledge import Knowledge
from corpora.lexicon import ApprovalState
from corpora.push_template import PushChannel
from corpora.touchpoints import HallType
from corpora.types import Audience, KnowledgeItem, RelationKind, SaleStatus, SubLibrary

Number: TypeAlias = int | float
Counts: TypeAlias = dict[str, Number | dict[str, Number]]

_NAMES: Final = {
    "items": "条目",
    "per_library": "各子库条目",
    "facets": "口径",
    "facets_per_audience": "各受众口径",
    "validity": "有效状态",
    "sale_status": "销售状态",
    "not_for_sale_today": "今天不可新办（过期、未开始、停售或下线）",
    "sibling_families": "相近产品家族",
    "variants": "地方版本",
    "items_with_variants": "有地方版本的条目",
    "priced": "引用价目表的条目",
    "with_tips": "关联了提示的业务",
    "campaigns": "营销活动",
    "devices": "可对比的终端",
    "screens": "有操作步骤的界面",
    "error_codes": "有说明的错误码",
    "halls": "营业厅",
    "channel_rows": "渠道矩阵业务",
    "templates": "推送模板",
    "templates_per_channel": "各渠道模板",
    "questions": "问法",
    "questions_per_library": "各子库问法",
    "words": "词表",
    "synonyms": "同义词组",
    "glossary": "术语",
    "glossary_local": "有地市说法的术语",
    "jargon": "每百字术语数",
    "routes": "转办规则",
    "price_book": "价目",
    "regions": "地区",
}


def count(knowledge: Knowledge, as_of: dt.date) -> Counts:
    """Numbers by stable keys; every library, audience and channel is there, if with 0."""
    items, templates, lexicon = knowledge.items, knowledge.templates, knowledge.lexicon
    facets = [facet for item in items for facet in item.facets]
    asked = [item.sub_library for item in items for _ in item.questions()]
    business = [item for item in items if item.sub_library is SubLibrary.BUSINESS]
    validity = {item.id: _validity(item, as_of) for item in items}
    return {
        "items": len(items),
        "per_library": _tally(SubLibrary, (item.sub_library for item in items)),
        "facets": len(facets),
        "facets_per_audience": _tally(Audience, (facet.audience for facet in facets)),
        "validity": _tally(("valid", "future", "expired"), validity.values()),
        "sale_status": _tally(SaleStatus, (item.sale_status for item in items)),
        "not_for_sale_today": sum(
            item.sale_status is not SaleStatus.ON_SALE or validity[item.id] != "valid"
            for item in items
        ),
        "sibling_families": len(list(sibling_families(items))),
        "variants": sum(bool(item.variant_of) for item in items),
        "items_with_variants": len({item.variant_of for item in items} - {""}),
        "priced": sum(item.tariff is not None and bool(item.tariff.price_book) for item in items),
        "with_tips": sum(
            any(relation.kind is RelationKind.TIP for relation in item.relations)
            for item in business
        ),
        "campaigns": sum(map(is_campaign, items)),
        "devices": sum(item.device is not None for item in items),
        "screens": len(
            {s for i in items if i.sub_library is SubLibrary.TECHNICAL for s in i.screens}
        ),
        "error_codes": len({error for item in items for error in item.errors}),
        "halls": _tally(HallType, (hall.type for hall in knowledge.halls)),
        "channel_rows": len(knowledge.channels),
        "templates": len(templates),
        "templates_per_channel": _tally(PushChannel, (t.channel for t in templates)),
        "questions": len(asked),
        "questions_per_library": _tally(SubLibrary, asked),
        "words": len(lexicon.words),
        "synonyms": len(lexicon.synonyms),
        "glossary": _tally(ApprovalState, (term.state for term in lexicon.glossary)),
        "glossary_local": sum(bool(term.local) for term in lexicon.glossary),
        "jargon": _jargon(knowledge),
        "routes": len(lexicon.routes),
        "price_book": len(knowledge.price_book),
        "regions": len(knowledge.regions.entries),
    }


def rows(counted: Mapping[str, Number | dict[str, Number]]) -> Iterator[tuple[str, str]]:
    """The same for people: what is counted, and the number or the numbers."""
    for key, value in counted.items():
        if isinstance(value, dict):
            yield _NAMES[key], "\n".join(f"{name} {number}" for name, number in value.items())
        else:
            yield _NAMES[key], str(value)


def sibling_families(items: Iterable[KnowledgeItem]) -> Iterator[frozenset[str]]:
    """Groups of products that ``sibling`` joins; local variants belong to their base."""
    joined: dict[str, set[str]] = defaultdict(set)
    known = {item.id: item for item in items if item.tariff is not None and not item.variant_of}
    for item in known.values():
        for relation in item.relations:
            if relation.kind is RelationKind.SIBLING and relation.target in known:
                joined[item.id].add(relation.target)
                joined[relation.target].add(item.id)
    seen: set[str] = set()
    for start in joined:
        if start in seen:
            continue
        family, waiting = set[str](), [start]
        while waiting:
            one = waiting.pop()
            if one not in family:
                family.add(one)
                waiting += joined[one]
        seen |= family
        yield frozenset(family)


def _jargon(knowledge: Knowledge) -> dict[str, Number]:
    """Unexplained expert terms a hundred characters, in official and in customer wording."""
    glossary = readings(knowledge.lexicon.glossary)
    official: list[float] = []
    customer: list[float] = []
    for item in knowledge.items:
        for facet in item.facets:
            if facet.customer:
                official.append(jargon(facet.official, glossary, item.region).score)
                customer.append(jargon(facet.customer, glossary, item.region).score)
    return {
        name: round(fmean(scores), 2) if scores else 0.0
        for name, scores in (("official", official), ("customer", customer))
    }


def _tally(known: Iterable[str], found: Iterable[str]) -> dict[str, Number]:
    tally = Counter(str(name) for name in found)
    return {str(name): tally[str(name)] for name in known}


def _validity(item: KnowledgeItem, as_of: dt.date) -> str:
    if item.valid_on(as_of):
        return "valid"
    not_yet = item.effective_from is not None and as_of < item.effective_from
    return "future" if not_yet else "expired"
