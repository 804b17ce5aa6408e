"""One question's answer against its expectation: a check is right, wrong, or does not apply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from corpora.types import FacetKind
from eval.facts import says, spelled
from eval.faqset import Expectation, Question
from retriever.answer import Answer, Clarification, Outcome

ERROR: Final = "error"
"""The outcome of a question that the product refused; it is never the right one."""

HANDLING: Final = frozenset({FacetKind.OPEN, FacetKind.CANCEL, FacetKind.CHANGE})
"""Facets that tell how to handle something: what must be said comes before them."""

CHECKS: Final = (
    "outcome",
    "item",
    "facet",
    "facts",
    "not_forbidden",
    "must_say",
    "clarify",
    "route",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one question: the checks that apply, and ``why`` one of them is wrong."""

    question: Question
    outcome: str
    confidence: float
    ranked: tuple[str, ...]
    checks: dict[str, bool]
    why: tuple[str, ...] = ()
    item_id: str = ""
    facet: str = ""
    text: str = ""
    search_ms: float = 0.0
    answer_ms: float = 0.0
    degraded: tuple[str, ...] = field(default=())

    @property
    def right(self) -> bool:
        """Whether every check that applies is right."""
        return all(self.checks.values())

    @property
    def fatal(self) -> tuple[str, ...]:
        """The checks whose failure alone stops a release."""
        return tuple(n for n in ("not_forbidden", "must_say") if self.checks.get(n) is False)

    @property
    def sure(self) -> float:
        """How sure the product was of an answer; one that asked back or handed over gave none."""
        may_answer = (Outcome.ANSWERED, Outcome.UNKNOWN)
        return self.confidence if self.outcome in may_answer else 0.0

    @property
    def first_is_expected(self) -> bool:
        """Whether the first item found could have answered."""
        return bool(self.ranked) and self.ranked[0] in self.question.expect.items

    def to_json(self) -> dict[str, Any]:
        """A row of the run."""
        question = self.question
        return {
            "id": question.id,
            "line": question.line,
            "question": question.question,
            "library": question.library,
            "style": question.style,
            "kind": question.kind,
            "tags": list(question.tags),
            "group": question.group,
            "split": question.split,
            "weight": question.weight,
            "business_line": question.business_line,
            "department": question.department,
            "expected": {
                "outcome": question.expect.outcome.value,
                "items": list(question.expect.items),
                "facet": question.expect.facet.value if question.expect.facet else None,
            },
            "outcome": self.outcome,
            "confidence": round(self.confidence, 4),
            "item": self.item_id or None,
            "facet": self.facet or None,
            "text": self.text,
            "ranked": list(self.ranked),
            "checks": dict(self.checks),
            "right": self.right,
            "fatal": list(self.fatal),
            "why": list(self.why),
            "search_ms": round(self.search_ms, 3),
            "answer_ms": round(self.answer_ms, 3),
            "degraded": list(self.degraded),
        }


def judge(
    question: Question,
    ranked: Iterable[str],
    answer: Answer,
    *,
    due_tips: Iterable[str] = (),
    search_ms: float = 0.0,
    answer_ms: float = 0.0,
) -> Verdict:
    """``due_tips`` are the must-say tips of the item that answered, if it was handled at all."""
    expect = question.expect
    why: list[str] = []
    checks = {"outcome": answer.outcome is expect.outcome}
    if not checks["outcome"]:
        why.append(f"应为 {expect.outcome.value}，实为 {answer.outcome.value}")
    if expect.outcome is Outcome.ANSWERED:
        checks |= _answer_checks(expect, answer, why)
        checks |= _tips_check(expect, answer, list(due_tips), why)
    elif expect.outcome is Outcome.CLARIFY and expect.clarify:
        # of a question that says so little nobody knows the one right list of choices
        checks["clarify"] = any(_offers(answer.clarify, choice) for choice in expect.clarify)
        if not checks["clarify"]:
            why.append(f"反问里没有 {'、'.join(expect.clarify)} 中的任何一项")
    elif expect.outcome is Outcome.HANDOVER and expect.handover:
        got = answer.handover.route_id if answer.handover else ""
        checks["route"] = got == expect.handover
        if got and not checks["route"]:
            why.append(f"应转 {expect.handover}，实转 {got}")
    return Verdict(
        question=question,
        outcome=answer.outcome.value,
        confidence=answer.confidence,
        ranked=tuple(ranked),
        checks=checks,
        why=tuple(why),
        item_id=answer.held.item.id if answer.held else "",
        facet=answer.facet.value if answer.facet else "",
        text=answer.text,
        search_ms=search_ms,
        answer_ms=answer_ms,
        degraded=answer.degraded,
    )


def refused(question: Question, problem: str) -> Verdict:
    """The verdict on a question that the product would not take: all that applies is wrong."""
    expect = question.expect
    asked = {
        "item": expect.outcome is Outcome.ANSWERED,
        "facet": expect.facet is not None and expect.outcome is Outcome.ANSWERED,
        "facts": bool(expect.must_contain),
        "must_say": bool(expect.must_say),
        "clarify": bool(expect.clarify),
        "route": bool(expect.handover),
    }
    checks = {"outcome": False} | {name: False for name, applies in asked.items() if applies}
    return Verdict(question, ERROR, 0.0, (), checks, (problem,))


def _answer_checks(expect: Expectation, answer: Answer, why: list[str]) -> dict[str, bool]:
    answered = answer.outcome is Outcome.ANSWERED
    item_id = answer.held.item.id if answered and answer.held else ""
    checks = {"item": item_id in expect.items}
    if item_id and not checks["item"]:
        why.append(f"条目应为 {'、'.join(expect.items)}，实为 {item_id}")
    if expect.facet is not None:
        checks["facet"] = checks["item"] and answer.facet is expect.facet
        if checks["item"] and not checks["facet"]:
            got = answer.facet.value if answer.facet else "无"
            why.append(f"方面应为 {expect.facet.value}，实为 {got}")
    # a command belongs to the answer although it stands beside the words
    said = "\n".join([answer.text, *(f"{a.label} {a.target}" for a in answer.actions)])
    if expect.must_contain:
        lacking = [fact for fact in expect.must_contain if not (answered and says(said, fact))]
        checks["facts"] = not lacking
        why += [f"没有说 {fact}" for fact in lacking]
    if expect.must_not_contain:
        # only the words themselves: the ways to handle list what can be done besides
        found = [fact for fact in expect.must_not_contain if says(answer.text, fact)]
        checks["not_forbidden"] = not found
        why += [f"不该说 {fact}" for fact in found]
    return checks


def _tips_check(
    expect: Expectation, answer: Answer, due_tips: list[str], why: list[str]
) -> dict[str, bool]:
    due = list(dict.fromkeys([*expect.must_say, *due_tips]))
    if not due:
        return {}
    given = {tip.item_id for tip in answer.tips}
    lacking = [tip for tip in due if tip not in given]
    why += [f"没有必说提醒 {tip}" for tip in lacking]
    return {"must_say": not lacking}


def _offers(clarify: Clarification | None, choice: str) -> bool:
    """Whether a choice (an item's id or words of a label) is among the options."""
    return any(
        choice == option.item_id or spelled(choice) in spelled(option.label)
        for option in (clarify.options if clarify else ())
    )
