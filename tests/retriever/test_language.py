from __future__ import annotations

import numpy as np
import pytest

from retriever.language import LanguageModel, signs

LINES = ("亲情网怎么取消", "亲情网多少钱", "流量包怎么取消", "流量包10元吗", "app怎么登录")


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return LanguageModel(LINES, {"亲情网": 2.0, "漫游": 0.3})


def log_of(model: LanguageModel, second: str, first: str, sign: str) -> float:
    ids = (np.array([model.id_of(key)]) for key in (second, first, sign))
    return float(model.logs(*ids)[0])


def test_signs_are_characters_words_and_numbers_with_their_places() -> None:
    found = signs("app里 10.5元?")
    assert [(sign.text, sign.start) for sign in found] == [
        ("app", 0),
        ("里", 3),
        ("10.5", 5),
        ("元", 9),
        ("?", 10),
    ]
    assert found[2].key == signs("7")[0].key


def test_what_was_seen_together_is_likelier_than_what_was_not(model: LanguageModel) -> None:
    assert log_of(model, "亲", "情", "网") > log_of(model, "亲", "情", "钱") + 2
    assert log_of(model, "怎", "么", "取") > log_of(model, "怎", "么", "登")


@pytest.mark.parametrize(
    "history", [("^", "^"), ("亲", "情"), ("么", "取"), ("无", "无"), ("元", "吗"), ("^", "亲")]
)
def test_the_signs_after_a_history_share_at_most_all_of_it(
    model: LanguageModel, history: tuple[str, str]
) -> None:
    second, first = (model.id_of(key) for key in history)
    every = np.arange(len(model.signs))
    logs = model.logs(np.full_like(every, second), np.full_like(every, first), every)
    assert np.isfinite(logs).all()
    assert 0.0 < np.exp(logs.astype(np.float64)).sum() <= 1.0 + 1e-6


def test_many_lookups_are_the_same_as_one_at_a_time(model: LanguageModel) -> None:
    rng = np.random.default_rng(7)
    second, first, sign = rng.integers(0, len(model.signs), (3, 200))
    together = model.logs(second, first, sign)
    alone = [
        model.logs(*(np.array([n]) for n in row))[0]
        for row in zip(second, first, sign, strict=True)
    ]
    np.testing.assert_array_equal(together, np.array(alone))


def test_a_number_is_like_any_other_number(model: LanguageModel) -> None:
    assert model.knows("0")
    assert model.knows("10") is False  # the key of every number is one and the same


def test_without_lines_everything_is_equally_unlikely() -> None:
    empty = LanguageModel(())
    assert log_of(empty, "^", "亲", "情") == log_of(empty, "^", "流", "量")
    assert not empty.knows("亲")
