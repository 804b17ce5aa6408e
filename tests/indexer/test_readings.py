"""Facets are read once and kept by their content."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpora.types import Audience, Facet, FacetKind, KnowledgeItem
from indexer.readings import FacetReader, facet_tokens
from tests.builders import make_held
from tests.eval.builders import make_item
from tests.teachable import Characters, make_taught

PRICE = Facet(FacetKind.PRICE, "每月20元", customer="按月收20元", questions=("多少钱", "怎么收费"))
OPEN = Facet(FacetKind.OPEN, "发送KTLL", audience=Audience.INTERNAL)


def item(*facets: Facet) -> KnowledgeItem:
    return replace(make_item("biz-a", title="流量月包"), aliases=("月包",), facets=facets)


def reader(folder: Path | None = None) -> tuple[FacetReader, Characters]:
    model = Characters({})
    return FacetReader(model, make_taught("biz-a"), folder), model


def read_of(whole: KnowledgeItem, one: Facet, without: str = "") -> str:
    tokens = facet_tokens(Characters({}), whole, one, without)
    return "".join(chr(token) if token > 1 else "|" for token in tokens)


def test_a_facet_is_read_with_its_items_name_its_kind_and_its_questions() -> None:
    assert read_of(item(PRICE), PRICE) == "流量月包 月包资费|多少钱|怎么收费|按月收20元"
    assert read_of(item(OPEN), OPEN) == "流量月包 月包如何办理|发送ktll"


def test_a_question_that_is_a_lesson_is_left_out() -> None:
    assert "多少钱" not in read_of(item(PRICE), PRICE, without="多少钱")


def test_long_texts_are_cut_part_by_part() -> None:
    wordy = replace(PRICE, customer="长" * 500, questions=("问" * 60, "题" * 60, "多" * 60, "少"))
    text = read_of(replace(item(wordy), title="名" * 90), wordy)
    assert [text.count(char) for char in "名问题多少长"] == [20, 24, 24, 24, 0, 72]


def test_steps_are_read_where_the_wording_is_short() -> None:
    stepped = replace(OPEN, steps=("打开应用", "点确认"))
    assert read_of(item(stepped), stepped).endswith("发送ktll 打开应用 点确认")


def test_what_is_read_has_length_one_and_fits_a_byte() -> None:
    found, model = reader()
    (one,) = found.readings(item(PRICE))
    assert (one.tokens.dtype, one.vector.dtype) == (np.int8, np.float16)
    assert np.linalg.norm(one.tokens / 127.0, axis=1) == pytest.approx(1.0, abs=0.02)
    assert np.linalg.norm(one.vector.astype(np.float32)) == pytest.approx(1.0, abs=1e-3)
    asked = found.ask("多少钱")
    assert np.linalg.norm(asked.tokens, axis=1) == pytest.approx(1.0)
    assert np.linalg.norm(asked.vector) == pytest.approx(1.0)
    states = model.states(model.framed(model.ids("多少钱")))
    assert asked.nothing == pytest.approx(float(states[0].sum()) * 0.5 - 1.0, abs=1e-4)


def test_what_was_meant_is_read_behind_what_was_typed() -> None:
    found, _ = reader()
    assert len(found.ask("duoshaoqian", "多少钱").tokens) == len("duoshaoqian 多少钱") + 2
    assert len(found.ask("多少钱", "多少钱").tokens) == len("多少钱") + 2


def test_what_is_kept_is_not_read_again(tmp_path: Path) -> None:
    first, model = reader(tmp_path)
    held = make_held(item(PRICE, OPEN))
    assert (first.fill([held]), model.asked) == (2, 2)
    again, other = reader(tmp_path)
    assert (again.fill([held]), other.asked) == (0, 0)
    for one, two in zip(first.readings(held.item), again.readings(held.item), strict=True):
        assert np.array_equal(one.tokens, two.tokens)
        assert np.array_equal(one.vector, two.vector)
    assert other.asked == 0


def test_only_what_changed_is_read_again_and_what_is_gone_is_dropped(tmp_path: Path) -> None:
    reader(tmp_path)[0].fill([make_held(item(PRICE, OPEN))])
    changed = replace(PRICE, customer="按月收30元")
    second, model = reader(tmp_path)
    assert (second.fill([make_held(item(changed, OPEN))], drop=True), model.asked) == (1, 1)
    third, model = reader(tmp_path)
    assert third.fill([make_held(item(PRICE))]) == 1  # its first wording was dropped


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    reader()[0].fill([make_held(item(PRICE, OPEN))], lambda done, of: told.append((done, of)))
    assert told[-1] == (2, 2)


def test_a_cache_that_is_damaged_is_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader(tmp_path)[0].fill([make_held(item(PRICE))])
    (kept,) = tmp_path.glob("*.readings.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    with caplog.at_level(logging.WARNING):
        again, model = reader(tmp_path)
    assert kept.name in caplog.text
    assert (again.fill([make_held(item(PRICE))]), model.asked) == (1, 1)
    assert reader(tmp_path)[0].fill([make_held(item(PRICE))]) == 0


def test_a_folder_that_cannot_be_written_costs_only_the_next_reading(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    found, _ = reader(blocked)
    with caplog.at_level(logging.WARNING):
        assert found.fill([make_held(item(PRICE))]) == 1
    assert "not kept" in caplog.text
    assert len(found.readings(item(PRICE))) == 1


def test_what_others_keep_there_stays_unless_all_items_are_known(tmp_path: Path) -> None:
    reader(tmp_path)[0].fill([make_held(item(PRICE))])
    reader(tmp_path)[0].fill([make_held(item(OPEN))])
    again, model = reader(tmp_path)
    assert (again.fill([make_held(item(PRICE, OPEN))]), model.asked) == (0, 0)


def test_a_folder_that_may_not_be_entered_is_no_reason_not_to_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as closed:
        closed.setattr(Path, "open", refuse)
        closed.setattr(Path, "is_file", refuse)
        found, model = reader(tmp_path)
    assert (found.fill([make_held(item(PRICE))]), model.asked) == (1, 1)
