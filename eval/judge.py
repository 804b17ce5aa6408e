"""One question's reply against its expectation: a check is right, wrong, or does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from corpora.types import Audience, FacetKind, RelationKind
from eval.facts import says, spelled
from eval.faqset import Expectation, Question
from eval.fatal import fatal_errors
from eval.given import Given
from eval.labels import facet_label, outcome_label
from eval.previews import preview_problems
from eval.stages import cause_of, stage_of
from eval.systems.protocol import Reply
from eval.verdict import ERROR, RANKED, Verdict
from retriever.answer import Outcome
from retriever.filters import Filter

HANDLING: Final = frozenset({FacetKind.OPEN, FacetKind.CANCEL, FacetKind.CHANGE})
"""Facets that tell how to handle something: what must be said comes before them."""

Source: TypeAlias = Callable[[str], Mapping[str, Any] | None]
"""Item id → the whole item as internal readers see it, None where there is none to see."""


def judge(
    question: Question, reply: Reply, wanted: Filter, source: Source, *, city: str = ""
) -> Verdict:
    """The verdict on a reply; pure but for ``source``, which looks items up."""
    if reply.problem:
        verdict = _refused(question, reply.problem)
    elif reply.answer is None:
        verdict = _ranked_only(question, reply)
    else:
        verdict = _answered(question, reply, Given.from_json(reply.answer), wanted, source)
    stage = stage_of(
        question, verdict.outcome, verdict.ranked, verdict.checks, fatal=bool(verdict.fatal)
    )
    if stage is None:
        return replace(verdict, city=city)
    # of several right items the one that answered, else the first that holds on that day
    right = sorted(question.expect.items, key=lambda item_id: item_id != verdict.item_id)
    view = next((found for item_id in right if (found := source(item_id))), None)
    cause = cause_of(stage, question, view, has_items=reply.answer is not None)
    owner = str(view["item"].get("owner") or "") if view else ""
    return replace(
        verdict,
        city=city,
        stage=stage.value,
        cause=cause.value,
        owner=owner or question.department,
    )


def _answered(
    question: Question, reply: Reply, given: Given, wanted: Filter, source: Source
) -> Verdict:
    expect = question.expect
    why: list[str] = []
    checks = {"outcome": given.outcome is expect.outcome}
    if not checks["outcome"]:
        why.append(f"应为{outcome_label(expect.outcome)}，实为{outcome_label(given.outcome)}")
    view = source(given.item_id) if given.answered and given.item_id else None
    lacking: list[str] = []
    if expect.outcome is Outcome.ANSWERED:
        checks |= _answer_checks(expect, given, why)
        due = list(dict.fromkeys([*expect.must_say, *_due_tips(given, view, wanted, source)]))
        if due:
            given_tips = {_family(tip, source) for tip in given.tips}
            lacking = [tip for tip in due if _family(tip, source) not in given_tips]
            why += [f"没有必说提醒 {tip}" for tip in lacking]
            checks["must_say"] = not lacking
        if given.answered and (expect.templates or given.push or (view and view["templates"])):
            problems = preview_problems(expect, given.push, view)
            why += problems
            checks["preview"] = not problems
    elif expect.outcome is Outcome.CLARIFY and expect.clarify:
        # of a question that says so little nobody knows the one right list of choices
        checks["clarify"] = any(_offers(given.options, choice) for choice in expect.clarify)
        if not checks["clarify"]:
            why.append(f"反问里没有 {'、'.join(expect.clarify)} 中的任何一项")
    elif expect.outcome is Outcome.HANDOVER and expect.handover:
        checks["route"] = given.route == expect.handover
        if given.route and not checks["route"]:
            why.append(f"应转 {expect.handover}，实转 {given.route}")
    fatal = list(fatal_errors(question, given, view, wanted.as_of, tips_lack=lacking))
    why += [said for _, said in fatal if said not in why]
    return Verdict(
        question=question,
        outcome=given.outcome.value,
        confidence=round(given.confidence, 4),
        ranked=reply.ranked,
        checks=checks,
        why=tuple(why),
        fatal=tuple(dict.fromkeys(kind.value for kind, _ in fatal)),
        item_id=given.item_id,
        facet=given.facet,
        text=given.text,
        templates=tuple(str(message.get("template_id")) for message in given.push),
        search_ms=round(reply.search_ms, 3),
        answer_ms=round(reply.answer_ms, 3),
        degraded=given.degraded,
    )


def _ranked_only(question: Question, reply: Reply) -> Verdict:
    expect = question.expect
    verdict = Verdict(question, RANKED, 0.0, reply.ranked, {}, search_ms=round(reply.search_ms, 3))
    if expect.outcome is not Outcome.ANSWERED:
        return verdict
    why = () if verdict.first_is_expected else (f"首条应为 {'、'.join(expect.items)}",)
    return replace(verdict, checks={"item": verdict.first_is_expected}, why=why)


def _refused(question: Question, problem: str) -> Verdict:
    """The verdict on a question that the system would not take: all that applies is wrong."""
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


def _answer_checks(expect: Expectation, given: Given, why: list[str]) -> dict[str, bool]:
    item_id = given.item_id if given.answered else ""
    checks = {"item": item_id in expect.items}
    if item_id and not checks["item"]:
        why.append(f"条目应为 {'、'.join(expect.items)}，实为 {item_id}")
    if expect.facet is not None:
        checks["facet"] = checks["item"] and given.facet == expect.facet
        if checks["item"] and not checks["facet"]:
            why.append(f"方面应为{expect.facet.label}，实为{facet_label(given.facet) or '无'}")
    # a command belongs to the answer although it stands beside the words
    beside = [f"{action.get('label')} {action.get('target')}" for action in given.actions]
    # what staff are told besides the customer's words answers a question of staff
    # and what else was asked is answered beside the main answer
    said = "\n".join([given.text, given.agent_text, *beside, *given.more_texts])
    if expect.must_contain:
        lacking = [f for f in expect.must_contain if not (given.answered and says(said, f))]
        checks["facts"] = not lacking
        why += [f"没有说 {fact}" for fact in lacking]
    if expect.must_not_contain:
        # only the words themselves: the ways to handle list what can be done besides
        told = "\n".join([given.text, *given.more_texts])
        found = [fact for fact in expect.must_not_contain if says(told, fact)]
        checks["not_forbidden"] = not found
        why += [f"不该说 {fact}" for fact in found]
    return checks


def _due_tips(
    given: Given, view: Mapping[str, Any] | None, wanted: Filter, source: Source
) -> Iterable[str]:
    """The must-say tips of the item that an answer tells how to handle, as far as its reader may
    see them.
    """
    if view is None or given.facet not in HANDLING:
        return
    for relation in view["relations"]:
        tip = source(relation["target"]) if relation["kind"] == RelationKind.TIP else None
        if tip is None or not tip["must_say"]:
            continue
        if any(wanted.audience.may_read(Audience(facet["audience"])) for facet in tip["facets"]):
            yield relation["target"]


def _family(tip: str, source: Source) -> str:
    """A local variant of a tip stands for the tip itself."""
    view = source(tip)
    return str(view["variant_of"] or tip) if view else tip


def _offers(options: Sequence[tuple[str, str]], choice: str) -> bool:
    """Whether a choice (an item's id or words of a label) is among the options."""
    return any(choice == item_id or spelled(choice) in spelled(label) for label, item_id in options)
