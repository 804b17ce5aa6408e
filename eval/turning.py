"""An adapter, learned from what searches found: which change of a question's vector ranks what is right
first. The other parts of each score stay as they were, so that it only learns what they leave wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_SHARPNESS: Final = 5.0
"""What scores are multiplied by before they become shares: without an adapter the likelihood of the
right items of train is best near it."""
_DECAY: Final = 0.003  # among .001, .003, .01: the best by 3-fold cross-validation of train
_ROUNDS: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What one question found: its vector (dim,); of each item the mean of the passages' vectors that
    its score rests on (n, dim), the score (n,), and whether it is right (n,); and what the question
    counts.
    """

    vector: NDArray[np.float32]
    sides: NDArray[np.float32]
    scores: NDArray[np.float32]
    right: NDArray[np.bool_]
    load: float = 1.0


def learned_change(found: Sequence[Found], semantic: float) -> NDArray[np.float32]:
    """The (dim, dim) change under which the right items have the greatest share of all that was found.

    ``semantic`` is what a cosine counts in the scores. A conditional logit over the items of a question
    (McFadden 1974) with its vector's change as the only parameter, decayed towards none; full-batch
    L-BFGS, so that the same questions always give the same change. A question that did not find what
    is right teaches nothing; one at least has to.
    """
    from scipy.optimize import minimize

    batch = _Batch.of([one for one in found if one.right.any()])
    dim = batch.vectors.shape[1]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        change = flat.reshape(dim, dim).astype(np.float32)
        value, slope = batch.loss(change, semantic)
        decayed = value + _DECAY * float(flat @ flat)
        return decayed, slope.ravel().astype(np.float64) + 2.0 * _DECAY * flat

    options = {"maxiter": _ROUNDS}
    best = minimize(loss, np.zeros(dim * dim), jac=True, method="L-BFGS-B", options=options).x
    return np.asarray(best.reshape(dim, dim), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """All questions side by side; a place without an item has a score that no other one comes near."""

    vectors: NDArray[np.float32]  # (questions, dim)
    sides: NDArray[np.float32]  # (questions, n, dim)
    scores: NDArray[np.float32]  # (questions, n)
    right: NDArray[np.bool_]  # (questions, n)
    loads: NDArray[np.float32]  # (questions,), all together 1

    @staticmethod
    def of(found: Sequence[Found]) -> _Batch:
        count, dim = len(found), len(found[0].vector)
        most = max(len(one.scores) for one in found)
        sides = np.zeros((count, most, dim), dtype=np.float32)
        scores = np.full((count, most), -1e3, dtype=np.float32)
        right = np.zeros((count, most), dtype=np.bool_)
        for place, one in enumerate(found):
            here = len(one.scores)
            sides[place, :here], scores[place, :here] = one.sides, one.scores
            right[place, :here] = one.right
        loads = np.array([one.load for one in found], dtype=np.float32)
        vectors = np.stack([one.vector for one in found])
        return _Batch(vectors, sides, scores, right, loads / loads.sum())

    def loss(
        self, change: NDArray[np.float32], semantic: float
    ) -> tuple[float, NDArray[np.float32]]:
        """−ln of the right items' share, and its slope by ``change`` (dim, dim)."""
        turned = self.vectors + self.vectors @ change.T
        length = np.linalg.norm(turned, axis=1, keepdims=True)
        sought = turned / length
        moved = np.matmul(self.sides, (sought - self.vectors)[:, :, None])[:, :, 0]
        logits = _SHARPNESS * (self.scores + semantic * moved)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        of_right = shares * self.right
        hit = of_right.sum(axis=1, keepdims=True) + 1e-12
        value = -float(self.loads @ np.log(hit[:, 0]))
        by_score = (shares - of_right / hit) * (_SHARPNESS * semantic * self.loads[:, None])
        by_sought = np.matmul(by_score[:, None, :], self.sides)[:, 0, :]
        along = (by_sought * sought).sum(axis=1, keepdims=True)
        by_turned = (by_sought - along * sought) / length
        return value, by_turned.T @ self.vectors
