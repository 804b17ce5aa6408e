"""What is learned from samples, each as the plain model that ``retriever`` reads. The one door to
scikit-learn's classifiers and SciPy's optimiser.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from eval.errors import FitError
from retriever.choosing import UNLIKELY
from retriever.constants import Calibration
from retriever.linear import FeatureModel, VectorModel

FOLDS: Final = 3
_SEED: Final = 20261125
_FEWEST: Final = 10  # of each label: below that a model of some weights only remembers
_ROUNDS: Final = 2000
_VECTOR_ROUNDS: Final = 60  # of 18,000 vectors; later rounds change no choice on dev
_VECTOR_STRENGTH: Final = 1.0  # C of scikit-learn: chosen on dev among .3, 1, 3
_FEATURE_STRENGTH: Final = 0.1  # among .03, .1, .3, 1: flat, the smaller ones sturdier
_FACET_DECAY: Final = 0.01

Features = Mapping[str, float]


def vector_model(
    vectors: NDArray[np.float32], labels: Sequence[str], weights: Sequence[float]
) -> VectorModel:
    """A softmax regression of labels on vectors (n, dim)."""
    from sklearn.exceptions import ConvergenceWarning

    model = _softmax(_VECTOR_STRENGTH, _VECTOR_ROUNDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant
        model.fit(vectors, labels, sample_weight=weights)
    return VectorModel(
        tuple(str(kind) for kind in model.classes_),
        _all_classes(model.coef_, len(model.classes_)).astype(np.float32),
        _all_classes(model.intercept_[:, None], len(model.classes_))[:, 0].astype(np.float32),
    )


def crossed(
    vectors: NDArray[np.float32],
    labels: Sequence[str],
    weights: Sequence[float],
    known: tuple[NDArray[np.float32], Sequence[str]] | None = None,
) -> list[dict[str, float]]:
    """ln P(label) of each vector by a model that has not seen it; ``known`` is seen by every model.

    What is learned on top of a model's own training answers would trust it too much. A label that such
    a model has not met is ``UNLIKELY``; left out, it would be read as 0, which is certain. Nothing is
    told where all labels are alike.
    """
    from sklearn.model_selection import KFold

    every = sorted({*labels, *(known[1] if known is not None else ())})
    found: list[dict[str, float]] = [{} for _ in labels]
    if len(every) < 2:
        return found
    unmet = dict.fromkeys(every, UNLIKELY)
    folds = KFold(min(FOLDS, len(labels)), shuffle=True, random_state=_SEED)
    for seen, held_out in folds.split(vectors):
        rows, kinds = vectors[seen], [labels[n] for n in seen]
        loads = [weights[n] for n in seen]
        if known is not None:
            rows, kinds = np.concatenate([rows, known[0]]), [*kinds, *known[1]]
            loads = [*loads, *([1.0] * len(known[1]))]
        if len(set(kinds)) < 2:
            for n in held_out:
                found[n] = unmet | {kinds[0]: 0.0}
            continue
        model = vector_model(rows, kinds, loads)
        for n in held_out:
            found[n] = unmet | model.log_probabilities(vectors[n])
    return found


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
    if min(rights, len(right) - rights) < _FEWEST:
        raise FitError(
            f"train 里首条正确的题 {rights} 道、不正确或不可答的 {len(right) - rights} 道；"
            f"两边各要至少 {_FEWEST} 道"
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
