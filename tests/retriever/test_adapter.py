"""An adapter turns what is searched with, for the knowledge that it learned and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest

from indexer.errors import IndexMismatch
from retriever import constants
from retriever.adapter import Adapter, adapter_in
from retriever.constants import constants_for
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base
from tests.encoders import HashEncoder
from tests.eval.builders import AGENT, make_base, make_item
from tests.retriever.knowledge import SURE, constants_in

DIM = HashEncoder.dim
PRINT = HashEncoder.fingerprint
TITLES = ("亲情网", "流量月包", "视频彩铃", "携号转网")


def turning(start: str, end: str, *items: str) -> Adapter:
    """An adapter that takes every question that is like one text for one that is like another."""
    a, b = HashEncoder().encode_queries([start, end])
    return Adapter(np.outer(3.0 * (b - a), a).astype(np.float32), frozenset(items))


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    found = make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TITLES)])
    yield found
    found.close()


def first(base: KnowledgeBase, question: str) -> str:
    return base.search(question, AGENT, 1).hits[0].item_id


def test_a_turned_vector_has_length_one_and_no_change_changes_nothing() -> None:
    vector = np.array([0.6, 0.8], dtype=np.float32)
    change = np.array([[0.0, 1.0], [-1.0, 0.0]], dtype=np.float32)
    turned = Adapter(change, frozenset()).turned(vector)
    assert turned == pytest.approx(np.array([1.4, 0.2]) / np.sqrt(2.0))
    assert turned.dtype == np.float32
    none = Adapter(np.zeros((2, 2), dtype=np.float32), frozenset())
    assert none.turned(vector) == pytest.approx(vector)


def test_a_vector_of_which_nothing_would_be_left_stays_as_it_is() -> None:
    vector = np.array([0.6, 0.8], dtype=np.float32)
    assert Adapter(-np.eye(2, dtype=np.float32), frozenset()).turned(vector) is vector


@pytest.mark.parametrize(
    "change", [np.zeros((2, 3)), np.zeros(4), np.full((2, 2), np.nan), np.full((2, 2), np.inf)]
)
def test_a_change_that_is_no_square_of_numbers_is_refused(change: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"not square|not finite"):
        Adapter(change.astype(np.float32), frozenset())


def test_what_is_searched_with_is_turned_and_nothing_else(base: KnowledgeBase) -> None:
    assert first(base, "亲情网") == "biz-0"
    before = base.search("亲情", AGENT, 4)
    adapter = turning("亲情", "视频彩铃", *(f"biz-{n}" for n in range(4)))
    base.retriever.constants = replace(base.retriever.constants, adapter=adapter)
    after = base.search("亲情", AGENT, 4)
    cosines = {hit.item_id: hit.evidence.semantic for hit in after.hits}
    plain = {hit.item_id: hit.evidence.semantic for hit in before.hits}
    assert cosines["biz-2"] > plain["biz-2"] + 0.3
    assert cosines["biz-0"] < plain["biz-0"]
    assert after.vector is not None
    assert np.array_equal(
        after.vector, before.vector
    )  # outcomes and facets read the question's own


def test_explanations_add_up_with_an_adapter(base: KnowledgeBase) -> None:
    adapter = turning("亲情", "视频彩铃", *(f"biz-{n}" for n in range(4)))
    base.retriever.constants = replace(base.retriever.constants, adapter=adapter)
    page = base.search("亲情网", AGENT, 2)
    for hit, explained in zip(page.hits, base.explain(page, AGENT), strict=True):
        assert sum(part.value for part in explained.parts) == pytest.approx(hit.score, abs=1e-6)


def test_an_adapter_counts_only_where_it_knows_half_of_the_items(tmp_path: Path) -> None:
    make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TITLES)]).close()
    fitted = tmp_path / "fitted"
    for known, counts in (("biz-0", False), ("biz-0 biz-3", True), ("other-1 other-2", False)):
        turning("亲情", "视频", *known.split()).write(fitted, PRINT)
        with opened(tmp_path, fitted) as base:
            assert (base.retriever.constants.adapter is not None) is counts, known
            assert base.retriever.constants.describe()["adapted"] is counts


@contextmanager
def opened(root: Path, fitted: Path) -> Iterator[KnowledgeBase]:
    found = open_knowledge_base(
        f"file:{root / 'index'}", models=root, encoder=HashEncoder(), fitted=fitted
    )
    yield found
    found.close()


def test_with_an_adapter_come_the_constants_that_were_fitted_with_it(tmp_path: Path) -> None:
    """Confidence that was fitted to other scores would be another one."""
    make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TITLES)]).close()
    fitted = constants_in(tmp_path / "fitted", dict(SURE))
    plain = fitted / f"{PRINT}.json"
    told = orjson.loads(plain.read_bytes())
    told["calibration"]["intercept"] = 7.0
    (fitted / f"{PRINT}.with-adapter.json").write_bytes(orjson.dumps(told))
    with opened(tmp_path, fitted) as base:
        assert base.retriever.constants.calibration.intercept != 7.0
    turning("亲情", "视频", "biz-0", "biz-1").write(fitted, PRINT)
    with opened(tmp_path, fitted) as base:
        assert base.retriever.constants.calibration.intercept == 7.0
        assert base.retriever.constants.adapter is not None
    (fitted / f"{PRINT}.with-adapter.json").unlink()
    with opened(tmp_path, fitted) as base:
        assert base.retriever.constants.calibration.intercept != 7.0
        assert base.retriever.constants.adapter is not None


def test_a_folder_with_constants_of_its_own_takes_no_shipped_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "shipped_folder", lambda: tmp_path / "shipped")
    turning("亲情", "视频", "a").write(tmp_path / "shipped", PRINT)
    own = tmp_path / "own"
    assert constants_for(PRINT, own, ["a"]).adapter is not None
    assert constants_for(PRINT, constants_in(own, dict(SURE)), ["a"]).adapter is None


def test_an_adapter_of_other_vectors_is_refused_at_opening(tmp_path: Path) -> None:
    make_base(tmp_path, [make_item("biz-0", title="亲情网")]).close()
    Adapter(np.eye(3, dtype=np.float32), frozenset({"biz-0"})).write(tmp_path / "fitted", PRINT)
    with pytest.raises(IndexMismatch, match="3 维"), opened(tmp_path, tmp_path / "fitted"):
        pass


def test_an_adapter_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    adapter = replace(turning("亲情", "视频", "b", "a"), questions=frozenset({"q1"}))
    path = adapter.write(tmp_path, PRINT)
    read = adapter_in(tmp_path, PRINT)
    assert [one.name for one in tmp_path.iterdir()] == [path.name] == [f"{PRINT}.adapter.npz"]
    assert read is not None
    assert (read.items, read.questions) == ({"a", "b"}, {"q1"})
    assert read.change == pytest.approx(adapter.change, abs=1e-3)  # kept in half precision
    assert adapter_in(tmp_path, "another") is None


def test_constants_with_another_adapter_are_others(tmp_path: Path) -> None:
    plain = constants_for(PRINT, tmp_path)
    turning("亲情", "视频", "a").write(tmp_path, PRINT)
    one = constants_for(PRINT, tmp_path, ["a"])
    turning("视频", "亲情", "a").write(tmp_path, PRINT)
    assert len({plain.digest, one.digest, constants_for(PRINT, tmp_path, ["a"]).digest}) == 3
    assert one.without_adapter().digest == plain.digest


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"not an archive"])
def test_an_adapter_that_cannot_be_read_is_no_silent_loss(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"{PRINT}.adapter.npz").write_bytes(content)
    with pytest.raises(IndexMismatch, match="zhiku model adapt"):
        constants_for(PRINT, tmp_path)


def test_an_adapter_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / f"{PRINT}.adapter.npz"
    change = np.zeros((2, 2), dtype=np.float16)
    with path.open("wb") as file:
        np.save(file, change)
    with pytest.raises(IndexMismatch, match="adapter"):
        adapter_in(tmp_path, PRINT)
    for parts in ({"change": change}, {"change": change, "items": 1, "questions": 1}):
        np.savez(path, **parts)
        with pytest.raises(IndexMismatch, match="adapter"):
            adapter_in(tmp_path, PRINT)
