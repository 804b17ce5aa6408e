"""Item + question → the parts of an answer: facet, words, warnings, actions, messages, pointers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from corpora.push_template import Purpose, PushTemplate, Situation
from corpora.template_life import at_home, holds_on
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Facet,
    FacetKind,
    KnowledgeItem,
    RelationKind,
    SaleStatus,
)
from corpora.versions import ItemVersion
from retriever.answer import Citation, Fact, Related, Tip
from retriever.backends.protocol import Searcher
from retriever.choosing import FacetMatch
from retriever.collapse import chosen_member
from retriever.facts import traced
from retriever.filters import Filter

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


def chosen_facets(matches: Sequence[FacetMatch]) -> ChosenFacets:
    """The likeliest facet that may be read out, and the likeliest one for staff where that answers
    better; ``matches`` come likeliest first.
    """
    spoken = next((match for match in matches if match.facet.customer), None)
    other = next((match for match in matches if not match.facet.customer), None)
    if spoken is None or other is None:
        return ChosenFacets(spoken.facet if spoken else None, other.facet if other else None)
    return ChosenFacets(spoken.facet, other.facet if matches[0] is other else None)


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
    tips: dict[str, Tip] = {}
    for relation in item.relations:
        if relation.kind is not RelationKind.TIP:
            continue
        held = _pointed_at(relation.target, item, searcher, wanted)
        if held is None:
            continue
        warning = held.item
        facet = next(
            (f for f in warning.facets if f.kind is FacetKind.WARNING and f.customer), None
        )
        if facet is None:
            continue
        text, _ = traced(warning, facet, facet.customer)
        if text:
            tips[warning.id] = Tip(warning.id, warning.title, text, warning.must_say)
    must_say = [tip for tip in tips.values() if tip.must_say]
    others = [tip for tip in tips.values() if not tip.must_say]
    # what must be said is never cut off
    return (*must_say, *others[: max(0, _TIPS - len(must_say))])


def _pointed_at(
    target: str, item: KnowledgeItem, searcher: Searcher, wanted: Filter
) -> ItemVersion | None:
    """What a relation of ``item`` points to, in any library: the local variant that holds for the
    reader, or without a region the one that holds where the item does.
    """
    everywhere = Filter(wanted.as_of, wanted.audience, frozenset(), wanted.region, frozenset())
    # a relation may name a family, or one variant of it
    members = searcher.family([target], everywhere)[target] or searcher.items([target], everywhere)
    if not members:
        return None
    return chosen_member(members, wanted.region, item.region.lineage if item.region else ())


def actions_of(
    item: KnowledgeItem, facet: FacetKind | None, audience: Audience
) -> tuple[Action, ...]:
    """How to handle it, as far as the reader can; what the question asks for comes first."""
    asked = _ACTION_OF.get(facet) if facet else None
    open_to_reader = [
        action
        for action in item.actions
        # menus of the BOSS are for staff; what is not sold any more cannot be opened
        if not (audience is Audience.CUSTOMER and action.channel is Channel.BOSS)
        and not (item.sale_status is not SaleStatus.ON_SALE and action.kind is ActionKind.OPEN)
    ]
    return tuple(sorted(open_to_reader, key=lambda action: action.kind.value != asked))


def templates_of(
    item: KnowledgeItem, templates: Mapping[str, PushTemplate], wanted: Filter
) -> tuple[PushTemplate, ...]:
    """The item's templates that may be sent: valid ones, those that answer an enquiry first; in a
    region with a variant of its own, that one.

    Messages are for customers: an item that only staff may read has none, and what is not sold any
    more is not advertised.
    """
    if not readable(item, Audience.CUSTOMER):
        return ()
    named = [template for name in item.templates if (template := templates.get(name)) is not None]
    found = [
        template
        for base in named
        if holds_on(template := at_home(base, templates, wanted.region, wanted.as_of), wanted.as_of)
        and (item.sale_status is SaleStatus.ON_SALE or template.purpose is not Purpose.MARKETING)
    ]
    return tuple(sorted(found, key=lambda t: t.situation is not Situation.ENQUIRY))


def related_of(item: KnowledgeItem, searcher: Searcher, wanted: Filter) -> tuple[Related, ...]:
    """What the item points to, warnings apart, as far as the reader may see it."""
    related: dict[tuple[str, str], Related] = {}
    for relation in item.relations:
        if relation.kind is RelationKind.TIP:
            continue
        held = _pointed_at(relation.target, item, searcher, wanted)
        if held is None or held.item.id == item.id:
            continue
        other, kind = held.item, relation.kind.value
        related.setdefault(
            (other.id, kind), Related(other.id, other.title, other.sub_library.value, kind)
        )
    return tuple(related.values())[:_RELATED]


def readable(item: KnowledgeItem, audience: Audience) -> Sequence[Facet]:
    """The facets that a reader may see."""
    return [facet for facet in item.facets if audience.may_read(facet.audience)]
