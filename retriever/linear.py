"""A linear model with one score a class: what is learned is read here with NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class VectorModel:
    """Classes told apart by a vector: ``weights`` (classes, dim) and ``bias`` (classes,)."""

    classes: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def log_probabilities(self, vector: NDArray[np.float32]) -> dict[str, float]:
        """ln P(class) for a vector (dim,)."""
        scores = (self.weights @ vector + self.bias).astype(float).tolist()
        return dict(zip(self.classes, log_softmax(scores), strict=True))


@dataclass(frozen=True, slots=True)
class FeatureModel:
    """Classes told apart by named features: ``bias`` and ``weights`` by class, then by feature.

    A feature that a class has no weight for does not count for it.
    """

    bias: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]

    def probabilities(self, features: Mapping[str, float]) -> dict[str, float]:
        """P(class) for the features of one question."""
        scores = [
            bias
            + sum(w * features.get(name, 0.0) for name, w in self.weights.get(kind, {}).items())
            for kind, bias in self.bias.items()
        ]
        chances = np.exp(log_softmax(scores)).tolist()
        return dict(zip(self.bias, chances, strict=True))


def log_softmax(scores: Sequence[float]) -> list[float]:
    """ln of the shares that scores give: sᵢ − ln Σ e^sⱼ.

    >>> [round(value, 4) for value in log_softmax([0.0, 0.0])]
    [-0.6931, -0.6931]
    """
    values = np.asarray(scores, dtype=float)
    highest = float(values.max())
    total = highest + float(np.log(np.exp(values - highest).sum()))
    shares: list[float] = (values - total).tolist()
    return shares
