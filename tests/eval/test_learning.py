"""What is learned is the textbook model, told in weights of the raw features."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from eval import learning
from eval.errors import FitError
from retriever.choosing import UNLIKELY
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


def test_facet_weights_recover_a_planted_preference() -> None:
    # the right option is drawn with the share that these weights give it
    planted = {"near": 4.0, "named": 1.5, "staff": -2.0}
    draws = random.Random(9)
    questions = []
    for _ in range(3000):
        options = [
            {
                "near": draws.random(),
                "named": float(draws.random() < 0.3),
                "staff": float(draws.random() < 0.4),
            }
            for _ in range(4)
        ]
        shares = [math.exp(sum(planted[name] * own[name] for name in planted)) for own in options]
        questions.append((options, draws.choices(range(4), shares)))
    found = learning.facet_weights(questions, [*planted, "never"])
    assert "never" not in found
    # the decay holds them a little back
    for name, weight in planted.items():
        assert 0.75 < found[name] / weight < 1.1


def test_of_several_right_options_any_may_be_the_likeliest() -> None:
    draws = random.Random(4)
    both, either_one = [], []
    for _ in range(200):
        options = [{"x": draws.random(), "side": float(n == 2)} for n in range(3)]
        best = max((0, 1), key=lambda n: options[n]["x"])
        both.append((options, [best, 2]))
        either_one.append((options, [best]))
    names = ["x", "side"]
    # where the side is right as well, it is not weighed down for being chosen
    together, alone = learning.facet_weights(both, names), learning.facet_weights(either_one, names)
    assert together["side"] > 0.0 > alone["side"]
    assert alone["x"] > 1.0


@pytest.mark.parametrize("classes", [2, 3])
def test_a_vector_model_tells_the_probabilities_of_the_textbook_model(classes: int) -> None:
    rng = np.random.default_rng(6)
    labels = [f"c{n % classes}" for n in range(90)]
    centres = rng.standard_normal((classes, 12))
    vectors = np.stack([centres[n % classes] + rng.standard_normal(12) for n in range(90)])
    vectors = vectors.astype(np.float32)
    loads = [1.0 + n % 3 for n in range(90)]
    model = learning.vector_model(vectors, labels, loads)
    textbook = LogisticRegression(C=1.0, max_iter=2000).fit(vectors, labels, sample_weight=loads)
    assert model.classes == tuple(textbook.classes_)
    found = [list(model.log_probabilities(vector).values()) for vector in vectors]
    assert np.exp(found) == pytest.approx(textbook.predict_proba(vectors), abs=5e-3)


def test_weights_count_like_repeated_rows() -> None:
    rows, right = make_rows(120)
    labels = ["yes" if one else "no" for one in right]
    twice = learning.feature_model([*rows, *rows[:30]], [*labels, *labels[:30]], [1.0] * 150)
    heavy = learning.feature_model(rows, labels, [2.0] * 30 + [1.0] * 90)
    # the scaling sees the repeated rows too: nearly the same, not exactly
    one = [twice.probabilities(row)["yes"] for row in rows]
    two = [heavy.probabilities(row)["yes"] for row in rows]
    assert one == pytest.approx(two, abs=0.02)


def test_a_row_never_changes_what_is_told_of_itself() -> None:
    rng = np.random.default_rng(8)
    vectors = rng.standard_normal((30, 6)).astype(np.float32)
    labels = ["a" if n % 2 else "b" for n in range(30)]
    before = learning.crossed(vectors, labels, [1.0] * 30)
    for row in (0, 7, 29):
        turned = list(labels)
        turned[row] = "a" if labels[row] == "b" else "b"
        assert learning.crossed(vectors, turned, [1.0] * 30)[row] == before[row]


def test_what_is_known_teaches_every_model() -> None:
    vectors = np.eye(6, dtype=np.float32)
    labels = ["a", "b", "a", "b", "a", "b"]
    known = (np.repeat(vectors[:1], 50, axis=0), ["b"] * 50)
    apart = learning.crossed(vectors, labels, [1.0] * 6, known)
    assert all(set(one) == {"a", "b"} for one in apart)
    assert apart[0]["b"] > apart[0]["a"]


def test_a_label_that_a_model_has_not_met_is_unlikely_and_never_certain() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.standard_normal((12, 5)).astype(np.float32)
    labels = ["rare", *["a", "b"] * 5, "a"]
    apart = learning.crossed(vectors, labels, [1.0] * 12)
    # the one model that has to judge the rare one has seen only the others
    assert apart[0]["rare"] == UNLIKELY
    assert all(set(one) == {"rare", "a", "b"} for one in apart)


def test_a_model_that_has_met_one_label_alone_is_certain_of_it() -> None:
    vectors = np.eye(2, dtype=np.float32)
    apart = learning.crossed(vectors, ["a", "b"], [1.0, 1.0])
    assert apart == [{"a": UNLIKELY, "b": 0.0}, {"a": 0.0, "b": UNLIKELY}]


def test_labels_that_are_all_alike_are_told_nothing_of() -> None:
    vectors = np.eye(4, dtype=np.float32)
    assert learning.crossed(vectors, ["a"] * 4, [1.0] * 4) == [{}, {}, {}, {}]


ASKED = ["日包咋退", "日包怎么退订", "月包咋退呀", "日包多少钱", "月包几多钱", "包年多少钱"]
WANTS = ["cancel", "cancel", "cancel", "price", "price", "price"]


def test_a_wording_model_tells_the_probabilities_of_the_textbook_model() -> None:
    loads = [1.0, 2.0, 1.0, 1.0, 1.0, 3.0]
    model = learning.wording_model(list(zip(ASKED, WANTS, loads, strict=True)))
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    rows = vectorizer.fit_transform(ASKED)
    textbook = LogisticRegression(C=5.0, max_iter=2000)
    textbook.fit(rows, WANTS, sample_weight=loads)
    assert set(model.places) == set(vectorizer.vocabulary_)
    expected = textbook.predict_proba(vectorizer.transform([*ASKED, "流量日包退掉", "z"]))
    found = [list(model.log_probabilities(text).values()) for text in [*ASKED, "流量日包退掉", "z"]]
    assert np.exp(found) == pytest.approx(expected, abs=5e-3)


def test_texts_without_anything_in_common_teach_no_wording() -> None:
    with pytest.raises(FitError, match="字词"):
        learning.wording_model([("甲", "answered", 1.0), ("乙", "unknown", 1.0)])


def test_a_wording_is_never_judged_by_a_model_that_saw_its_group() -> None:
    # the two of a group say the same: who saw one knows the other
    rng = random.Random(2)
    texts = ["".join(rng.choices("甲乙丙丁戊己庚辛壬癸子丑寅卯", k=6)) for _ in range(40)]
    labels = [rng.choice("ab") for _ in texts]
    twice, both = [*texts, *texts], [*labels, *labels]
    groups = [f"g{n % 40}" for n in range(80)]

    def right(told: list[dict[str, float]]) -> int:
        return sum(max(o, key=o.__getitem__) == k for o, k in zip(told, both, strict=True))

    assert right(learning.crossed_by_wording(twice, both, [1.0] * 80)) > 50
    assert right(learning.crossed_by_wording(twice, both, [1.0] * 80, groups=groups)) < 50


def test_one_group_alone_is_told_nothing_of() -> None:
    assert learning.crossed_by_wording(ASKED, WANTS, [1.0] * 6, groups=["g"] * 6) == [{}] * 6
