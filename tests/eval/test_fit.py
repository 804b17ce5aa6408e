"""Fitting: the model is the textbook one, the threshold the cheapest, the file readable."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from corpora.lookups import CommonLookup
from eval.errors import FitError
from eval.faqset import Expectation, FaqSet
from eval.fit import MISSED_COSTS, WRONG_COSTS, cheapest_threshold, fit
from eval.tables import show_fitted
from retriever.answer import Outcome
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


def cost(probabilities: Sequence[float], right: Sequence[bool], threshold: float) -> float:
    pairs = list(zip(probabilities, right, strict=True))
    wrong = sum(p >= threshold and not r for p, r in pairs)
    missed = sum(p < threshold and r for p, r in pairs)
    return WRONG_COSTS * wrong + MISSED_COSTS * missed


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
        fitted = fit(
            make_faqset(),
            base,
            made_on=dt.date(2026, 11, 23),
            with_blend=True,
            lookups=[CommonLookup("亲情网咋弄呀"), CommonLookup("视频彩铃咋弄呀")],
        )
    finally:
        base.close()

    path = fitted.write(tmp_path / "fitted")

    read = parse(path.read_bytes())
    assert path.stem == read.fingerprint == base.manifest.encoder_fingerprint
    assert (read.blend, read.calibration) == (fitted.blend, fitted.calibration)
    known = constants_for(read.fingerprint, tmp_path / "fitted")
    assert known.outcomes is not None
    assert set(known.outcomes.bias) == {"answered", "unknown", "handover"}
    assert known.texts is not None
    assert known.texts.weights.shape == (3, base.manifest.dim)
    assert known.wording is not None
    assert known.wording.weights.shape == (3, len(known.wording.places))
    assert "咋弄" in known.wording.places  # said in look-ups alone
    assert constants_for(read.fingerprint, tmp_path / "fitted").fitted
    assert fitted.evidence["made_on"] == "2026-11-23"
    assert fitted.evidence["train"]["questions"] == 25
    assert fitted.evidence["plain_questions"] > 0
    assert fitted.evidence["lookups"] == 2
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
    assert fitted.evidence["lookups"] == 0
    assert fitted.evidence["dev"]["auroc"] is None


def test_a_fit_without_matrices_leaves_none_of_an_earlier_one(tmp_path: Path) -> None:
    base = make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TRADES)])
    try:
        fitted = fit(make_faqset(), base, made_on=dt.date(2026, 11, 23))
    finally:
        base.close()
    path = fitted.write(tmp_path / "fitted")
    assert path.with_suffix(".npz").is_file()
    plain = replace(fitted.constants, texts=None, intents=None, outcomes=None)
    replace(fitted, constants=plain).write(tmp_path / "fitted")
    assert constants_for(fitted.fingerprint, tmp_path / "fitted").texts is None


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
