from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.backends.embedded.vectors import VectorPartition
from retriever.backends import embedded
from retriever.beside import Beside
from retriever.filters import Filter
from retriever.types import Match
from tests.builders import make_filter, make_item
from tests.encoders import HashEncoder
from tests.retriever.knowledge import MoodyEncoder, make_base


def test_words_are_looked_for_while_the_vector_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "BESIDE", Beside(cores=2))
    searcher = make_base(tmp_path, make_item("a", "流量包")).retriever.searcher
    looked_for, lexical = threading.Event(), searcher.lexical

    def look(terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        looked_for.set()
        return lexical(terms, wanted, k)

    def sought() -> NDArray[np.float32]:
        assert looked_for.wait(10.0)
        vector: NDArray[np.float32] = HashEncoder().encode_queries(["流量包"])[0]
        return vector

    monkeypatch.setattr(searcher, "lexical", look)
    words, meaning = searcher.both(["流量"], sought, make_filter(), 10)
    assert words
    assert meaning


def test_without_the_encoder_words_are_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = make_base(tmp_path, make_item("a", "流量包"), encoder=MoodyEncoder(broken=True))
    searcher, asked = base.retriever.searcher, []
    lexical = searcher.lexical

    def look(terms: Sequence[str], wanted: Filter, k: int) -> list[Match]:
        asked.append(terms)
        return lexical(terms, wanted, k)

    monkeypatch.setattr(searcher, "lexical", look)
    page = base.search("流量包多少钱", make_filter())
    assert [hit.item_id for hit in page.hits] == ["a"]
    assert page.degraded == ("semantic",)
    assert len(asked) == 1


@pytest.mark.parametrize("allowed", [1, 39, 40, 41, 199, 200])
def test_few_rows_and_many_are_scanned_alike(allowed: int) -> None:
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((200, 16)).astype(np.float16)
    vector = rng.standard_normal(16).astype(np.float32)
    mask = np.zeros(200, dtype=np.bool_)
    mask[rng.permutation(200)[:allowed]] = True
    partition = VectorPartition(matrix, None)
    rows, scores = partition.scan(vector, 10, partition.allowed(mask))
    exact = matrix.astype(np.float32) @ vector
    best = np.flatnonzero(mask)[np.argsort(-exact[mask])][:10]
    assert set(best) <= set(rows.tolist())
    assert mask[rows].all()
    assert scores == pytest.approx(exact[rows], abs=1e-4)
