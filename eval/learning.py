"""What is learned from samples, each as the plain model that ``retriever`` reads. The one door to
scikit-learn's classifiers and SciPy's optimiser.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from eval.errors import FitError
from retriever.choosing import UNLIKELY
from retriever.constants import Calibration
from retriever.linear import FeatureModel, VectorModel
from retriever.wording import WordingModel, runs_of, weighed

FOLDS: Final = 3
_SEED: Final = 20261125
FEWEST: Final = 10  # of each label: below that a model of some weights only remembers
_ROUNDS: Final = 2000
_VECTOR_ROUNDS: Final = 60  # of 18,000 vectors; later rounds change no choice on dev
_VECTOR_STRENGTH: Final = 1.0  # C of scikit-learn: chosen on dev among .3, 1, 3
_WORDING_STRENGTH: Final = 5.0  # among 1, 3, 5, 10: what wrong outcomes cost on dev falls up to it
_FEATURE_STRENGTH: Final = 0.1  # among .03, .1, .3, 1: flat, the smaller ones sturdier
_FACET_DECAY: Final = 0.01
_TEXTS_WITH_A_RUN: Final = 2  # what stands in fewer texts is remembered rather than learned

Features = Mapping[str, float]
Lesson = tuple[str, str, float]  # a text, its label, what it weighs


def vector_model(
    vectors: NDArray[np.float32], labels: Sequence[str], weights: Sequence[float]
) -> VectorModel:
    """A softmax regression of labels on vectors (n, dim)."""
    return VectorModel(*_stopped_early(_VECTOR_STRENGTH, vectors, labels, weights))


def wording_model(lessons: Sequence[Lesson]) -> WordingModel:
    """A softmax regression of labels on the weighed runs of normalised texts; ``FitError`` where no two
    texts have a run in common.
    """
    from scipy.sparse import csr_matrix

    texts, labels, weights = zip(*lessons, strict=True)
    runs = Counter(run for text in texts for run in runs_of(text))
    kept = sorted(run for run, n in runs.items() if n >= _TEXTS_WITH_A_RUN)
    if not kept:
        raise FitError("train 的题没有两道用到同样的字词，学不出问法；请多给一些题")
    places = {run: place for place, run in enumerate(kept)}
    counts = np.array([runs[run] for run in kept], dtype=np.float64)
    idf = (np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0).astype(np.float32)
    rows = [weighed(text, places, idf) for text in texts]
    starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    values = np.concatenate([own for _, own in rows])
    columns = np.concatenate([np.array(own, dtype=np.int32) for own, _ in rows])
    matrix = csr_matrix((values, columns, starts), shape=(len(texts), len(kept)))
    kinds, scores, bias = _stopped_early(_WORDING_STRENGTH, matrix, labels, weights)
    return WordingModel(kinds, places, idf, scores, bias)


def crossed(
    vectors: NDArray[np.float32],
    labels: Sequence[str],
    weights: Sequence[float],
    known: tuple[NDArray[np.float32], Sequence[str]] | None = None,
    groups: Sequence[str] | None = None,
) -> list[dict[str, float]]:
    """ln P(label) of each vector by a model that has not seen it, by label; ``known`` is seen by every
    model, each with the weight 1.

    Vectors of one of the ``groups`` ask the same and are held back together; without groups each is its
    own. Each is told of every label, those that its model has not met at ``UNLIKELY``; of none (``{}``)
    where there is but one label or one group.
    """
    known_kinds = known[1] if known is not None else ()

    def learned(seen: Sequence[int]) -> Callable[[int], dict[str, float]]:
        rows, loads = vectors[seen], [weights[n] for n in seen]
        kinds = [*(labels[n] for n in seen), *known_kinds]
        if known is not None:
            rows, loads = np.concatenate([rows, known[0]]), [*loads, *([1.0] * len(known_kinds))]
        model = vector_model(rows, kinds, loads)
        return lambda n: model.log_probabilities(vectors[n])

    return _crossed(labels, known_kinds, groups, learned)


def crossed_by_wording(
    texts: Sequence[str],
    labels: Sequence[str],
    weights: Sequence[float],
    known: Sequence[Lesson] = (),
    groups: Sequence[str] | None = None,
) -> list[dict[str, float]]:
    """ln P(label) of each normalised text by a model that has not seen it; ``known`` is seen by every
    model. Groups, labels that were not met, and ``{}`` are as in ``crossed``.
    """

    def learned(seen: Sequence[int]) -> Callable[[int], dict[str, float]]:
        model = wording_model([*((texts[n], labels[n], weights[n]) for n in seen), *known])
        return lambda n: model.log_probabilities(texts[n])

    return _crossed(labels, [label for _, label, _ in known], groups, learned)


def crossed_by_features(
    rows: Sequence[Features],
    labels: Sequence[str],
    weights: Sequence[float],
    groups: Sequence[str] | None = None,
) -> list[dict[str, float]]:
    """ln P(label) of each row of features by a model that has not seen it; groups, labels that were not
    met, and ``{}`` are as in ``crossed``.
    """

    def learned(seen: Sequence[int]) -> Callable[[int], dict[str, float]]:
        model = feature_model(
            [rows[n] for n in seen], [labels[n] for n in seen], [weights[n] for n in seen]
        )
        return lambda n: {
            kind: max(UNLIKELY, float(np.log(chance)))
            for kind, chance in model.probabilities(rows[n]).items()
        }

    return _crossed(labels, (), groups, learned)


def _crossed(
    labels: Sequence[str],
    known: Sequence[str],
    groups: Sequence[str] | None,
    learned: Callable[[Sequence[int]], Callable[[int], dict[str, float]]],
) -> list[dict[str, float]]:
    """What each row is told by a model that has seen no row of its group; ``learned`` makes one of the
    rows at some places, and it tells of a row by its place.

    What is learned on top of a model's own training answers would trust it too much, and questions of
    a group say the same in other words. A label that such a model has not met is ``UNLIKELY``; left
    out, it would be read as 0, which is certain. Nothing (``{}``) is told where all labels are alike,
    ``known`` ones included, or all rows of one group.
    """
    from sklearn.model_selection import KFold

    # padded: the names are sorted, and folds of rows without groups stay what they are by number
    own = groups if groups is not None else [f"{n:09d}" for n in range(len(labels))]
    every, names = sorted({*labels, *known}), sorted(set(own))
    found: list[dict[str, float]] = [{} for _ in labels]
    if len(every) < 2 or len(names) < 2:
        return found
    unmet = dict.fromkeys(every, UNLIKELY)
    folds = KFold(min(FOLDS, len(names)), shuffle=True, random_state=_SEED)
    for _, held_out in folds.split(names):
        away = {names[n] for n in held_out}
        seen = [n for n, group in enumerate(own) if group not in away]
        kinds = {*(labels[n] for n in seen), *known}
        told = learned(seen) if len(kinds) > 1 else _certain(*kinds)
        for n, group in enumerate(own):
            if group in away:
                found[n] = unmet | told(n)
    return found


def _certain(kind: str) -> Callable[[int], dict[str, float]]:
    return lambda n: {kind: 0.0}


def feature_model(
    rows: Sequence[Features], labels: Sequence[str], weights: Sequence[float]
) -> FeatureModel:
    """A softmax regression of labels on standardised features, told in weights of the raw ones."""
    names, matrix, mean, scale = _standardised(rows)
    model = _softmax(_FEATURE_STRENGTH)
    model.fit((matrix - mean) / scale, labels, sample_weight=weights)
    kinds = [str(kind) for kind in model.classes_]
    raw = _all_classes(model.coef_, len(kinds)) / scale
    bias = _all_classes(model.intercept_[:, None], len(kinds))[:, 0] - raw @ mean
    return FeatureModel(
        {kind: round(float(b), 6) for kind, b in zip(kinds, bias, strict=True)},
        {
            kind: {name: round(float(w), 6) for name, w in zip(names, row, strict=True) if w}
            for kind, row in zip(kinds, raw, strict=True)
        },
    )


def calibration(
    rows: Sequence[Features], right: Sequence[bool], weights: Sequence[float]
) -> Calibration:
    """A logistic regression of "the first item answers" on standardised features, with no threshold."""
    rights = sum(right)
    if min(rights, len(right) - rights) < FEWEST:
        raise FitError(
            f"train 里首条正确的题 {rights} 道、不正确或不可答的 {len(right) - rights} 道；"
            f"两边各要至少 {FEWEST} 道"
        )
    names, matrix, mean, scale = _standardised(rows)
    model = _softmax(_FEATURE_STRENGTH)
    model.fit((matrix - mean) / scale, list(right), sample_weight=weights)
    raw = model.coef_[0] / scale
    folded = {name: round(float(w), 6) for name, w in zip(names, raw, strict=True) if w}
    return Calibration(round(float(model.intercept_[0] - raw @ mean), 6), folded, 0.5)


def facet_weights(
    questions: Sequence[tuple[Sequence[Features], Sequence[int]]], names: Sequence[str]
) -> dict[str, float]:
    """Weights under which the right facets of each question have the greatest share (conditional
    logit, McFadden 1974); each question is its options' features and the places of the right ones.
    """
    from scipy.optimize import minimize

    options = [
        (np.array([[own.get(name, 0.0) for name in names] for own in rows]), list(places))
        for rows, places in questions
    ]
    centred = np.concatenate([matrix - matrix.mean(axis=0) for matrix, _ in options])
    scale = centred.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    scaled = [(matrix / scale, places) for matrix, places in options]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(weights)
        for matrix, places in scaled:
            scores = matrix @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            share = shares[places].sum()
            total -= float(np.log(share + 1e-12))
            slope += shares @ matrix - (shares[places] / share) @ matrix[places]
        count = len(scaled)
        decay = _FACET_DECAY * weights
        return total / count + float(decay @ weights), slope / count + 2.0 * decay

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x / scale
    return {name: round(float(w), 6) for name, w in zip(names, found, strict=True) if w}


def _stopped_early(
    strength: float, rows: Any, labels: Sequence[str], weights: Sequence[float]
) -> tuple[tuple[str, ...], NDArray[np.float32], NDArray[np.float32]]:
    """The classes of a softmax regression on rows (n, columns), dense or sparse, with their weights
    (classes, columns) and biases (classes,), after as many rounds as change a choice.
    """
    from sklearn.exceptions import ConvergenceWarning

    model = _softmax(strength, _VECTOR_ROUNDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
        model.fit(rows, labels, sample_weight=weights)
    kinds = tuple(str(kind) for kind in model.classes_)
    bias = _all_classes(model.intercept_[:, None], len(kinds))[:, 0]
    return (
        kinds,
        _all_classes(model.coef_, len(kinds)).astype(np.float32),
        bias.astype(np.float32),
    )


def _softmax(strength: float, rounds: int = _ROUNDS) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=rounds)


def _standardised(
    rows: Sequence[Features],
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    names = sorted({name for row in rows for name in row})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    spread = matrix.std(axis=0)
    varies = spread > 1e-9  # what never varies says nothing and cannot be scaled
    kept = [name for name, does in zip(names, varies, strict=True) if does]
    return kept, matrix[:, varies], matrix[:, varies].mean(axis=0), spread[varies]


def _all_classes(values: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """A row a class; for two classes scikit-learn tells only the second's."""
    return np.concatenate([-values, values]) / 2.0 if classes == 2 else values
