"""Constants of one encoder, fitted from a FAQ set: when to answer and, if asked, how to blend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from corpora.types import Audience
from eval import learning
from eval.abstention import auroc
from eval.errors import FitError
from eval.faqset import FaqSet, Split
from eval.intervals import mean_interval
from eval.run import Progress
from eval.samples import Sample, samples
from indexer.normalize import normalize
from retriever.choosing import FACET_FEATURES, UNLIKELY
from retriever.confidence import confidence
from retriever.constants import Blend, Calibration, Constants
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.linear import VectorModel
from retriever.outcomes import COSTS, by_cost

WRONG_COSTS: Final = 2.0  # the nearest items are shown either way, so silence costs little
UNANSWERABLE_SHARE: Final = 0.3
"""The share of questions that are to be asked back, handed over or not answered: that of the FAQ
sets. At a counter it is an assumption until traces count it."""
MISSED_COSTS: Final = 1.0
LEXICAL_GRID: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_FEWEST_FACETS: Final = 50  # questions with a facet: below that the defaults are sturdier
_ASKED_COUNTS: Final = 8.0
"""How much a question of the set counts beside one that an editor wrote under a facet: customers ask
differently. Chosen on dev: kinds right .36 → .42."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Constants with what they rest on, in the form that ``retriever.constants`` reads."""

    constants: Constants
    evidence: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """That of the encoder."""
        return self.constants.fingerprint

    @property
    def blend(self) -> Blend:
        """How scores are blended."""
        return self.constants.blend

    @property
    def calibration(self) -> Calibration:
        """How confidence is read."""
        return self.constants.calibration

    def to_json(self) -> dict[str, Any]:
        """The document of ``<fingerprint>.json``."""
        known = self.constants
        return {
            "fingerprint": known.fingerprint,
            "blend": asdict(known.blend),
            "calibration": asdict(known.calibration),
            "facets": dict(known.facets),
            "outcomes": asdict(known.outcomes) if known.outcomes else None,
            "evidence": self.evidence,
        }

    def write(self, folder: Path) -> Path:
        """Writes the document under the encoder's fingerprint, and the matrices beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.fingerprint}.json"
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        path.write_bytes(orjson.dumps(self.to_json(), option=options) + b"\n")
        models = {"texts": self.constants.texts, "intents": self.constants.intents}
        matrices: dict[str, Any] = {}
        for name, model in models.items():
            if model is not None:
                matrices[f"{name}_classes"] = np.array(model.classes)
                matrices[f"{name}_weights"] = model.weights.astype(np.float16)
                matrices[f"{name}_bias"] = model.bias
        beside = path.with_suffix(".npz")
        if matrices:
            np.savez_compressed(beside, **matrices)
        else:
            beside.unlink(missing_ok=True)  # those of an earlier fit would be read with this one
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
    """Fits facets, outcomes and confidence on the train split, the threshold on train and dev, and
    judges all of it on dev.

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
        known = known_questions(base, day)
        fitted = learned_constants(base.retriever.constants, learned, held_out, known)
    finally:
        base.retriever.constants = constants
    evidence = {
        "faqset": faq_set.name,
        "as_of": day.isoformat(),
        "made_on": made_on.isoformat(),
        "index": base.manifest.version,
        "encoder": base.manifest.encoder,
        "known_questions": len(known[1]),
        "train": _evidence(learned, fitted),
        "dev": _evidence(held_out, fitted),
        "costs": {
            decided.value: {o.value: c for o, c in row.items()} for decided, row in COSTS.items()
        },
        "unanswerable_share": UNANSWERABLE_SHARE,
        **({"blends": blends} if blends else {}),
    }
    return Fitted(replace(fitted, fingerprint=base.manifest.encoder_fingerprint), evidence)


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
) -> Constants:
    """``before`` with everything that the train samples teach; dev only helps with the threshold."""
    loads = _weights_in_practice(train)
    labels = [sample.outcome.value for sample in train]
    vectors = np.stack([sample.vector for sample in train])
    texts = learning.vector_model(vectors, labels, loads) if len(set(labels)) > 1 else None
    rows = [
        _with_texts(sample.values, text)
        for sample, text in zip(train, learning.crossed(vectors, labels, loads), strict=True)
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
        facets=facets or before.facets,
        fitted=True,
    )
    both = [*train, *dev]
    seen = [*rows, *(_seen(sample, constants) for sample in dev)]
    probabilities = [confidence(row, calibration) for row in seen]
    threshold = cheapest_threshold(
        probabilities, [sample.right for sample in both], _weights_in_practice(both)
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


def _with_texts(values: Mapping[str, float], text: Mapping[str, float]) -> dict[str, float]:
    plain = {name: value for name, value in values.items() if not name.startswith("text_")}
    return plain | {f"text_{name}": value for name, value in text.items()}


def _seen(sample: Sample, constants: Constants) -> dict[str, float]:
    texts = constants.texts
    return _with_texts(sample.values, texts.log_probabilities(sample.vector) if texts else {})


def _weights_in_practice(found: Sequence[Sample]) -> list[float]:
    """Weights that make the questions without an answer as frequent as they are assumed to be.

    A set for practice holds many of them on purpose; a model of that share would abstain from much
    that is right.
    """
    unanswerable = sum(not sample.answerable for sample in found)
    if unanswerable in (0, len(found)):
        return [1.0] * len(found)
    odds = UNANSWERABLE_SHARE / (1.0 - UNANSWERABLE_SHARE)
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


def _evidence(found: Sequence[Sample], constants: Constants) -> dict[str, Any]:
    """How a part of the set is judged with the constants; figures of train flatter them."""
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
