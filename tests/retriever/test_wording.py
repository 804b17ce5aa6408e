from __future__ import annotations

import numpy as np
import pytest

from retriever.wording import WordingModel, runs_of, weighed


def make_model() -> WordingModel:
    return WordingModel(
        ("answered", "unknown"),
        {"联通": 0, "怎么": 1, "退": 2},
        np.array([3.0, 1.0, 2.0], dtype=np.float32),
        np.array([[-2.0, 0.5, 1.0], [2.0, 0.0, -1.0]], dtype=np.float32),
        np.array([0.5, -0.5], dtype=np.float32),
    )


def test_runs_are_of_one_to_three_characters_and_spaces_are_one() -> None:
    assert runs_of("退退") == {"退": 2, "退退": 1}
    assert runs_of("a \n b") == runs_of("a b")
    assert runs_of("") == {}


def test_a_run_that_stands_twice_counts_more_but_not_twice() -> None:
    columns, values = weighed("退退怎么", {"怎么": 1, "退": 2}, np.ones(3, dtype=np.float32))
    assert columns == [2, 1]
    assert values[0] / values[1] == pytest.approx(1.0 + np.log(2.0))
    assert float(np.linalg.norm(values)) == pytest.approx(1.0)


def test_what_a_wording_says_is_told_as_chances() -> None:
    told = make_model().log_probabilities("联通怎么退")
    values = np.array([3.0, 1.0, 2.0]) / np.sqrt(14.0)
    scores = np.array([[-2.0, 0.5, 1.0], [2.0, 0.0, -1.0]]) @ values + [0.5, -0.5]
    expected = scores - np.log(np.exp(scores).sum())
    assert [told["answered"], told["unknown"]] == pytest.approx(expected.tolist(), abs=1e-5)


def test_a_wording_of_which_nothing_is_known_has_the_usual_chances() -> None:
    told = make_model().log_probabilities("???")
    assert told["answered"] - told["unknown"] == pytest.approx(1.0)
