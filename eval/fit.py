"""Constants of one encoder, fitted from a FAQ set: when to answer and, if asked, how to blend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from corpora.lookups import CommonLookup
from corpora.types import Audience
from eval import learning
from eval.abstention import auroc
from eval.adapting import Counter, adapted, crossed
from eval.blending import best_blend
from eval.errors import FitError
from eval.faqset import FaqSet, Split
from eval.finding import VectorsOf
from eval.fitted import Fitted
from eval.plain import lessons, offered_questions, plain_questions
from eval.reconsidering import reconsidered
from eval.run import Progress
from eval.samples import Sample, samples
from eval.thresholds import (
    MISSED_COSTS,
    UNANSWERABLE_SHARE,
    WRONG_COSTS,
    cheapest_threshold,
    weights_in_practice,
)
from indexer.normalize import normalize
from retriever.choosing import FACET_FEATURES, UNLIKELY
from retriever.confidence import confidence
from retriever.constants import Constants
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.linear import VectorModel
from retriever.outcomes import COSTS, HINTS, by_cost, outcome_hints
from retriever.taught import SecondLook

__all__ = [
    "MISSED_COSTS",
    "UNANSWERABLE_SHARE",
    "WRONG_COSTS",
    "Fitted",
    "cheapest_threshold",
    "fit",
    "known_questions",
    "learned_constants",
]

_FEWEST_FACETS: Final = 50  # questions with a facet: below that the defaults are sturdier
_ASKED_COUNTS: Final = 8.0
"""How much a question of the set counts beside one that an editor wrote under a facet: customers ask
differently. Chosen on dev: kinds right .36 → .42."""


def fit(
    faq_set: FaqSet,
    base: KnowledgeBase,
    *,
    made_on: dt.date,
    as_of: dt.date | None = None,
    with_blend: bool = False,
    lookups: Sequence[CommonLookup] = (),
    vectors_of: VectorsOf | None = None,
    progress: Progress | None = None,
    counted: Counter | None = None,
    look: SecondLook | None = None,
) -> Fitted:
    """Fits facets, outcomes and confidence on the train split, the threshold on train and dev, what a second
    ``look`` makes of outcomes and confidence on dev, and judges all of it on dev.

    ``lookups`` are what clerks are offered beside the knowledge: they teach how a question looks that is
    answered. The blend is the one in use, unless ``with_blend`` finds one that is surely better on dev. Where an
    adapter is in use that learned of these questions, train is asked with others that have not;
    ``vectors_of`` passages is what those are learned with, the encoder's if it is not given. A look knows
    by heart what it was taught of train.
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
            chosen, blends = best_blend(dev, base, day)
            base.retriever.constants = replace(constants, blend=chosen)
        learned = _of_train(train, base, day, vectors_of, progress, counted)
        held_out = samples(dev, base, day, progress)
        known = known_questions(base, day)
        plain, offered = plain_questions(base, day), offered_questions(base, day, lookups)
        fitted = learned_constants(
            base.retriever.constants, learned, held_out, known, lessons(plain, offered)
        )
        looked: dict[str, Any] = {}
        if look is not None:
            again, looked = reconsidered(dev, base, day, fitted, look, progress)
            fitted = replace(fitted, reconsidered=again)
    finally:
        base.retriever.constants = constants
    evidence = {
        "faqset": faq_set.name,
        "as_of": day.isoformat(),
        "made_on": made_on.isoformat(),
        "index": base.manifest.version,
        "encoder": base.manifest.encoder,
        "known_questions": len(known[1]),
        "plain_questions": len(plain),
        "lookups": len(offered),
        "train": _evidence(learned, fitted),
        "dev": _evidence(held_out, fitted),
        "costs": {
            decided.value: {o.value: c for o, c in row.items()} for decided, row in COSTS.items()
        },
        "unanswerable_share": UNANSWERABLE_SHARE,
        **({"blends": blends} if blends else {}),
        **({"reconsidered": looked} if looked else {}),
    }
    return Fitted(replace(fitted, fingerprint=base.manifest.encoder_fingerprint), evidence)


def _of_train(
    train: FaqSet,
    base: KnowledgeBase,
    day: dt.date,
    vectors_of: VectorsOf | None,
    progress: Progress | None,
    counted: Counter | None,
) -> list[Sample]:
    adapter = base.retriever.constants.adapter
    if adapter is None or adapter.questions.isdisjoint(q.id for q in train.questions):
        return samples(train, base, day, progress)
    found: list[Sample] = []
    vectors_of = vectors_of or base.retriever.encoder.encode_passages
    for part, other in crossed(train, base, vectors_of, day, counted):
        with adapted(base, other):
            found += samples(part, base, day, progress)
    return found


def known_questions(base: KnowledgeBase, day: dt.date) -> tuple[NDArray[np.float32], list[str]]:
    """The vectors of the questions that stand under facets, and the kinds of these facets."""
    texts: list[str] = []
    kinds: list[str] = []
    for item in base.items(Filter(day, Audience.INTERNAL)):
        for facet in item.facets:
            texts += [normalize(question) for question in facet.questions]
            kinds += [facet.kind.value] * len(facet.questions)
    return base.retriever.encoder.encode_passages(texts), kinds


def learned_constants(
    before: Constants,
    train: Sequence[Sample],
    dev: Sequence[Sample],
    known: tuple[NDArray[np.float32], list[str]],
    more: Sequence[learning.Lesson],
) -> Constants:
    """``before`` with everything that the train samples teach; dev only helps with the threshold.

    ``known`` are the vectors of questions for the kinds of facet beside them, and teach these alone;
    ``more`` are lessons of normalised questions, and teach the wording alone.
    """
    loads = weights_in_practice(train)
    labels = [sample.outcome.value for sample in train]
    vectors = np.stack([sample.vector for sample in train])
    said, groups = [sample.text for sample in train], [sample.group for sample in train]
    texts = wording = None
    if len(set(labels)) > 1:
        texts = learning.vector_model(vectors, labels, loads)
        wording = learning.wording_model([*zip(said, labels, loads, strict=True), *more])
    rows = [
        _hinted(sample, {"text": by_vector, "words": by_words})
        for sample, by_vector, by_words in zip(
            train,
            learning.crossed(vectors, labels, loads, groups=groups),
            learning.crossed_by_wording(said, labels, loads, more, groups),
            strict=True,
        )
    ]
    calibration = learning.calibration(rows, [sample.right for sample in train], loads)
    outcomes = learning.feature_model(rows, labels, loads) if texts else None
    facets, intents = _facets(train, known)
    constants = replace(
        before,
        calibration=calibration,
        outcomes=outcomes,
        texts=texts,
        intents=intents,
        wording=wording,
        facets=facets or before.facets,
        reconsidered=None,
        fitted=True,
    )
    both = [*train, *dev]
    seen = [*rows, *(_seen(sample, constants) for sample in dev)]
    probabilities = [confidence(row, calibration) for row in seen]
    threshold = cheapest_threshold(
        probabilities, [sample.right for sample in both], weights_in_practice(both)
    )
    return replace(constants, calibration=replace(calibration, threshold=round(threshold, 4)))


def _facets(
    train: Sequence[Sample], known: tuple[NDArray[np.float32], list[str]]
) -> tuple[dict[str, float], VectorModel | None]:
    """The weights of what speaks for a facet, and the kinds that vectors ask for."""
    asked = [sample for sample in train if sample.facet]
    if len(asked) < _FEWEST_FACETS:
        return {}, None
    vectors = np.stack([sample.vector for sample in asked])
    kinds = [sample.facet for sample in asked]
    loads = [_ASKED_COUNTS] * len(asked)
    has_known = bool(known[1])
    apart = learning.crossed(vectors, kinds, loads, known if has_known else None)
    questions = []
    for sample, intents in zip(asked, apart, strict=True):
        options = [
            {**features, "intent": max(UNLIKELY, intents.get(kind, UNLIKELY))}
            for kind, features in sample.facets
        ]
        right = [n for n, (kind, _) in enumerate(sample.facets) if kind == sample.facet]
        questions.append((options, right))
    weights = learning.facet_weights(questions, FACET_FEATURES)
    if has_known:
        vectors = np.concatenate([vectors, known[0]])
        kinds, loads = [*kinds, *known[1]], [*loads, *([1.0] * len(known[1]))]
    return weights, learning.vector_model(vectors, kinds, loads)


def _hinted(sample: Sample, told: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The sample's features with what is told of it by vector and wording under their names."""
    hints = {f"{how}_{name}": p for how, by in told.items() for name, p in by.items()}
    return _unhinted(sample) | hints


def _unhinted(sample: Sample) -> dict[str, float]:
    return {name: value for name, value in sample.values.items() if not name.startswith(HINTS)}


def _seen(sample: Sample, constants: Constants) -> dict[str, float]:
    return _unhinted(sample) | outcome_hints(constants, sample.vector, sample.text)


def _evidence(found: Sequence[Sample], constants: Constants) -> dict[str, Any]:
    """How a part of the set is judged with the constants; figures of train flatter them. Outcomes are
    judged by cost alone, without the rules for names and known questions.
    """
    seen = [_seen(sample, constants) for sample in found]
    probabilities = [confidence(row, constants.calibration) for row in seen]
    answered = [p >= constants.calibration.threshold for p in probabilities]
    rights = [sample.right for sample in found]
    area = auroc(probabilities, rights)
    pairs = list(zip(answered, rights, strict=True))
    outcomes = constants.outcomes
    decided = [
        by_cost(outcomes.probabilities(row))[0] is sample.outcome if outcomes else None
        for row, sample in zip(seen, found, strict=True)
    ]
    return {
        "questions": len(found),
        "first_right": sum(rights),
        "auroc": None if area is None else round(area, 4),
        "answered": sum(answered),
        "wrong": sum(was and not right for was, right in pairs),
        "missed": sum(right and not was for was, right in pairs),
        "outcome_right": sum(bool(one) for one in decided) if outcomes else None,
    }
