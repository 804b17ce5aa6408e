"""How far two labellers agree about the same questions: what no system can be held to beyond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eval.errors import EvalError
from eval.facts import spelled
from eval.faqset import FaqSet, Question
from eval.groups import by_group
from eval.intervals import rate_interval
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Agreement:
    """One thing that both labelled: over how many, the rate with its interval, and Cohen's kappa.

    ``kappa`` is None where chance agreement is not defined: facts are sets, not one choice.
    """

    questions: int
    rate: float
    half_width: float
    kappa: float | None
    differ: tuple[str, ...]


def agreement(first: FaqSet, second: FaqSet) -> dict[str, Agreement]:
    """What two labellings of the questions with equal ids agree in; ``EvalError`` for none.

    Outcome is compared over all; item where both found an answer: it agrees when either labeller's
    first item is among the other's. Facet and facts where the item agrees: that they share a fact,
    and that the shorter list of facts is part of the longer. Groups of near-duplicates count once.
    """
    others = {question.id: question for question in second.questions}
    pairs = [(one, others[one.id]) for one in first.questions if one.id in others]
    if not pairs:
        raise EvalError(f"{first.name} 和 {second.name} 没有题号相同的题，不能比较标注")
    for one, other in pairs:
        if spelled(one.question) != spelled(other.question):
            raise EvalError(f"题 {one.id} 在两份里问的不是同一句，不能比较标注")
    answered = [p for p in pairs if all(q.expect.outcome is Outcome.ANSWERED for q in p)]
    same_item = [pair for pair in answered if _same_item(*pair)]
    return {
        "outcome": _agreement(pairs, _same_outcome, lambda q: q.expect.outcome.value),
        "item": _agreement(answered, _same_item, lambda q: q.expect.items[0]),
        "facet": _agreement(same_item, _same_facet, lambda q: str(q.expect.facet)),
        "a_fact": _agreement(same_item, _share_a_fact, None),
        "all_facts": _agreement(same_item, _nested_facts, None),
    }


def to_json(found: dict[str, Agreement]) -> dict[str, Any]:
    """The figures as JSON, rounded as they are printed."""
    return {
        name: {
            "questions": one.questions,
            "rate": round(one.rate, 4),
            "half_width": round(one.half_width, 4),
            "kappa": None if one.kappa is None else round(one.kappa, 4),
            "differ": list(one.differ),
        }
        for name, one in found.items()
    }


_MANY: Final = 2  # labels; with one label everybody agrees and kappa is 0 / 0


def _agreement(
    pairs: Sequence[tuple[Question, Question]],
    same: Callable[[Question, Question], bool],
    label: Callable[[Question], str] | None,
) -> Agreement:
    from sklearn.metrics import cohen_kappa_score

    agreed = [float(same(one, other)) for one, other in pairs]
    interval = rate_interval(by_group([one for one, _ in pairs], agreed).values)
    kappa = None
    if label is not None and pairs:
        # where they agree in our sense, the second label is taken as the first
        ours = [label(one) for one, _ in pairs]
        theirs = [
            own if agree else label(other)
            for own, agree, (_, other) in zip(ours, agreed, pairs, strict=True)
        ]
        if len({*ours, *theirs}) >= _MANY:
            kappa = float(cohen_kappa_score(ours, theirs))
    differ = tuple(one.id for (one, _), agree in zip(pairs, agreed, strict=True) if not agree)
    return Agreement(len(pairs), interval.value, interval.half_width, kappa, differ)


def _same_outcome(one: Question, other: Question) -> bool:
    return one.expect.outcome is other.expect.outcome


def _same_item(one: Question, other: Question) -> bool:
    return one.expect.items[0] in other.expect.items or other.expect.items[0] in one.expect.items


def _same_facet(one: Question, other: Question) -> bool:
    return one.expect.facet is other.expect.facet


def _share_a_fact(one: Question, other: Question) -> bool:
    """Both ask for at least one same fact, the shorter ``10元`` in ``每月10元`` included."""
    ours, theirs = _facts(one), _facts(other)
    if not ours or not theirs:
        return True
    return any(mine in theirs_too or theirs_too in mine for mine in ours for theirs_too in theirs)


def _nested_facts(one: Question, other: Question) -> bool:
    """One labeller's facts are among the other's: the shorter list is no contradiction."""
    ours, theirs = _facts(one), _facts(other)
    return ours <= theirs or theirs <= ours


def _facts(question: Question) -> set[str]:
    return {spelled(fact) for fact in question.expect.must_contain}
