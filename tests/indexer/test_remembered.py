"""A remembering encoder gives what the encoder gives, and asks it once a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexer.encoders.protocol import Progress, Vectors
from indexer.encoders.remembered import RememberedEncoder
from tests.encoders import HashEncoder

TEXTS = ["月包怎么退", "宽带移机", "月包怎么退"]


class Counting(HashEncoder):
    asked = 0

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.asked += len(texts)
        return super().encode_passages(texts, progress)


def test_vectors_are_those_of_the_encoder_and_each_text_is_asked_once(tmp_path: Path) -> None:
    counting = Counting()
    remembered = RememberedEncoder(counting, tmp_path)
    first = remembered.encode_passages(TEXTS)
    assert np.allclose(first, HashEncoder().encode_passages(TEXTS), atol=1e-3)
    assert counting.asked == 2
    assert np.array_equal(RememberedEncoder(counting, tmp_path).encode_passages(TEXTS), first)
    assert counting.asked == 2


def test_it_goes_by_the_name_and_print_of_the_encoder(tmp_path: Path) -> None:
    plain = HashEncoder()
    remembered = RememberedEncoder(plain, tmp_path)
    assert (remembered.name, remembered.dim) == (plain.name, plain.dim)
    assert remembered.fingerprint == plain.fingerprint
    assert np.array_equal(remembered.encode_queries(TEXTS), plain.encode_queries(TEXTS))
    assert remembered.encode_passages([]).shape == (0, plain.dim)
