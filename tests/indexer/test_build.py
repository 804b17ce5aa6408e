from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corpora.types import SubLibrary
from indexer.backends.embedded.lexical import LexicalIndex, RowFields, RowFilter, build
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.build import Step, per_library, stage
from indexer.encoders.protocol import Progress, Vectors
from indexer.errors import IndexBusy
from indexer.vector_cache import VectorCache
from retriever.backends.embedded import EmbeddedSearcher
from tests.builders import CREATED_AT, make_filter, make_item, make_release
from tests.encoders import HashEncoder


class CountingEncoder(HashEncoder):
    """Remembers every passage that it had to encode."""

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.encoded.extend(texts)
        return super().encode_passages(texts, progress)


ITEMS = [make_item(f"i{n}", f"流量包{n}元", similar_questions=("流量包多少钱",)) for n in range(9)]


def test_an_unchanged_passage_is_never_encoded_twice(tmp_path: Path) -> None:
    encoder, writer = CountingEncoder(), EmbeddedWriter(tmp_path / "index")
    cache = tmp_path / "cache"
    first = stage(make_release(*ITEMS), encoder, writer, cache, created_at=CREATED_AT)
    assert len(encoder.encoded) == len(set(encoder.encoded)) == first.encoded
    assert "流量包多少钱" in encoder.encoded
    encoder.encoded.clear()
    changed = make_item("i3", "流量包三十元")
    again = stage(
        make_release(*ITEMS[:3], changed, *ITEMS[4:]), encoder, writer, cache, created_at="2027"
    )
    assert again.encoded == len(encoder.encoded)
    assert encoder.encoded
    assert all("流量包三十元" in text for text in encoder.encoded)
    encoder.encoded.clear()
    stage(make_release(*reversed(ITEMS)), encoder, writer, cache, created_at="2028")
    assert encoder.encoded == []


def test_cached_vectors_are_those_of_the_encoder(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, HashEncoder())
    texts = ["流量", "", "宽带", "流量"]
    assert cache.missing(texts) == ["流量", "", "宽带"]
    assert cache.fill(texts) == 3
    expected = HashEncoder().encode_passages(texts).astype(np.float16).astype(np.float32)
    assert np.array_equal(cache.vectors(texts), expected)
    assert cache.vectors([]).shape == (0, HashEncoder.dim)
    assert cache.fill(texts) == 0
    cache.close()


def test_a_cache_that_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / f"{HashEncoder.fingerprint}.sqlite"
    path.write_bytes(b"not a database" * 200)
    cache = VectorCache(tmp_path, HashEncoder())
    assert cache.fill(["流量"]) == 1
    cache.close()


def test_a_cached_vector_of_another_width_is_made_again(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, HashEncoder())
    cache.fill(["流量"])
    with sqlite3.connect(tmp_path / f"{HashEncoder.fingerprint}.sqlite") as connection:
        connection.execute("UPDATE vector SET value = x'0000'")
    connection.close()
    assert cache.missing(["流量"]) == ["流量"]
    assert cache.fill(["流量"]) == 1
    cache.close()


def test_an_encoder_that_gives_no_numbers_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    class Broken(HashEncoder):
        def encode_passages(
            self, texts: Sequence[str], progress: Progress | None = None
        ) -> Vectors:
            return super().encode_passages(texts) * np.float32(np.nan)

    cache = VectorCache(tmp_path, Broken())
    with pytest.raises(ValueError, match="NaN"):
        cache.fill(["流量"])
    assert cache.missing(["流量"]) == ["流量"]
    cache.close()


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    steps: list[Step] = []
    stage(
        make_release(*ITEMS),
        HashEncoder(),
        EmbeddedWriter(tmp_path),
        tmp_path / "cache",
        created_at=CREATED_AT,
        report=steps.append,
    )
    for name in ("切分", "向量", "写入"):
        last = [step for step in steps if step.name == name][-1]
        assert last.done == last.total > 0


def test_items_and_passages_are_counted_per_library(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    tip = make_item("tip", "提醒", SubLibrary.TIPS)
    built = stage(
        make_release(*ITEMS, tip), HashEncoder(), writer, tmp_path / "c", created_at=CREATED_AT
    )
    counts = per_library(writer.publish(built.version))
    assert {library: of["items"] for library, of in counts.items()} == {"business": 9, "tips": 1}
    assert sum(of["passages"] for of in counts.values()) == built.passages


def test_an_index_of_nothing_is_built_and_opened(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    built = stage(make_release(), HashEncoder(), writer, tmp_path / "cache", created_at=CREATED_AT)
    assert (built.passages, built.encoded) == (0, 0)
    assert per_library(writer.publish(built.version)) == {}
    assert EmbeddedSearcher.open_current(tmp_path).lexical(["流"], make_filter(), 3) == []


def test_a_lexical_index_of_several_segments_reads_as_one(tmp_path: Path) -> None:
    """Less memory makes the engine write in parts; scores, filters and ties must not show it."""
    count = 30_000
    rows = [
        (
            [f"t{(n * 7919) % 20011}", f"u{n % 17}", *(f"v{(n * m) % 9973}" for m in range(20))],
            RowFields(n % 6, n % 3, 0, 0, 1, 1 + n % 50),
        )
        for n in range(count)
    ]
    build(tmp_path / "parts", rows, heap=15_000_000)
    build(tmp_path / "whole", rows)
    parts, whole = LexicalIndex(tmp_path / "parts"), LexicalIndex(tmp_path / "whole")
    segments = [path.suffix for path in (tmp_path / "parts").iterdir()].count(".term")
    assert segments > [path.suffix for path in (tmp_path / "whole").iterdir()].count(".term")
    assert parts.rows == whole.rows == count
    terms = ["t5", "u3", "v77", "v500", "nowhere"]
    assert parts.document_frequencies(terms) == whole.document_frequencies(terms)
    for wanted in (
        RowFilter(None, None, None, None, (None, None), None),
        RowFilter((1, 4), 1, None, None, (None, 30), 30),
    ):
        for k in (1, 10, 300):
            found, expected = parts.search(terms, k, wanted), whole.search(terms, k, wanted)
            order = [
                sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k] for hits in (found, expected)
            ]
            assert [row for row, _ in order[0]] == [row for row, _ in order[1]]
            assert [s for _, s in order[0]] == pytest.approx([s for _, s in order[1]], rel=1e-4)


def test_two_builds_at_once_are_told_of_each_other(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, HashEncoder())
    other = sqlite3.connect(tmp_path / f"{HashEncoder.fingerprint}.sqlite")
    other.execute("BEGIN IMMEDIATE")
    cache._connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(IndexBusy, match="向量缓存"):
        cache.fill(["流量"])
    other.rollback()
    other.close()
    assert cache.fill(["流量"]) == 1
    cache.close()
