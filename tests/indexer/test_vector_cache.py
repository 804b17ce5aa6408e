"""Token vectors are kept beside the vectors of texts, by content, under one projection."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.protocol import Encoded
from indexer.vector_cache import VectorCache
from tests.conftest import REPOSITORY
from tests.encoders import HashEncoder
from tests.indexer.doomed_fill import texts_of
from tests.indexer.tokens import TellingEncoder

TEXTS = ["流量月包怎么退订", "宽带移机", "亲情网多少钱", "30GB", "宽带移机"]


def opened(folder: Path, encoder: HashEncoder | None = None) -> closing[VectorCache]:
    return closing(VectorCache(folder, encoder or TellingEncoder(), tokens=True))


def filled(folder: Path, texts: Sequence[str]) -> tuple[list[bytes], bytes]:
    """What a cache holds of the tokens of ``texts``, sorted, and its projection."""
    with opened(folder) as cache:
        cache.fill(texts)
        found = cache.tokens(texts)
        assert found is not None
        kept = sorted(matrix.tobytes() for matrix in found)
        return kept, found.projection.matrix.tobytes()


def test_tokens_are_those_of_the_encoder_projected_and_rounded(tmp_path: Path) -> None:
    encoder = TellingEncoder()
    with opened(tmp_path, encoder) as cache:
        assert cache.fill(TEXTS) == len(set(TEXTS))
        found = cache.tokens(TEXTS)
        assert found is not None
        assert len(found) == len(TEXTS)
        for both, matrix in zip(encoder.encode_both(TEXTS), found, strict=True):
            assert np.array_equal(matrix, found.projection.stored(both.tokens))
        vectors = encoder.encode_passages(TEXTS).astype(np.float16).astype(np.float32)
        assert np.array_equal(cache.vectors(TEXTS), vectors)
        ahead = found[1:3]
        assert [m.tobytes() for m in ahead] == [found[n].tobytes() for n in (1, 2)]


def test_tokens_are_kept_by_content_and_told_once(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        cache.fill(TEXTS)
    encoder = TellingEncoder()
    with opened(tmp_path, encoder) as cache:
        assert cache.missing(TEXTS[::-1]) == []
        assert cache.fill([*TEXTS[::-1], "彩铃怎么关"]) == 1
    assert encoder.told == ["彩铃怎么关"]


def test_the_projection_is_learned_once(tmp_path: Path) -> None:
    _, before = filled(tmp_path, TEXTS)
    _, after = filled(tmp_path, ["国际漫游一天多少钱", "补卡要带身份证"])
    assert after == before


def test_the_order_of_the_texts_does_not_matter(tmp_path: Path) -> None:
    # more texts than the projection is learned from
    texts = texts_of(600)
    assert filled(tmp_path / "one", texts) == filled(tmp_path / "two", texts[::-1])


def test_a_cache_of_vectors_alone_is_filled_with_tokens(tmp_path: Path) -> None:
    with closing(VectorCache(tmp_path, TellingEncoder())) as cache:
        cache.fill(TEXTS)
        assert cache.tokens(TEXTS) is None
    with closing(sqlite3.connect(tmp_path / f"{HashEncoder.fingerprint}.sqlite")) as connection:
        connection.execute("DROP TABLE tokens")  # a file from before there were any
        connection.execute("DROP TABLE projection")
        connection.commit()
    with opened(tmp_path) as cache:
        assert cache.missing(TEXTS) == TEXTS[:4]
        assert cache.fill(TEXTS) == 4
    assert filled(tmp_path, TEXTS) == filled(tmp_path / "new", TEXTS)


def test_tokens_that_are_not_wanted_are_not_told(tmp_path: Path) -> None:
    encoder = TellingEncoder()
    with closing(VectorCache(tmp_path, encoder)) as cache:
        assert cache.fill(TEXTS) == 4
        assert cache.missing(TEXTS) == []
    assert encoder.told == []


def test_an_encoder_without_tokens_leaves_none(tmp_path: Path) -> None:
    with opened(tmp_path, HashEncoder()) as cache:
        assert cache.fill(TEXTS) == 4
        assert cache.missing(TEXTS) == []
        assert cache.tokens(TEXTS) is None


def test_progress_counts_every_text_once(tmp_path: Path) -> None:
    seen: list[int] = []
    with opened(tmp_path) as cache:
        cache.fill(texts_of(300), seen.append)
    assert sum(seen) == 300


def test_tokens_of_a_projection_that_is_lost_are_made_again(tmp_path: Path) -> None:
    path = tmp_path / f"{HashEncoder.fingerprint}.sqlite"
    filled(tmp_path, TEXTS)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM projection")
        connection.commit()
    with opened(tmp_path) as cache:
        assert cache.fill(TEXTS[:2]) == 2
        # the others' are of other directions: they count as unknown
        assert cache.missing(TEXTS) == TEXTS[2:4]


def test_vectors_that_were_kept_before_a_kill_without_their_tokens_are_told_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / f"{HashEncoder.fingerprint}.sqlite"
    before = filled(tmp_path, TEXTS)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM tokens")  # written after the vectors, in one go
        connection.commit()
    with opened(tmp_path) as cache:
        assert cache.missing(TEXTS) == TEXTS[:4]
    assert filled(tmp_path, TEXTS) == before


@pytest.mark.parametrize(
    ("killed_at", "left"),
    [(1, 600), (512, 600), (512 + 256, 600), (512 + 257, 344), (512 + 600, 88)],
    ids=["learning", "learned", "before the first kept", "after the first kept", "at the end"],
)
def test_a_kill_loses_only_what_was_not_kept_yet(tmp_path: Path, killed_at: int, left: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.indexer.doomed_fill", tmp_path, "600", str(killed_at)],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    with opened(tmp_path) as cache:
        assert len(cache.missing(texts_of(600))) == left
    assert filled(tmp_path, texts_of(600)) == filled(tmp_path / "new", texts_of(600))


def test_of_two_processes_that_begin_a_cache_one_projection_counts(tmp_path: Path) -> None:
    class Overtaken(TellingEncoder):
        """Another process fills the cache while this one learns."""

        overtaken = False

        def encode_both(self, texts: Sequence[str]) -> Iterator[Encoded]:
            if not self.overtaken:
                self.overtaken = True
                filled(tmp_path, ["国际漫游一天多少钱", "补卡要带身份证"])
            yield from super().encode_both(texts)

    with opened(tmp_path, Overtaken()) as cache:
        cache.fill(TEXTS)
        found = cache.tokens(TEXTS)
        assert found is not None
        with opened(tmp_path) as other:
            theirs = other.tokens(["补卡要带身份证"])
            assert theirs is not None
            assert len(theirs[0])
            assert np.array_equal(theirs.projection.matrix, found.projection.matrix)
            assert other.missing([*TEXTS, "补卡要带身份证"]) == []
