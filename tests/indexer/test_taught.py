"""What a model was taught: its file, and the knowledge that it counts for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import IndexMismatch
from indexer.taught import Joined, taught_for, taught_in
from tests.teachable import make_taught

PRINT = "0123456789abcdef"


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    taught = make_taught("a", "b", joined=Joined(0.2, 0.4, 0.7, 0.8))
    taught.write(tmp_path, PRINT)
    again = taught_in(tmp_path, PRINT, ["a"])
    assert again is not None
    assert (again.met, again.cosine, again.joined) == (20.0, 10.0, Joined(0.2, 0.4, 0.7, 0.8))
    assert again.nothing_bias == -1.0
    assert np.array_equal(again.nothing, taught.nothing)
    assert again.in_use == taught.in_use
    assert (again.items, again.questions) == (frozenset("ab"), frozenset({"q1"}))
    assert again.values.keys() == {"layer"}
    assert np.array_equal(again.values["layer"], taught.values["layer"])
    assert again.digest == taught.digest


def test_the_digest_tells_weights_apart() -> None:
    taught = make_taught()
    other = replace(taught, values={"layer": taught.values["layer"] + np.float32(1.0)})
    turned = replace(taught, projection=taught.projection * np.float32(2.0))
    assert len({taught.digest, other.digest, turned.digest}) == 3
    # what is kept of facets stays right
    same = [
        replace(taught, joined=Joined(0.3)),
        replace(taught, joined=Joined(calm=0.9)),
        replace(taught, met=3.0),
        replace(taught, nothing=taught.nothing * np.float32(2.0)),
        replace(taught, nothing_bias=2.0),
    ]
    assert {one.digest for one in same} == {taught.digest}
    assert len({one.in_use for one in (taught, other, *same)}) == 7


@pytest.mark.parametrize(
    ("there", "counts"),
    [(["a", "b"], True), (["a", "x"], True), (["a", "x", "y"], False), ([], False)],
)
def test_it_counts_where_it_knows_half_of_the_items(
    tmp_path: Path, there: list[str], counts: bool
) -> None:
    make_taught("a", "b").write(tmp_path, PRINT)
    assert (taught_in(tmp_path, PRINT, there) is not None) is counts


def test_another_encoder_was_taught_nothing(tmp_path: Path) -> None:
    make_taught("a").write(tmp_path, PRINT)
    assert taught_in(tmp_path, "f" * 16, ["a"]) is None
    assert taught_for("f" * 16, tmp_path, ["a"]) is None


def test_an_own_one_counts_before_what_ships(tmp_path: Path) -> None:
    make_taught("a").write(tmp_path, PRINT)
    found = taught_for(PRINT, tmp_path, ["a"])
    assert found is not None
    assert found.items == {"a"}
    assert taught_for(PRINT, None, ["a"]) is None


@pytest.mark.parametrize("harm", ["cut", "text", "foreign"])
def test_a_file_that_cannot_be_used_is_told_by_name(tmp_path: Path, harm: str) -> None:
    path = make_taught("a").write(tmp_path, PRINT)
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:200])
    elif harm == "text":
        path.write_text("no archive", encoding="utf-8")
    else:
        with path.open("wb") as file:
            np.savez(file, items=np.array(["a"]))
    with pytest.raises(IndexMismatch, match=path.name):
        taught_in(tmp_path, PRINT, ["a"])


def test_a_projection_that_is_no_finite_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="projection"):
        replace(make_taught(), projection=np.full((2, 2), np.nan, dtype=np.float32))


@pytest.mark.parametrize("nothing", [np.ones(3), np.ones((1, 16)), np.full(16, np.inf)])
def test_what_reads_that_nothing_answers_fits_the_states(nothing: np.ndarray) -> None:
    with pytest.raises(ValueError, match="16 finite weights"):
        replace(make_taught(), nothing=nothing.astype(np.float32))
