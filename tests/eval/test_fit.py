"""Fitting: the model is the textbook one, the threshold the cheapest, the file readable."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from eval.errors import FitError
from eval.faqset import Expectation, FaqSet
from eval.fit import MISSED_COSTS, WRONG_COSTS, Sample, calibrated, cheapest_threshold, fit
from eval.tables import show_fitted
from retriever.answer import Outcome
from retriever.confidence import confidence
from retriever.constants import constants_for, parse
from tests.eval.builders import make_base, make_item, make_question

TRADES = [
    "亲情网",
    "流量月包",
    "视频彩铃",
    "携号转网",
    "副卡共享",
    "宽带移机",
    "来电提醒",
    "国际漫游",
]
TRADES += ["积分兑换", "呼叫转移", "补卡换卡", "实名过户"]
STRANGE = [
    "红烧肉怎么炖",
    "明天下雨吗",
    "股票能买吗",
    "球赛谁赢了",
    "驾照换证",
    "火车几点",
    "写请假条",
]
STRANGE += ["猫粮推荐", "学钢琴", "修水管", "看牙医", "种番茄"]


def make_samples(count: int, seed: int = 1) -> list[Sample]:
    draws = random.Random(seed)
    found = []
    for _ in range(count):
        right = draws.random() < 0.6
        values = {
            "cosine": draws.gauss(0.8 if right else 0.6, 0.1),
            "margin": draws.gauss(0.3 if right else 0.1, 0.1),
            "constant": 1.0,
        }
        found.append(Sample(values, right, answerable=True, place=1 if right else 0))
    return found


def cost(probabilities: Sequence[float], right: Sequence[bool], threshold: float) -> float:
    pairs = list(zip(probabilities, right, strict=True))
    wrong = sum(p >= threshold and not r for p, r in pairs)
    missed = sum(p < threshold and r for p, r in pairs)
    return WRONG_COSTS * wrong + MISSED_COSTS * missed


def test_folded_weights_give_the_probabilities_of_the_standardised_model() -> None:
    samples = make_samples(200)
    matrix = np.array([list(sample.values.values()) for sample in samples])
    scaler = StandardScaler().fit(matrix)
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit(scaler.transform(matrix), [sample.right for sample in samples])
    expected = model.predict_proba(scaler.transform(matrix))[:, 1]

    calibration = calibrated(samples)

    found = [confidence(sample.values, calibration) for sample in samples]
    assert found == pytest.approx(list(expected), abs=1e-4)


def test_a_feature_that_never_varies_has_no_weight() -> None:
    assert set(calibrated(make_samples(100)).weights) == {"cosine", "margin"}


@pytest.mark.parametrize("right", [True, False])
def test_one_sided_samples_cannot_be_fitted(right: bool) -> None:
    samples = [Sample({"cosine": n / 50}, right, True, int(right)) for n in range(50)]

    with pytest.raises(FitError, match="至少"):
        calibrated(samples)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans()),
        min_size=1,
        max_size=25,
    )
)
def test_no_threshold_is_cheaper_than_the_chosen_one(pairs: list[tuple[float, bool]]) -> None:
    probabilities, right = [p for p, _ in pairs], [r for _, r in pairs]

    chosen = cost(probabilities, right, cheapest_threshold(probabilities, right))

    assert chosen <= min(cost(probabilities, right, t / 10) for t in range(11))


def test_a_wrong_answer_outweighs_one_missed_one_and_not_three() -> None:
    assert cheapest_threshold([0.9, 0.5, 0.4], [True, False, True]) == 0.7
    assert cheapest_threshold([0.9, 0.5, 0.4, 0.4, 0.4], [True, False, *[True] * 3]) < 0.4


def test_the_unanswerable_count_as_often_as_they_are_asked() -> None:
    probabilities, right = [0.5, 0.4, 0.4, 0.4], [True, True, False, True]
    assert cheapest_threshold(probabilities, right, [1.0, 1.0, 1.0, 1.0]) < 0.4
    assert cheapest_threshold(probabilities, right, [1.0, 1.0, 3.0, 1.0]) > 0.4


def make_faqset(*, with_dev: bool = True) -> FaqSet:
    questions = []
    for n, (trade, strange) in enumerate(zip(TRADES, STRANGE, strict=True)):
        expect = Expectation(Outcome.ANSWERED, (f"biz-{n}",))
        for split in ["train", *(["dev"] if with_dev else [])]:
            ending = "怎么办理" if split == "train" else "怎么取消"
            questions += [
                make_question(expect, id=f"a{n}{split}", question=trade + ending, split=split),
                make_question(
                    Expectation(Outcome.UNKNOWN), id=f"u{n}{split}", question=strange, split=split
                ),
            ]
    handover = Expectation(Outcome.HANDOVER, handover="balance")
    questions.append(make_question(handover, id="h", question="我还剩多少钱", split="train"))
    return FaqSet("小题集", dt.date(2026, 11, 1), "zh", tuple(questions), file="f.jsonl")


def test_constants_are_fitted_written_and_read_back(tmp_path: Path) -> None:
    base = make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TRADES)])
    before = base.retriever.constants
    try:
        fitted = fit(make_faqset(), base, made_on=dt.date(2026, 11, 23), with_blend=True)
    finally:
        base.close()

    path = fitted.write(tmp_path / "fitted")

    read = parse(path.read_bytes())
    assert path.stem == read.fingerprint == base.manifest.encoder_fingerprint
    assert (read.blend, read.calibration) == (fitted.blend, fitted.calibration)
    assert constants_for(read.fingerprint, tmp_path / "fitted").fitted
    assert fitted.evidence["made_on"] == "2026-11-23"
    assert fitted.evidence["train"]["questions"] == 24  # the handover question is left out
    assert fitted.evidence["dev"]["auroc"] > 0.5
    assert len(fitted.evidence["blends"]) > 1
    assert base.retriever.constants is before  # a measurement leaves no trace
    console = Console(record=True, width=100, file=io.StringIO())
    show_fitted(fitted, console)
    assert "AUROC" in console.export_text()


def test_a_blend_is_kept_unless_another_is_surely_better(tmp_path: Path) -> None:
    base = make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TRADES)])
    try:
        fitted = fit(make_faqset(with_dev=False), base, made_on=dt.date(2026, 11, 23))
        with pytest.raises(FitError, match="dev"):
            fit(make_faqset(with_dev=False), base, made_on=dt.date(2026, 11, 23), with_blend=True)
    finally:
        base.close()

    assert fitted.blend == base.retriever.constants.blend
    assert fitted.evidence["dev"]["auroc"] is None


def test_a_set_without_a_train_split_cannot_be_fitted(tmp_path: Path) -> None:
    base = make_base(tmp_path, [make_item()])
    try:
        with pytest.raises(FitError, match="train"):
            fit(
                FaqSet("x", dt.date(2026, 11, 1), "zh", (make_question(),), file="f.jsonl"),
                base,
                made_on=dt.date(2026, 11, 23),
            )
    finally:
        base.close()
