from __future__ import annotations

import numpy as np
import pytest

from indexer.normalize import normalize
from retriever.wording import WordingModel, masked, runs_of, weighed


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


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("畅享199多少钱", "畅享№多少钱"),
        ("59套餐能改成99的吗", "№套餐能改成№的吗"),
        ("2000M宽带多少钱", "№m宽带多少钱"),
        ("宽带300和宽带2000", "宽带№和宽带№"),
        ("全球通99/129/159", "全球通№/№/№"),
        ("5元1GB流量日包怎么开通", "№元№gb流量日包怎么开通"),
        ("八块五毛，打8.5折，20%", "№元,打№折,№%"),
        ("满70岁，24个月，每月1号，12条", "满№岁,№个月,每月№号,№条"),
        ("一万块和1000元", "№元和№元"),
        # a network as often as an amount
        ("5G套餐和4g卡", "5gb套餐和4gb卡"),
        # service codes, commands, models and what is written on screens
        ("0000查询扣费", "0000查询扣费"),
        ("发0000到10086", "发0000到10086"),
        ("10086人工，12381，打12345", "10086人工,12381,打12345"),
        ("发KTDS3、TDLLB10", "发ktds3、tdllb10"),
        ("E3051人证比对", "e3051人证比对"),
        ("*21*1380000xxxx#", "*21*1380000xxxx#"),
        ("WiFi6，4K，Y5手机，人像1.0", "wifi6,4k,y5手机,人像1.0"),
    ],
)
def test_amounts_are_one_character_and_codes_are_words(asked: str, read: str) -> None:
    assert masked(normalize(asked)) == read


def test_the_mask_stands_in_no_normalised_text() -> None:
    assert "№" not in normalize("№199")


@pytest.mark.parametrize(
    ("weights", "idf", "bias"),
    [((2, 3), 2, 2), ((2, 2), 3, 2), ((2, 2), 2, 1), ((3, 2), 2, 2), ((4,), 2, 2)],
)
def test_what_does_not_fit_together_is_no_model(
    weights: tuple[int, ...], idf: int, bias: int
) -> None:
    places = {"咋": 0, "开": 1}
    with pytest.raises(ValueError, match="wording"):
        WordingModel(("a", "b"), places, np.ones(idf), np.ones(weights), np.ones(bias))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("part", ["idf", "weights", "bias"])
def test_weights_that_are_no_numbers_are_no_model(part: str, bad: float) -> None:
    parts = {"idf": np.ones(1), "weights": np.ones((2, 1)), "bias": np.ones(2)}
    parts[part].flat[0] = bad
    with pytest.raises(ValueError, match="no number"):
        WordingModel(("a", "b"), {"咋": 0}, **parts)


def test_a_class_stands_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        WordingModel(("a", "a"), {"咋": 0}, np.ones(1), np.ones((2, 1)), np.ones(2))
