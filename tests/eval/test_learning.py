"""What is learned is the textbook model, told in weights of the raw features."""

from __future__ import annotations

import random

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from eval import learning
from eval.errors import FitError
from retriever.confidence import confidence


def make_rows(count: int, seed: int = 1) -> tuple[list[dict[str, float]], list[bool]]:
    draws = random.Random(seed)
    rows, right = [], []
    for _ in range(count):
        is_right = draws.random() < 0.6
        right.append(is_right)
        rows.append(
            {
                "cosine": draws.gauss(0.8 if is_right else 0.6, 0.1),
                "margin": draws.gauss(0.3 if is_right else 0.1, 0.1),
                "constant": 1.0,
            }
        )
    return rows, right


def reference(rows: list[dict[str, float]], labels: list[str]) -> NDArray[np.float64]:
    matrix = np.array([[row["cosine"], row["margin"]] for row in rows])
    scaled = StandardScaler().fit_transform(matrix)
    model = LogisticRegression(C=0.1, max_iter=2000).fit(scaled, labels)
    found: NDArray[np.float64] = model.predict_proba(scaled)
    return found


def test_confidence_is_the_standardised_logistic_model() -> None:
    rows, right = make_rows(200)
    calibration = learning.calibration(rows, right, [1.0] * 200)
    expected = reference(rows, ["right" if one else "a wrong" for one in right])[:, 1]
    assert [confidence(row, calibration) for row in rows] == pytest.approx(expected, abs=1e-4)
    assert set(calibration.weights) == {"cosine", "margin"}  # what never varies says nothing


@pytest.mark.parametrize("classes", [2, 3])
def test_outcomes_are_the_standardised_softmax_model(classes: int) -> None:
    rows, right = make_rows(240)
    labels = [f"c{(not one) + (n % 3 == 0 and classes == 3)}" for n, one in enumerate(right)]
    model = learning.feature_model(rows, labels, [1.0] * len(rows))
    expected = reference(rows, labels)
    found = [list(model.probabilities(row).values()) for row in rows]
    assert np.array(found) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("right", [True, False])
def test_one_sided_samples_cannot_be_fitted(right: bool) -> None:
    rows = [{"cosine": n / 50} for n in range(50)]
    with pytest.raises(FitError, match="至少"):
        learning.calibration(rows, [right] * 50, [1.0] * 50)


def test_a_question_is_never_judged_by_a_model_that_saw_it() -> None:
    # the labels are noise: a model that saw them would know them, one that did not would not
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((60, 64)).astype(np.float32)
    labels = [str(one) for one in rng.integers(0, 2, 60)]
    loads = [1.0] * 60
    apart = learning.crossed(vectors, labels, loads)
    right = sum(
        max(one, key=one.__getitem__) == label for one, label in zip(apart, labels, strict=True)
    )
    seen = learning.vector_model(vectors, labels, loads)
    known = [seen.log_probabilities(vector) for vector in vectors]
    remembered = sum(
        max(o, key=o.__getitem__) == label for o, label in zip(known, labels, strict=True)
    )
    assert remembered > 55
    assert right < 45


def test_facet_weights_find_what_decides() -> None:
    draws = random.Random(5)
    questions = []
    for _ in range(120):
        options = [{"decides": draws.random(), "noise": draws.random()} for _ in range(5)]
        best = max(range(5), key=lambda n: options[n]["decides"])
        questions.append((options, [best]))
    weights = learning.facet_weights(questions, ["decides", "noise"])
    assert weights["decides"] > 5 * abs(weights.get("noise", 0.0))
