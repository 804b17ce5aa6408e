"""Constants of one encoder, fitted from a FAQ set: when to answer and, if asked, how to blend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from eval.abstention import auroc
from eval.errors import FitError
from eval.faqset import FaqSet, Split
from eval.intervals import mean_interval
from eval.run import Progress, tasks_of
from retriever.answer import Outcome
from retriever.confidence import confidence, features
from retriever.constants import Blend, Calibration
from retriever.errors import BadQuery
from retriever.knowledge_base import KnowledgeBase

WRONG_COSTS: Final = 2.0  # the nearest items are shown either way, so silence costs little
UNANSWERABLE_IN_PRACTICE: Final = 0.1
"""The share of questions at a counter that no knowledge answers: an assumption until traces count it."""
MISSED_COSTS: Final = 1.0
LEXICAL_GRID: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_LOOKED_AT: Final = 20  # hits that the answerer reads confidence from
_FEWEST: Final = 10  # of each label: below that a model of eight weights only remembers


@dataclass(frozen=True, slots=True)
class Sample:
    """What confidence sees of one question, and whether the first item is an expected one.

    ``place`` is that of the first expected item, 0 where none was found; ``answerable`` is whether
    any item could be expected.
    """

    values: dict[str, float]
    right: bool
    answerable: bool
    place: int


@dataclass(frozen=True, slots=True)
class Fitted:
    """Constants with what they rest on, in the form that ``retriever.constants`` reads."""

    fingerprint: str
    blend: Blend
    calibration: Calibration
    evidence: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The document of ``<fingerprint>.json``."""
        return asdict(self)

    def write(self, folder: Path) -> Path:
        """Writes the document under the encoder's fingerprint."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.fingerprint}.json"
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        path.write_bytes(orjson.dumps(self.to_json(), option=options) + b"\n")
        return path


def fit(
    faq_set: FaqSet,
    base: KnowledgeBase,
    *,
    made_on: dt.date,
    as_of: dt.date | None = None,
    with_blend: bool = False,
    progress: Progress | None = None,
) -> Fitted:
    """Fits confidence on the train split, its threshold on train and dev, and judges it on dev.

    The blend is the one in use, unless ``with_blend`` finds one that is surely better on dev.
    """
    day = as_of or faq_set.as_of
    train, dev = faq_set.only(Split.TRAIN), faq_set.only(Split.DEV)
    if not train.questions:
        raise FitError(f"{faq_set.file}: 没有 split 为 train 的题，无法拟合")
    constants = base.retriever.constants
    blends: list[dict[str, float]] = []
    try:
        if with_blend:
            if not dev.questions:
                raise FitError(f"{faq_set.file}: 没有 split 为 dev 的题，无法选择混合权重")
            chosen, blends = _best_blend(dev, base, day)
            base.retriever.constants = replace(constants, blend=chosen)
        learned = samples(train, base, day, progress)
        held_out = samples(dev, base, day, progress)
        blend = base.retriever.constants.blend
    finally:
        base.retriever.constants = constants
    calibration = calibrated(learned, held_out)
    evidence = {
        "faqset": faq_set.name,
        "as_of": day.isoformat(),
        "made_on": made_on.isoformat(),
        "index": base.manifest.version,
        "encoder": base.manifest.encoder,
        "train": _evidence(learned, calibration),
        "dev": _evidence(held_out, calibration),
        "costs": {"wrong": WRONG_COSTS, "missed": MISSED_COSTS},
        **({"blends": blends} if blends else {}),
    }
    return Fitted(base.manifest.encoder_fingerprint, blend, calibration, evidence)


def samples(
    faq_set: FaqSet, base: KnowledgeBase, day: dt.date, progress: Progress | None = None
) -> list[Sample]:
    """One sample a question that is either answerable or not; the other outcomes are left out."""
    found: list[Sample] = []
    tasks = tasks_of(faq_set, base.regions, day)
    for done, task in enumerate(tasks, 1):
        question, expect = task.question, task.question.expect
        if expect.outcome in (Outcome.ANSWERED, Outcome.UNKNOWN):
            try:
                page = base.search(question.question, task.asked.wanted, _LOOKED_AT)
            except BadQuery:
                continue
            places = [n for n, hit in enumerate(page.hits, 1) if hit.item_id in expect.items]
            place = places[0] if places else 0
            answerable = expect.outcome is Outcome.ANSWERED
            found.append(Sample(features(page), place == 1, answerable, place))
        if progress:
            progress(done, len(tasks))
    return found


def calibrated(train: Sequence[Sample], dev: Sequence[Sample] = ()) -> Calibration:
    """Logistic regression over standardised features, told in weights of the raw ones."""
    from sklearn.linear_model import LogisticRegression

    rights = sum(sample.right for sample in train)
    if min(rights, len(train) - rights) < _FEWEST:
        raise FitError(
            f"train 里首条正确的题 {rights} 道、不正确或不可答的 {len(train) - rights} 道；"
            f"两边各要至少 {_FEWEST} 道"
        )
    names = list(train[0].values)
    matrix = np.array([[sample.values[name] for name in names] for sample in train])
    mean, spread = matrix.mean(axis=0), matrix.std(axis=0)
    varies = spread > 1e-9  # what never varies says nothing and cannot be scaled
    scale = np.where(varies, spread, 1.0)
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit((matrix - mean) / scale, [sample.right for sample in train])
    raw = np.where(varies, model.coef_[0] / scale, 0.0)
    weights = {name: round(float(w), 6) for name, w in zip(names, raw, strict=True) if w}
    intercept = round(float(model.intercept_[0] - (raw * mean).sum()), 6)
    unset = Calibration(intercept, weights, 0.5)
    both = [*train, *dev]
    probabilities = [confidence(sample.values, unset) for sample in both]
    threshold = cheapest_threshold(
        probabilities, [sample.right for sample in both], _weights_in_practice(both)
    )
    return replace(unset, threshold=round(threshold, 4))


def _weights_in_practice(found: Sequence[Sample]) -> list[float]:
    """Weights that make the unanswerable as frequent as they are at a counter.

    A FAQ set holds many of them on purpose; a threshold chosen for that share would abstain from
    much that is right.
    """
    unanswerable = sum(not sample.answerable for sample in found)
    if unanswerable in (0, len(found)):
        return [1.0] * len(found)
    odds = UNANSWERABLE_IN_PRACTICE / (1.0 - UNANSWERABLE_IN_PRACTICE)
    weight = odds * (len(found) - unanswerable) / unanswerable
    return [1.0 if sample.answerable else weight for sample in found]


def cheapest_threshold(
    probabilities: Sequence[float],
    right: Sequence[bool],
    weights: Sequence[float] | None = None,
) -> float:
    """The threshold with the least cost when everything at or above it is answered.

    Of equally cheap ones the lowest, half way to the next lower probability.

    >>> cheapest_threshold([0.75, 0.5, 0.25], [True, True, False])
    0.375
    """
    counted = weights or [1.0] * len(right)
    ranked = sorted(zip(probabilities, right, counted, strict=True), reverse=True)
    # answering nothing misses all that is right
    best_cost = MISSED_COSTS * sum(w for _, is_right, w in ranked if is_right)
    best = 1.0
    cost = best_cost
    for place, (probability, is_right, weight) in enumerate(ranked):
        cost += weight * (-MISSED_COSTS if is_right else WRONG_COSTS)
        below = ranked[place + 1][0] if place + 1 < len(ranked) else 0.0
        if below < probability and cost <= best_cost:
            best_cost, best = cost, (probability + below) / 2.0
    return best


def _evidence(found: Sequence[Sample], calibration: Calibration) -> dict[str, Any]:
    probabilities = [confidence(sample.values, calibration) for sample in found]
    answered = [probability >= calibration.threshold for probability in probabilities]
    rights = [sample.right for sample in found]
    area = auroc(probabilities, rights)
    pairs = list(zip(answered, rights, strict=True))
    return {
        "questions": len(found),
        "first_right": sum(rights),
        "auroc": None if area is None else round(area, 4),
        "answered": sum(answered),
        "wrong": sum(was and not right for was, right in pairs),
        "missed": sum(right and not was for was, right in pairs),
    }


def _best_blend(
    dev: FaqSet, base: KnowledgeBase, day: dt.date
) -> tuple[Blend, list[dict[str, float]]]:
    """The lexical weight with the best MRR on dev; another than today's only if surely better."""
    constants = base.retriever.constants
    current = constants.blend

    def reciprocal_ranks(blend: Blend) -> list[float]:
        base.retriever.constants = replace(constants, blend=blend)
        try:
            found = [sample for sample in samples(dev, base, day) if sample.answerable]
        finally:
            base.retriever.constants = constants
        return [1.0 / sample.place if sample.place else 0.0 for sample in found]

    today = reciprocal_ranks(current)
    tried: list[dict[str, float]] = []
    best, best_gain = current, 0.0
    for lexical in LEXICAL_GRID:
        blend = replace(current, lexical=lexical)
        ranks = reciprocal_ranks(blend)
        gain = mean_interval([new - old for new, old in zip(ranks, today, strict=True)])
        tried.append(
            {
                "lexical": lexical,
                "mrr": round(mean_interval(ranks).value, 4),
                "gain_low": round(gain.low, 4),
            }
        )
        if gain.low > 0.0 and gain.value > best_gain:
            best, best_gain = blend, gain.value
    return best, tried
