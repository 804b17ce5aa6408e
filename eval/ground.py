"""Whether a label stands on the knowledge: the facet is there, and the facts are said by the item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from corpora.source import Problem, Severity
from corpora.types import KnowledgeItem, RelationKind
from eval.facts import says
from eval.faqset import FaqSet, Question
from retriever.answer import Outcome


def labels_without_ground(faq_set: FaqSet, items: Mapping[str, KnowledgeItem]) -> Iterator[Problem]:
    """Facets and key facts that none of the expected items has: no answer could ever pass.

    Of a forbidden fact, whether the expected facet says it itself; of a warning that must be said,
    whether an expected item is related to it. Unknown items are left to the check on ids.
    """
    for question in faq_set.questions:
        expected = [items[name] for name in question.expect.items if name in items]
        if question.expect.outcome is not Outcome.ANSWERED or not expected:
            continue
        for field, text in _groundless(question, expected):
            yield Problem(faq_set.file, question.line, f"expect.{field}", text, Severity.WARNING)


def _groundless(question: Question, items: list[KnowledgeItem]) -> Iterator[tuple[str, str]]:
    expect = question.expect
    names = "、".join(item.id for item in items)
    facets = [f for item in items for f in item.facets if expect.facet in (None, f.kind)]
    if not facets:
        yield "facet", f"{names} 没有 {expect.facet} 这个方面"
        return
    said = "\n".join(
        [f"{facet.customer or facet.official} {' '.join(facet.steps)}" for facet in facets]
        + [f"{action.label} {action.target}" for item in items for action in item.actions]
    )
    spoken = "\n".join(facet.customer for facet in facets)
    for fact in expect.must_contain:
        if not says(said, fact):
            yield "must_contain", f"{names} 的这个方面没有说 {fact!r}，谁也答不对"
    for fact in expect.must_not_contain:
        if says(spoken, fact) and len(facets) == 1:
            yield "must_not_contain", f"{names} 自己就说 {fact!r}，正确的回答也会被判错"
    due = {r.target for item in items for r in item.relations if r.kind is RelationKind.TIP}
    for tip in expect.must_say:
        if tip not in due:
            yield "must_say", f"{names} 没有关联提醒 {tip!r}"
