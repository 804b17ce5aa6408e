"""An adapter turns what is searched with, for the knowledge that it learned and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import IndexMismatch
from retriever.adapter import Adapter, adapter_for
from retriever.constants import constants_for
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import open_knowledge_base
from tests.encoders import HashEncoder
from tests.eval.builders import AGENT, make_base, make_item

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
    made = make_base(tmp_path, [make_item(f"biz-{n}", title=t) for n, t in enumerate(TITLES)])
    made.close()
    fitted = tmp_path / "fitted"
    for known, counts in (("biz-0", False), ("biz-0 biz-3", True), ("other-1 other-2", False)):
        turning("亲情", "视频", *known.split()).write(fitted, PRINT)
        assert constants_for(PRINT, fitted).adapter is not None
        opened = open_knowledge_base(
            f"file:{tmp_path / 'index'}", models=tmp_path, encoder=HashEncoder(), fitted=fitted
        )
        assert (opened.retriever.constants.adapter is not None) is counts, known
        assert opened.retriever.constants.describe()["adapted"] is counts
        opened.close()


def test_an_adapter_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    adapter = turning("亲情", "视频", "b", "a")
    path = adapter.write(tmp_path, PRINT)
    read = adapter_for(PRINT, [tmp_path / "none", tmp_path])
    assert path.name == f"{PRINT}.adapter.npz"
    assert read is not None
    assert read.items == {"a", "b"}
    assert read.change == pytest.approx(adapter.change, abs=1e-3)  # kept in half precision
    assert adapter_for("another", [tmp_path]) is None


def test_constants_with_another_adapter_are_others(tmp_path: Path) -> None:
    plain = constants_for(PRINT, tmp_path)
    turning("亲情", "视频", "a").write(tmp_path, PRINT)
    one = constants_for(PRINT, tmp_path)
    turning("视频", "亲情", "a").write(tmp_path, PRINT)
    assert len({plain.digest, one.digest, constants_for(PRINT, tmp_path).digest}) == 3
    assert one.without_adapter().digest == plain.digest


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"not an archive"])
def test_an_adapter_that_cannot_be_read_is_no_silent_loss(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"{PRINT}.adapter.npz").write_bytes(content)
    with pytest.raises(IndexMismatch, match="zhiku model adapt"):
        constants_for(PRINT, tmp_path)


def test_an_adapter_without_its_items_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / f"{PRINT}.adapter.npz", change=np.zeros((2, 2), dtype=np.float16))
    with pytest.raises(IndexMismatch, match="items"):
        constants_for(PRINT, tmp_path)
