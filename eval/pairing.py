"""Two stored runs brought together: the same questions, with the values of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.errors import RunError
from eval.groups import group_of
from eval.stored import FaqRun
from eval.summary import check_values, ranking_values
from eval.verdict import Verdict
from retriever.answer import Outcome


@dataclass(frozen=True, slots=True)
class Pair:
    """One question in both runs."""

    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Paired:
    """The questions that two runs share, by id; ``only_before`` and ``only_after`` are not."""

    pairs: Mapping[str, Pair]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    @property
    def groups(self) -> dict[str, str]:
        """Question id → what it counts with."""
        return {name: group_of(pair.after.question) for name, pair in self.pairs.items()}


def paired(before: FaqRun, after: FaqRun) -> Paired:
    """Pairs questions that have the same id and ask and expect the same; ``RunError`` where none do.

    A question whose wording or label changed measures something else and is not paired.
    """
    old = {verdict.question.id: verdict for verdict in before.verdicts}
    new = {verdict.question.id: verdict for verdict in after.verdicts}
    pairs = {
        name: Pair(old[name], verdict)
        for name, verdict in new.items()
        if name in old and _same(old[name], verdict)
    }
    if not pairs:
        raise RunError(
            f"两次评测没有相同的题（{before.setting.get('faqset')} 与 {after.setting.get('faqset')}）；"
            "要用同一份题集的两次结果"
        )
    return Paired(
        pairs,
        tuple(name for name in old if name not in pairs),
        tuple(name for name in new if name not in pairs),
    )


def _same(before: Verdict, after: Verdict) -> bool:
    a, b = before.question, after.question
    return (a.question, a.expect, a.filters) == (b.question, b.expect, b.filters)


def values_of(verdicts: Mapping[str, Verdict]) -> dict[str, dict[str, float]]:
    """Measure → question id → value, of everything that a question can have a value of.

    ``false_answers`` is 1 for an unanswerable question that was answered all the same.
    """
    names, ordered = list(verdicts), list(verdicts.values())
    found = {
        measure: {names[int(place)]: value for place, value in of_questions.items()}
        for measure, of_questions in (ranking_values(ordered) | check_values(ordered)).items()
    }
    unanswerable = {
        name: float(verdict.outcome == Outcome.ANSWERED)
        for name, verdict in verdicts.items()
        if verdict.question.expect.outcome is Outcome.UNKNOWN and verdict.judged
    }
    if unanswerable:
        found["false_answers"] = unanswerable
    return {measure: values for measure, values in found.items() if values}
