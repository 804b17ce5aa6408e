"""When to ask back, and what: one question with two to four choices that lead to different answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corpora.types import FacetKind, SaleStatus, SubLibrary
from corpora.versions import ItemVersion
from retriever.answer import Clarification, Option
from retriever.retriever import ResultPage
from retriever.types import Hit
from retriever.understand import Query

_MOST: Final = 4
_SIBLING_MARGIN: Final = 0.05  # closer than this, only the number that was not said could decide
_DIGITS: Final = re.compile(r"\d+(?:\.\d+)?")
_ASKED: Final = {
    FacetKind.CANCEL: ("取消", "怎么取消"),
    FacetKind.OPEN: ("办理", "怎么办理"),
    FacetKind.PRICE: ("了解价格", "多少钱"),
    FacetKind.EFFECTIVE: ("了解生效时间", "什么时候生效"),
    FacetKind.CHECK: ("查询", "怎么查询"),
    FacetKind.CHANGE: ("变更", "怎么变更"),
    FacetKind.ELIGIBILITY: ("了解办理条件", "办理条件是什么"),
    FacetKind.FAULT: ("处理故障", "出故障怎么处理"),
    FacetKind.RULES: ("了解使用规则", "使用规则是什么"),
    FacetKind.PROXY: ("代办", "能不能代办"),
    FacetKind.PAPERS: ("了解所需证件", "需要什么证件"),
    FacetKind.OVERVIEW: ("了解", "是什么"),
    FacetKind.PARAMETERS: ("了解参数", "参数"),
}

_OF_EACH: Final = (
    FacetKind.PRICE,
    FacetKind.OVERVIEW,
    FacetKind.OPEN,
    FacetKind.ELIGIBILITY,
    FacetKind.PARAMETERS,
)
"""What every product of a series tells for itself."""
_OFTEN_OF_ALL: Final = (FacetKind.CANCEL, FacetKind.CHANGE)
"""What one item often tells for all of a series: only if that was not found, it is asked which."""
_OF_OLD_ONES: Final = (FacetKind.PRICE, FacetKind.CANCEL, FacetKind.CHANGE)
"""What is also asked of products that cannot be had any more: by those who have them."""
_TELLS: Final = re.compile("我|用户|客户|客人")
_WHY: Final = re.compile("怎么回事|咋回事|为什么|为啥|原因|情况")
"""我是全球通客户 asks nothing, 收费是怎么回事 not for the price."""


def is_incomplete(query: Query, page: ResultPage) -> bool:
    """Whether the question names no subject: not a word, not a code, not an item's name."""
    if query.latin or page.unknown_code:
        return False  # a code that nothing carries is a subject, too: it is unknown, not left out
    if any("code" in hit.reasons or "named" in hit.reasons for hit in page.hits[:1]):
        return False
    return len(query.subject) < 2 and not _named_by_amount(query, page.hits)


def _named_by_amount(query: Query, hits: Sequence[Hit]) -> bool:
    """An amount alone is a name only if one single item carries it."""
    return bool(query.amounts) and sum("amount" in hit.reasons for hit in hits) == 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question asked back, and why."""

    clarification: Clarification
    reason: str


def which_is_meant(page: ResultPage) -> Asked | None:
    """Asks what was left out; None where there are not two things to choose from."""
    if is_incomplete(page.query, page):
        about = about_what(page.query, page.hits)
        return Asked(about, "问题没有说是哪一项业务") if about else None
    if siblings := which_sibling(page):
        return Asked(siblings, "几档同类产品都符合，问题没有说是哪一档")
    if any("code" in hit.reasons or "named" in hit.reasons for hit in page.hits[:1]):
        return None  # it was said by name
    # what carries the number that was said is likelier than what is only near
    by_amount = [hit for hit in page.hits if "amount" in hit.reasons]
    pool = _able(page.query, [*by_amount, *(hit for hit in page.hits if hit not in by_amount)])
    verb, phrase = _asked_for(page.query)
    nearest = _choices(f"有几项都可能是您说的，请问您想{verb}哪一项？", _held(pool), phrase)
    return Asked(nearest, "几项业务都符合，问题没有说清是哪一项") if nearest else None


def about_what(query: Query, hits: Sequence[Hit]) -> Clarification | None:
    """Asks what an incomplete question is about; None where there are not two things to choose from."""
    by_amount = [hit for hit in hits if "amount" in hit.reasons]
    pool = _able(query, by_amount if len(by_amount) > 1 else list(hits))
    if not by_amount:
        # nothing distinguishes them: the most asked ones are the likeliest to be meant
        pool = sorted(pool, key=lambda hit: (-hit.held.item.weight, hit.item_id))
    verb, phrase = _asked_for(query)
    return _choices(f"请问您想{verb}哪一项？", _held(pool), phrase)


def _able(query: Query, hits: list[Hit]) -> list[Hit]:
    """Those that can answer what is asked, if they are two at least, else all."""
    if not query.facets:
        return hits
    asked = query.facets[0]
    able = [hit for hit in hits if any(facet.kind is asked for facet in hit.held.item.facets)]
    return able if len(able) > 1 else hits


def which_sibling(page: ResultPage) -> Clarification | None:
    """Asks which of several siblings is meant, when the question lacks the number that tells them apart."""
    if not page.hits or "code" in page.hits[0].reasons or "named" in page.hits[0].reasons:
        return None
    top = page.hits[0]
    skeleton = _DIGITS.sub("", top.held.item.title)
    if skeleton == top.held.item.title:
        return None
    siblings = [
        hit
        for hit in page.hits
        if _DIGITS.sub("", hit.held.item.title) == skeleton
        and top.score - hit.score < _SIBLING_MARGIN
    ]
    if len(siblings) < 2 or sum("amount" in hit.reasons for hit in siblings) == 1:
        return None
    _, phrase = _asked_for(page.query)
    return _choices("这几档不一样，请问是哪一档？", _held(siblings), phrase)


def which_of_series(page: ResultPage, members: Sequence[ItemVersion]) -> Asked | None:
    """Asks which product of the series that the question names is meant, of those that hold for its reader;
    None where none is named, or what is asked is told for all of them.
    """
    asked = asked_of_series(page.query)
    if asked is None:
        return None
    wanted = asked[0]
    able = [
        held
        for held in _of_one_kind(members)
        if (held.item.sale_status is SaleStatus.ON_SALE or wanted in _OF_OLD_ONES)
        and any(facet.kind is wanted for facet in held.item.facets)
    ]
    if wanted in _OFTEN_OF_ALL:
        found = page.hits and page.hits[0].item_id in {held.item.id for held in able}
        if not found or len(_told_by(able, wanted)) < 2:
            return None
    # nothing distinguishes them: the most asked ones are the likeliest to be meant
    able.sort(
        key=lambda h: (h.item.sale_status is not SaleStatus.ON_SALE, -h.item.weight, h.item.id)
    )
    count = _counted(able)
    which = _choices(f"有好几{count}，请问是哪一{count}？", able, series_phrase(asked))
    return Asked(which, f"这样叫的有好几{count}，问题没有说是哪一{count}") if which else None


def asked_of_series(query: Query) -> tuple[FacetKind, ...] | None:
    """What a question wants to be told of a series, the first one first; None where it names none, or asks
    what a series does not tell.
    """
    series = query.series
    if series is None or _WHY.search(query.normalized):
        return None
    if not series.facets:
        return None if _TELLS.search(query.normalized) else (FacetKind.OVERVIEW,)
    # 动感地带怎么办 asks to have it; handling alone is about something that went wrong
    asked = tuple(kind for kind in series.facets if kind is not FacetKind.HANDLING)
    return asked if asked and asked[0] in (*_OF_EACH, *_OFTEN_OF_ALL) else None


def series_phrase(asked: Sequence[FacetKind]) -> str:
    """The rest of a question for what is asked: 多少钱，怎么取消."""
    return "，".join(_ASKED[kind][1] for kind in asked if kind in _ASKED)


def _of_one_kind(members: Sequence[ItemVersion]) -> list[ItemVersion]:
    """Those of the sub-library that most are of: a campaign for them is not one of the products."""
    kinds = Counter(held.item.sub_library for held in members)
    return [h for h in members if h.item.sub_library is kinds.most_common(1)[0][0]]


def _told_by(members: Sequence[ItemVersion], kind: FacetKind) -> set[str]:
    """What the members tell of a kind, numbers and commands left out."""
    return {
        re.sub(r"[A-Za-z0-9.]+", "", facet.customer or facet.official)
        for held in members
        for facet in held.item.facets
        if facet.kind is kind
    }


def _counted(items: Sequence[ItemVersion]) -> str:
    if all(held.item.sub_library is SubLibrary.TERMINALS for held in items):
        return "款"
    return "档" if all("档" in held.item.title for held in items) else "种"


def _held(hits: Sequence[Hit]) -> list[ItemVersion]:
    return [hit.held for hit in hits]


def _asked_for(query: Query) -> tuple[str, str]:
    """What a question wants to do, as a verb and as the rest of a question."""
    asked = query.facets[0] if query.facets else None
    return _ASKED.get(asked, ("咨询", "")) if asked else ("咨询", "")


def _choices(question: str, items: Sequence[ItemVersion], phrase: str) -> Clarification | None:
    options: dict[str, Option] = {}
    for held in items:
        title = held.item.title
        options.setdefault(title, Option(title, f"{title}{phrase}", held.item.id))
    chosen = tuple(options.values())[:_MOST]
    return Clarification(question, chosen) if len(chosen) > 1 else None
