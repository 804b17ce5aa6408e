from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retriever.linear import FeatureModel, VectorModel, log_softmax

numbers = st.floats(-1e3, 1e3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_shares_add_up_whatever_the_scores_are(scores: list[float]) -> None:
    shares = log_softmax(scores)
    assert math.fsum(math.exp(share) for share in shares) == pytest.approx(1.0)
    assert all(share <= 1e-9 for share in shares)


@given(st.lists(numbers, min_size=2, max_size=6), numbers)
def test_what_is_added_to_every_score_changes_no_share(scores: list[float], more: float) -> None:
    moved = log_softmax([score + more for score in scores])
    assert moved == pytest.approx(log_softmax(scores), abs=1e-6)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=6))
def test_shares_lie_as_far_apart_as_their_scores(scores: list[int]) -> None:
    shares = log_softmax([float(score) for score in scores])
    for score, share in zip(scores, shares, strict=True):
        assert share - shares[0] == pytest.approx(score - scores[0])


def test_a_vector_is_told_by_weights_and_bias() -> None:
    model = VectorModel(
        ("open", "cancel"),
        np.array([[1.0, 0.0], [0.0, 2.0]], dtype=np.float32),
        np.array([0.5, -0.5], dtype=np.float32),
    )
    found = model.log_probabilities(np.array([0.6, 0.8], dtype=np.float32))
    one, two = math.exp(0.6 + 0.5), math.exp(2 * 0.8 - 0.5)
    assert list(found) == ["open", "cancel"]
    assert found["open"] == pytest.approx(math.log(one / (one + two)), abs=1e-6)
    assert found["cancel"] == pytest.approx(math.log(two / (one + two)), abs=1e-6)


def test_a_feature_that_a_class_has_no_weight_for_does_not_count_for_it() -> None:
    model = FeatureModel({"a": 0.0, "b": 0.0, "c": 0.0}, {"a": {"x": 1.0}, "b": {"y": 1.0}})
    found = model.probabilities({"x": 2.0, "z": 9.0})
    total = math.exp(2.0) + 1.0 + 1.0
    assert found == pytest.approx({"a": math.exp(2.0) / total, "b": 1 / total, "c": 1 / total})


def test_probabilities_stay_finite_far_from_what_was_seen() -> None:
    model = FeatureModel({"a": 0.0, "b": 0.0}, {"a": {"x": 1.0}})
    assert model.probabilities({"x": 1e6}) == {"a": 1.0, "b": 0.0}
    assert model.probabilities({"x": -1e6}) == {"a": 0.0, "b": 1.0}
