"""Item + question → the parts of an answer: facet, words, warnings, actions, messages, pointers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from corpora.push_template import PushTemplate, Situation
from corpora.types import (
    Action,
    Audience,
    Facet,
    FacetKind,
    KnowledgeItem,
    RelationKind,
    SaleStatus,
    SubLibrary,
)
from corpora.versions import ItemVersion
from indexer.passages import passages_of
from retriever.answer import Citation, Fact, Related, Tip
from retriever.backends.protocol import Searcher
from retriever.boosts import facet_bonus
from retriever.facts import traced
from retriever.filters import Filter
from retriever.retriever import ResultPage

AGENT_FACET_LEAD: Final = 0.06
"""How much nearer (in cosine) a facet for staff must be before it stands for the answer: what can be
read out is worth more than what is slightly nearer."""
_FOR_STAFF: Final = (SubLibrary.TECHNICAL, SubLibrary.CASES)  # what they hold is written for staff
_TIPS: Final = 3
_RELATED: Final = 6
_ACTION_OF: Final = {
    FacetKind.OPEN: "open",
    FacetKind.CANCEL: "cancel",
    FacetKind.CHANGE: "change",
    FacetKind.CHECK: "check",
    FacetKind.FAULT: "report",
}
_STATUS_WORDS: Final = {
    SaleStatus.ON_SALE: "",
    SaleStatus.GRANDFATHERED: "这项已停售，老客户可继续使用，新客户不可办理。",
    SaleStatus.WITHDRAWN: "这项已下线，现在不能办理了。",
}


@dataclass(frozen=True, slots=True)
class ChosenFacets:
    """The facet to read out, and the one for the clerk's eyes where that one answers better."""

    spoken: Facet | None
    for_agent: Facet | None

    @property
    def answering(self) -> Facet | None:
        """The facet that answers."""
        return self.for_agent or self.spoken


def chosen_facets(
    page: ResultPage, held: ItemVersion, searcher: Searcher, audience: Audience
) -> ChosenFacets:
    """The facets of the item that the question is about, as far as the reader may see them."""
    cosines: dict[str, float] = {}
    if page.vector is not None:
        ids = [passage.passage_id for passage in passages_of(held)]
        cosines = {m.passage_id: m.score for m in searcher.cosines(page.vector, ids)}

    def likeness(facet: Facet) -> float:
        wanted = {f"{facet.kind}.customer", f"{facet.kind}.official"}
        found = [s for passage_id, s in cosines.items() if passage_id.split("#")[1] in wanted]
        return max(found, default=0.0) + facet_bonus(facet.kind, page.query)

    seen = readable(held.item, audience)
    # max keeps the first of equals: the order in which the editor wrote the facets
    spoken = max((f for f in seen if f.customer), key=likeness, default=None)
    other = max((f for f in seen if not f.customer), key=likeness, default=None)
    if spoken is None or other is None:
        return ChosenFacets(spoken, other)
    lead = 0.0 if held.item.sub_library in _FOR_STAFF else AGENT_FACET_LEAD
    clearly = likeness(other) > likeness(spoken) + lead
    return ChosenFacets(spoken, other if clearly else None)


def words_of(
    item: KnowledgeItem, facet: Facet
) -> tuple[str, tuple[Citation, ...], tuple[Fact, ...]]:
    """What the customer is told, with its sources; empty when nothing of it can be traced."""
    spoken = "\n".join([facet.customer, *facet.steps])
    text, facts = traced(item, facet, spoken)
    if not text:
        return "", (), ()
    status = _STATUS_WORDS[item.sale_status]
    text = status + text
    return text, (Citation(item.id, facet.kind, (len(status), len(text))),), facts


def tips_of(item: KnowledgeItem, searcher: Searcher, wanted: Filter) -> tuple[Tip, ...]:
    """The warnings that belong to the item, must-say ones first, in words that may be read out."""
    everywhere = Filter(wanted.as_of, wanted.audience, frozenset(), wanted.region, frozenset())
    targets = [r.target for r in item.relations if r.kind is RelationKind.TIP]
    tips: list[Tip] = []
    for target in targets:
        members = searcher.family([target], everywhere)[target]
        if not members:
            continue
        warning = (members[0] if wanted.region else members[-1]).item
        facet = next(
            (f for f in warning.facets if f.kind is FacetKind.WARNING and f.customer), None
        )
        if facet is None:
            continue
        text, _ = traced(warning, facet, facet.customer)
        if text:
            tips.append(Tip(warning.id, warning.title, text, warning.must_say))
    tips.sort(key=lambda tip: not tip.must_say)
    return tuple(tips[:_TIPS])


def actions_of(item: KnowledgeItem, facet: FacetKind | None) -> tuple[Action, ...]:
    """How to handle it; what the question asks for comes first."""
    asked = _ACTION_OF.get(facet) if facet else None
    return tuple(sorted(item.actions, key=lambda action: action.kind.value != asked))


def templates_of(
    item: KnowledgeItem, templates: dict[str, PushTemplate], day: dt.date
) -> tuple[PushTemplate, ...]:
    """The item's templates that are valid, those that answer an enquiry first."""
    found = [templates[t] for t in item.templates if t in templates]
    valid = [
        t
        for t in found
        if (t.effective_from is None or t.effective_from <= day)
        and (t.effective_to is None or day <= t.effective_to)
    ]
    return tuple(sorted(valid, key=lambda t: t.situation is not Situation.ENQUIRY))


def related_of(item: KnowledgeItem, searcher: Searcher, wanted: Filter) -> tuple[Related, ...]:
    """What the item points to, warnings apart, as far as the reader may see it."""
    everywhere = Filter(wanted.as_of, wanted.audience, frozenset(), wanted.region, frozenset())
    pointers = [r for r in item.relations if r.kind is not RelationKind.TIP]
    held = {h.item.id: h for h in searcher.items([r.target for r in pointers], everywhere)}
    return tuple(
        Related(
            r.target,
            held[r.target].item.title,
            held[r.target].item.sub_library.value,
            r.kind.value,
        )
        for r in pointers
        if r.target in held
    )[:_RELATED]


def readable(item: KnowledgeItem, audience: Audience) -> Sequence[Facet]:
    """The facets that a reader may see."""
    return [facet for facet in item.facets if audience.may_read(facet.audience)]
