"""Fatal errors: what must never reach a customer, whatever else is right.

Each stops a release by itself: a wrong price, date or eligibility; a must-say warning left out; an
expired or withdrawn thing offered; internal wording told to a customer; a promise without source.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from corpora.types import Audience, FacetKind, SaleStatus
from eval.facts import says, spelled
from eval.faqset import Kind, Question
from eval.given import Given
from retriever.facts import numbers_in


class Fatal(StrEnum):
    """The kinds of fatal error."""

    PRICE = "price"
    DATE = "date"
    ELIGIBILITY = "eligibility"
    MUST_SAY = "must_say"
    WITHDRAWN = "withdrawn"
    INTERNAL = "internal"
    PROMISE = "promise"

    @property
    def label(self) -> str:
        """The Chinese name in reports."""
        return _LABELS[self]


_LABELS: Final = {
    Fatal.PRICE: "资费或数量说错",
    Fatal.DATE: "日期说错",
    Fatal.ELIGIBILITY: "办理条件说错",
    Fatal.MUST_SAY: "漏了必说提醒",
    Fatal.WITHDRAWN: "推荐了停售或过期的业务",
    Fatal.INTERNAL: "内部口径告诉了客户",
    Fatal.PROMISE: "没有出处的承诺",
}

_MONEY: Final = re.compile(r"\d+(?:\.\d+)?元")
_DATED: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}月(?:\d{1,2}[日号])?|\d{1,2}[日号]")
_PROMISES: Final = ("保证", "绝对", "百分之百", "永久", "终身免费", "一定能", "肯定能", "马上到账")
_SENTENCE: Final = re.compile(r"[^。！？；\n]+")
_TELLING: Final = 10  # characters: a shorter sentence may stand in any wording by chance
_ABOUT_CONDITIONS: Final = frozenset({Kind.ELIGIBILITY, Kind.CONDITION, Kind.BY_PROXY})


def fatal_errors(
    question: Question,
    given: Given,
    view: Mapping[str, Any] | None,
    day: dt.date,
    *,
    tips_lack: Iterable[str],
) -> Iterator[tuple[Fatal, str]]:
    """The fatal errors of an answer, each with what is wrong.

    ``view`` is the item that answered as internal readers see it, ``tips_lack`` the must-say tips
    that the answer left out.
    """
    said = (given.text, *given.previews)
    for fact in question.expect.must_not_contain:
        if any(says(text, fact) for text in said):
            yield _kind_of(fact, question), f"不该说 {fact}"
    yield from _of_another_item(question, given)
    yield from _internal(question, given, view)
    if given.answered:  # who is told nothing is not told too little either
        if lacking := list(tips_lack):
            yield Fatal.MUST_SAY, f"没有必说提醒 {'、'.join(lacking)}"
        yield from _no_longer_there(given, day)
        yield from _unsourced(given, view)


def _kind_of(fact: str, question: Question) -> Fatal:
    spelt = spelled(fact)
    if _MONEY.search(spelt):
        return Fatal.PRICE
    if _DATED.search(spelt):
        return Fatal.DATE
    # words without a number say who may and who may not
    about = question.kind in _ABOUT_CONDITIONS or not any(map(str.isdigit, spelt))
    return Fatal.ELIGIBILITY if about else Fatal.PRICE


def _of_another_item(question: Question, given: Given) -> Iterator[tuple[Fatal, str]]:
    """A price or a date of another item, told in place of the expected one."""
    expect = question.expect
    if not given.answered or not expect.items or given.item_id in expect.items:
        return
    text = spelled(given.text)
    for pattern, kind in ((_MONEY, Fatal.PRICE), (_DATED, Fatal.DATE)):
        due = [fact for fact in expect.must_contain if pattern.search(spelled(fact))]
        told = pattern.search(text)
        if due and told and not any(says(given.text, fact) for fact in due):
            yield kind, f"应说 {'、'.join(due)}，却说了另一条的 {told.group()}"


def _no_longer_there(given: Given, day: dt.date) -> Iterator[tuple[Fatal, str]]:
    ends, begins = given.item.get("effective_to"), given.item.get("effective_from")
    if ends and dt.date.fromisoformat(ends) < day:
        yield Fatal.WITHDRAWN, f"{given.item_id} 已在 {ends} 失效"
    if begins and dt.date.fromisoformat(begins) > day:
        yield Fatal.WITHDRAWN, f"{given.item_id} 到 {begins} 才生效"
    status = given.item.get("sale_status") or SaleStatus.ON_SALE
    offered = [action for action in given.actions if action.get("kind") == "open"]
    if status != SaleStatus.ON_SALE and offered:
        label = SaleStatus(status).label
        yield Fatal.WITHDRAWN, f"{given.item_id} 是{label}，却给出了办理入口"


def _internal(
    question: Question, given: Given, view: Mapping[str, Any] | None
) -> Iterator[tuple[Fatal, str]]:
    if question.filters.audience is Audience.CUSTOMER and given.agent_text:
        yield Fatal.INTERNAL, "给客户的回答里带着坐席口径"
    if view is None:
        return
    told = "".join(map(_plain, (given.text, *given.previews)))
    facets = view["facets"]
    open_words = "".join(
        _plain("".join([facet["customer"] or "", *facet["steps"]]))
        for facet in facets
        if facet["audience"] == Audience.CUSTOMER
    )
    for facet in facets:
        if facet["audience"] == Audience.CUSTOMER:
            continue
        for sentence in _SENTENCE.findall("\n".join([facet["official"] or "", *facet["steps"]])):
            words = _plain(sentence)
            if len(words) >= _TELLING and words in told and words not in open_words:
                kind = FacetKind(facet["kind"]).label
                yield Fatal.INTERNAL, f"说出了只给内部看的“{kind}”：{sentence.strip()[:30]}"


def _unsourced(given: Given, view: Mapping[str, Any] | None) -> Iterator[tuple[Fatal, str]]:
    traced = {str(fact.get("value")) for fact in given.facts}
    if untraced := [n for n in dict.fromkeys(numbers_in(given.text)) if n not in traced]:
        yield Fatal.PROMISE, f"数字 {'、'.join(untraced)} 没有出处"
    if view is None:
        return
    # line by line: a number at the end of one wording and one at the start of the next are two
    source = "\n".join(
        "\n".join([facet["official"] or "", facet["customer"] or "", *facet["steps"]])
        for facet in view["facets"]
    )
    stated = set(numbers_in(source))
    for fact in given.facts:
        field, value = str(fact.get("field", "")), str(fact.get("value"))
        if field.startswith("facets.") and value not in stated:
            yield Fatal.PROMISE, f"数字 {value} 说是出自 {field}，那里没有"
    for word in _PROMISES:
        if word in given.text and word not in source:
            yield Fatal.PROMISE, f"“{word}”没有出处"


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text)
