"""Questions so plain that nothing is left to guess: those made of the knowledge, an item by its name and
what one of its facets tells; and the look-ups that clerks are offered.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable
from typing import Final

from corpora.lookups import CommonLookup
from corpora.types import Audience, FacetKind, KnowledgeItem, Region
from eval.learning import Lesson
from indexer.normalize import normalize
from retriever.answer import Outcome
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase

WAYS: Final = {
    FacetKind.OVERVIEW: ("是什么", "介绍一下"),
    FacetKind.PRICE: ("多少钱", "怎么收费", "一个月多少钱"),
    FacetKind.OPEN: ("怎么开通", "怎么办理", "在哪里办"),
    FacetKind.CANCEL: ("怎么取消", "怎么退订", "不想要了怎么退"),
    FacetKind.CHECK: ("怎么查", "在哪里查询"),
    FacetKind.CHANGE: ("怎么改", "怎么变更"),
    FacetKind.EFFECTIVE: ("什么时候生效", "多久能用"),
    FacetKind.ELIGIBILITY: ("什么条件", "哪些人能办"),
    FacetKind.RULES: ("有什么规定", "怎么用"),
    FacetKind.PAPERS: ("要带什么证件", "要什么材料"),
    FacetKind.FAULT: ("用不了怎么办", "出错了怎么处理"),
    FacetKind.OPERATION: ("怎么操作", "在哪里录入"),
    FacetKind.HANDLING: ("怎么处理",),
    FacetKind.WARNING: ("要注意什么", "办之前要说什么"),
}
"""How each kind of facet is asked for when nothing is left to guess."""

_PLAIN_COUNTS: Final = 0.3  # 1 taught the same and cost a little on train
_OFFERED_COUNTS: Final = 1.0  # as much as a question of the set: somebody chose each


def is_learned_from(item: KnowledgeItem) -> bool:
    """Whether what is learned may see the plain questions of an item: those of the other half, by a
    hash of the id, are for trying it.
    """
    return zlib.crc32(item.id.encode()) % 2 == 0


def plain_questions(base: KnowledgeBase, day: dt.date) -> list[str]:
    """Of each item that is learned from, its title and its first alias with what one facet for
    customers tells, normalised; the knowledge answers them by its making.
    """
    found: dict[str, None] = {}
    for item in base.items(Filter(day, Audience.INTERNAL)):
        kinds = [facet.kind for facet in item.facets if facet.customer and facet.kind in WAYS]
        if not kinds or not is_learned_from(item):
            continue
        for name in [item.title, *item.aliases[:1]]:
            drawn = zlib.crc32(name.encode())
            ways = WAYS[kinds[drawn % len(kinds)]]
            found[normalize(name + ways[drawn // len(kinds) % len(ways)])] = None
    return list(found)


def offered_questions(
    base: KnowledgeBase, day: dt.date, lookups: Iterable[CommonLookup]
) -> list[str]:
    """The look-ups that clerks are offered, normalised; one for libraries and regions where nothing
    holds on the day is left out.
    """
    holds: dict[Filter, bool] = {}
    found: dict[str, None] = {}
    for one in lookups:
        for path in one.regions or ("",):
            region = Region(path) if path else None
            wanted = Filter(day, Audience.INTERNAL, frozenset(one.libraries), region)
            if wanted not in holds:
                holds[wanted] = bool(base.items(wanted))
            if holds[wanted]:
                found[normalize(one.query)] = None
    return list(found)


def lessons(plain: Iterable[str], offered: Iterable[str]) -> list[Lesson]:
    """What plain and offered questions teach: that they are answered."""
    loads = dict.fromkeys(plain, _PLAIN_COUNTS) | dict.fromkeys(offered, _OFFERED_COUNTS)
    return [(text, Outcome.ANSWERED.value, load) for text, load in loads.items()]
