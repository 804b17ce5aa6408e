"""Outcomes and confidence as a second look sees them, learned from questions that nobody was taught."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from eval import learning
from eval.abstention import auroc
from eval.faqset import FaqSet
from eval.run import Progress
from eval.samples import Sample, samples
from eval.thresholds import cheapest_threshold, weights_in_practice
from retriever.answer import Outcome
from retriever.confidence import confidence
from retriever.constants import Constants, Reconsidered
from retriever.knowledge_base import KnowledgeBase
from retriever.outcomes import by_cost
from retriever.reconsidering import seen_again
from retriever.taught import SecondLook

_FEWEST: Final = 100  # questions: below that what was learned before is sturdier
_FOUND: Final = "found_"
_LEAST: Final = 1e-6  # a chance below it says no more


def reconsidered(
    dev: FaqSet,
    base: KnowledgeBase,
    day: dt.date,
    constants: Constants,
    look: SecondLook,
    progress: Progress | None = None,
) -> tuple[Reconsidered | None, dict[str, Any]]:
    """What the second ``look`` makes of outcomes and confidence on top of ``constants``, with its evidence.

    Learned of ``dev``, without the questions that the look was taught: what it knows by heart it is too
    sure of. None where there are too few questions or too few of either kind, or where a model that has not seen
    a question (folds by group) tells its outcome no better than before, by the mean loss of a question; the
    evidence says what becomes of the confidence, which is kept or dropped with it.
    """
    taught = look.reader.taught
    untaught = dev.among([q.id for q in dev.questions if q.id not in taught.questions])
    retriever = base.retriever
    before, retriever.constants = retriever.constants, replace(constants, reconsidered=None)
    retriever.second_look = look
    try:
        found = [one for one in samples(untaught, base, day, progress) if one.looked]
    finally:
        retriever.constants, retriever.second_look = before, None
    answered, rights = [one.answerable for one in found], [one.right for one in found]
    rarer = min(map(_rarer, (answered, rights)))
    groups = [sample.group for sample in found]
    if len(found) < _FEWEST or rarer < learning.FEWEST or len(set(groups)) < learning.FOLDS:
        return None, {"questions": len(found), "rarer": rarer}
    loads = weights_in_practice(found)
    rows = [sample.looked for sample in found]
    as_found = [_as_found(sample) for sample in found]
    apart, sure_apart = (
        [
            math.exp(told[str(True)])
            for told in learning.crossed_by_features(rows, list(map(str, labels)), loads, groups)
        ]
        for labels in (answered, rights)
    )
    looked = [seen_again(*one) for one in zip(as_found, apart, strict=True)]
    losses = (_loss(found, as_found), _loss(found, looked))
    evidence = {
        "questions": len(found),
        "loss": {"found": losses[0], "looked": losses[1]},
        "outcome_right": {"found": _right(found, as_found), "looked": _right(found, looked)},
        "auroc": {
            "found": _rounded(auroc([row["found_sure"] for row in rows], rights)),
            "looked": _rounded(auroc(sure_apart, rights)),
        },
    }
    if losses[1] >= losses[0]:
        return None, evidence
    calibration = learning.calibration(rows, rights, loads)
    sure = [confidence(row, calibration) for row in rows]
    threshold = round(cheapest_threshold(sure, rights, loads), 4)
    return (
        Reconsidered(
            taught.in_use,
            learning.calibration(rows, answered, loads),
            replace(calibration, threshold=threshold),
        ),
        evidence,
    )


def _rarer(labels: Sequence[bool]) -> int:
    return min(sum(labels), len(labels) - sum(labels))


def _as_found(sample: Sample) -> dict[str, float]:
    """P(outcome) as it was found."""
    kinds = {f"{_FOUND}{outcome.value}": outcome.value for outcome in Outcome}
    return {kinds[name]: math.exp(value) for name, value in sample.looked.items() if name in kinds}


def _loss(found: Sequence[Sample], told: Sequence[dict[str, float]]) -> float:
    """The mean of −ln P of the right outcome."""
    chances = [by.get(one.outcome.value, 0.0) for one, by in zip(found, told, strict=True)]
    return round(-math.fsum(math.log(max(_LEAST, p)) for p in chances) / len(chances), 4)


def _right(found: Sequence[Sample], told: Sequence[dict[str, float]]) -> int:
    """How many outcomes are right by cost alone."""
    return sum(by_cost(by)[0] is one.outcome for one, by in zip(found, told, strict=True))


def _rounded(area: float | None) -> float | None:
    return None if area is None else round(area, 4)
