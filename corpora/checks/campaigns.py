"""Campaigns: the questions they raise, the script, and which of them meet for one customer."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from corpora.catalogue import WARNING, Catalogue
from corpora.source import Problem
from corpora.types import FacetKind, KnowledgeItem, RelationKind, SaleStatus, SubLibrary

_TOGETHER: Final = re.compile(
    r"同享|同时(?:参加|享受|办理|使用)|叠加|互斥|不可再|不能再|其他(?:优惠|活动|套餐优惠)"
)
_BEGINNING: Final = dt.date.min
_END: Final = dt.date.max


def is_campaign(item: KnowledgeItem) -> bool:
    """An offer with a price or an end; scripts and objections are neither."""
    dated = item.tariff is not None or item.effective_to is not None
    return item.sub_library is SubLibrary.MARKETING and dated


def campaigns_without_faq(catalogue: Catalogue) -> Iterator[Problem]:
    """Campaigns that leave the usual questions unanswered."""
    for key, item in catalogue.items:
        if is_campaign(item) and all(facet.kind is not FacetKind.FAQ for facet in item.facets):
            problem = "营销活动没有常见问题（kind: faq），请补写"
            yield catalogue.problem(key, "facets", problem, WARNING)


def campaigns_without_script(catalogue: Catalogue) -> Iterator[Problem]:
    """Campaigns that everybody would have to explain in words of their own."""
    for key, item in catalogue.items:
        if is_campaign(item) and all(facet.kind is not FacetKind.SCRIPT for facet in item.facets):
            problem = "营销活动没有话术（kind: script），请补写"
            yield catalogue.problem(key, "facets", problem, WARNING)


def campaigns_without_conflicts(catalogue: Catalogue) -> Iterator[Problem]:
    """Campaigns on sale that do not say what they go together with and what they do not."""
    for key, item in catalogue.items:
        if not is_campaign(item) or item.sale_status is not SaleStatus.ON_SALE or item.excludes:
            continue
        combines = any(r.kind is RelationKind.COMBINES for r in item.relations)
        if not combines and not any(_TOGETHER.search(facet.official) for facet in item.facets):
            problem = (
                "没说能否与别的活动同享；不能就写excludes，能就写combines关联或在规则里写明可同享"
            )
            yield catalogue.problem(key, "excludes", problem, WARNING)


def overlapping_campaigns(catalogue: Catalogue) -> Iterator[Problem]:
    """Two campaigns on one product, in one place, on one day, and nobody said whether both go.

    What they are about are the priced business items that both name (``kind: business``), or money
    that both want in advance. They have to exclude each other (``excludes``, on either) or to say
    that they combine (``kind: combines``).
    """
    about: dict[str, list[tuple[str, KnowledgeItem]]] = defaultdict(list)
    for key, item in catalogue.items:
        if is_campaign(item) and item.sale_status is SaleStatus.ON_SALE:
            for product in _products(catalogue, item):
                about[product].append((key, item))
    said: set[frozenset[str]] = set()
    for product, campaigns in about.items():
        for (_, one), (key, other) in combinations(campaigns, 2):
            pair = frozenset((one.id, other.id))
            if pair in said or not _meet(one, other) or _settled(one, other):
                continue
            said.add(pair)
            problem = (
                f"与{one.id}都涉及{product}，时间和地区重叠，没说能否同享；"
                "不能就写excludes，能就写kind: combines的关联"
            )
            yield catalogue.problem(key, "excludes", problem, WARNING)


def _products(catalogue: Catalogue, item: KnowledgeItem) -> Iterator[str]:
    if item.tariff is not None and item.tariff.deposit:
        yield "预存话费"
    for relation in item.relations:
        target = catalogue.item_of.get(relation.target)
        if relation.kind is RelationKind.BUSINESS and target is not None and target.tariff:
            yield target.id


def _meet(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    if one.family == other.family or one.id == other.id:
        return False
    in_time = max(one.effective_from or _BEGINNING, other.effective_from or _BEGINNING) <= min(
        one.effective_to or _END, other.effective_to or _END
    )
    if one.region is None or other.region is None:
        return in_time
    return in_time and (
        one.region.path in other.region.lineage or other.region.path in one.region.lineage
    )


def _settled(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    return _speaks_of(one, other) or _speaks_of(other, one)


def _speaks_of(one: KnowledgeItem, other: KnowledgeItem) -> bool:
    combines = {r.target for r in one.relations if r.kind is RelationKind.COMBINES}
    return bool({other.id, other.family} & ({*one.excludes} | combines))
