"""A fingerprint tells models apart, and takes the same model for the same whatever its last digits."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.encoders.protocol import Vectors
from indexer.encoders.server.address import parse
from indexer.encoders.server.identity import CANARIES, SAME, adopted, fingerprint_of, likeness

SERVER = parse("http://host/v1#m")


def vectors(seed: int, dim: int = 384, noise: float = 0.0) -> Vectors:
    """Four vectors with a direction in common, as those of one model have."""
    dice = np.random.default_rng(seed)
    rows = dice.normal(size=(len(CANARIES), dim)) + 1.5 * dice.normal(size=dim)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows += np.random.default_rng(seed + 999).normal(scale=noise / np.sqrt(dim), size=rows.shape)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_a_fingerprint_is_a_name_of_a_file() -> None:
    for dim in (2, 3, 384, 1025):
        made = fingerprint_of(SERVER, vectors(1, dim))
        assert len(made) == 16 + 1 + 64
        assert set(made) <= set("0123456789abcdef-")


def test_the_address_is_no_part_of_it() -> None:
    elsewhere = parse("https://elsewhere:8443/api/v1#m")
    assert fingerprint_of(elsewhere, vectors(1)) == fingerprint_of(SERVER, vectors(1))


@pytest.mark.parametrize("asked", ["n", "m?query=a", "m?passage=a", "m?dimensions=384"])
def test_whatever_is_asked_for_is_part_of_it(asked: str) -> None:
    other = fingerprint_of(parse(f"http://host/v1#{asked}"), vectors(1))
    assert likeness(other, fingerprint_of(SERVER, vectors(1))) == 0.0


@pytest.mark.parametrize("dim", [64, 384, 1024])
@pytest.mark.parametrize("seed", range(8))
def test_half_precision_is_the_same_model_and_adopts_the_known_fingerprint(
    seed: int, dim: int
) -> None:
    known = fingerprint_of(SERVER, vectors(seed, dim))
    again = fingerprint_of(SERVER, vectors(seed, dim, noise=0.01))  # cosine .99995
    assert adopted(again, [fingerprint_of(SERVER, vectors(77, dim)), known, "bge"]) == known
    assert likeness(again, known) >= SAME


@pytest.mark.parametrize("seed", range(8))
def test_another_model_is_not(seed: int) -> None:
    known = fingerprint_of(SERVER, vectors(seed))
    for other in (vectors(seed + 1), vectors(seed, noise=0.2), vectors(seed)[:, ::-1]):
        print_of = fingerprint_of(SERVER, other)
        assert likeness(print_of, known) < SAME
        assert adopted(print_of, [known]) == print_of
    assert likeness(fingerprint_of(SERVER, vectors(seed, 128)), known) == 0.0


@pytest.mark.parametrize("known", ["", "-", "5ea748ce8dddc56a", "hash-bigrams-64-1"])
def test_fingerprints_of_other_encoders_are_far_away(known: str) -> None:
    own = fingerprint_of(SERVER, vectors(1))
    assert likeness(own, known) == 0.0
    assert adopted(own, [known]) == own
    assert likeness(own, own[:17] + "zz" * 32) == 0.0
