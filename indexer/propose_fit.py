"""The arithmetic of proposing, in numpy: naive Bayes, ridge, and a softmax that calibrates both.

All of it is solved, not searched, so fitting is quick and the same every time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

_SMOOTHING: Final = 0.3
_RIDGE: Final = 1.0
_SOFTMAX_RIDGE: Final = 1.0
_NEWTON_STEPS: Final = 12


def term_weights(mass: Matrix) -> Matrix:
    """Per term and class, the log odds of the class against the others (complement naive Bayes).

    ``mass`` holds the weight of every term (rows) in every class (columns); Rennie et al. 2003.
    """
    rest = mass.sum(axis=1, keepdims=True) - mass
    inside = (mass + _SMOOTHING) / (mass + _SMOOTHING).sum(axis=0)
    outside = (rest + _SMOOTHING) / (rest + _SMOOTHING).sum(axis=0)
    odds: Matrix = np.log(inside / outside)
    return odds


def ridge(gram: Matrix, moments: Matrix, rows: float) -> Matrix:
    """Weights of the linear map from vectors to classes; the last dimension is the constant."""
    penalty = np.full(len(gram), _RIDGE * rows / len(gram))
    penalty[-1] = 1e-6
    weights: Matrix = np.linalg.solve(gram + np.diag(penalty), moments).astype(np.float64)
    return weights


def softmax(scores: Matrix) -> Matrix:
    """Rows of scores as probabilities."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Matrix = odds / odds.sum(axis=1, keepdims=True)
    return probabilities


def softmax_regression(features: Matrix, labels: Labels, classes: int) -> Matrix:
    """Multinomial logistic regression by Newton's method; the last feature is the constant."""
    width = features.shape[1]
    fitted = np.zeros((width, classes))
    loss = _loss(features, labels, fitted)
    for _ in range(_NEWTON_STEPS):
        likely = softmax(features @ fitted)
        gradient = features.T @ (likely - np.eye(classes)[labels]) + _SOFTMAX_RIDGE * fitted
        flat = np.linalg.solve(_curvature(features, likely), gradient.reshape(-1))
        step: Matrix = flat.reshape(width, classes).astype(np.float64)
        # far from the end a whole step may lead uphill; a short enough one never does
        while (next_loss := _loss(features, labels, fitted - step)) > loss and _large(step):
            step = np.divide(step, 2)
        fitted, loss = fitted - step, next_loss
        if not _large(step):
            break
    return fitted


def _large(step: Matrix) -> bool:
    return float(np.abs(step).max()) >= 1e-6


def _loss(features: Matrix, labels: Labels, fitted: Matrix) -> float:
    likely = softmax(features @ fitted)[np.arange(len(labels)), labels]
    surprise = -np.log(np.maximum(likely, 1e-300)).sum()
    return float(surprise + _SOFTMAX_RIDGE / 2 * (fitted**2).sum())


def _curvature(features: Matrix, likely: Matrix) -> Matrix:
    """The Hessian of the loss, feature by class in both directions, flattened."""
    width, classes = features.shape[1], likely.shape[1]
    spread = (features[:, :, None] * likely[:, None, :]).reshape(len(features), width * classes)
    hessian: Matrix = -(spread.T @ spread)
    by_class = (features.T @ spread).reshape(width, width, classes)
    for one in range(classes):
        hessian[one::classes, one::classes] += by_class[:, :, one]
    hessian[np.diag_indices_from(hessian)] += _SOFTMAX_RIDGE
    return hessian
