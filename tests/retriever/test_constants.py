from __future__ import annotations

from pathlib import Path

import pytest

from indexer.errors import IndexMismatch
from retriever.constants import constants_for, parse, shipped_folder
from tests.encoders import HashEncoder
from tests.retriever.knowledge import SURE, constants_in

PRINT = HashEncoder.fingerprint


def test_an_encoder_without_a_file_gets_constants_that_say_so(tmp_path: Path) -> None:
    constants = constants_for("nobody", tmp_path)
    assert not constants.fitted
    assert constants.calibration.weights


def test_the_own_folder_comes_before_the_shipped_one(tmp_path: Path) -> None:
    constants = constants_for(PRINT, constants_in(tmp_path, dict(SURE)))
    assert constants.fitted
    assert constants.calibration.intercept == 5.0


def test_a_new_fit_is_read_at_the_next_opening(tmp_path: Path) -> None:
    assert not constants_for(PRINT, tmp_path).fitted
    constants_in(tmp_path, dict(SURE))
    assert constants_for(PRINT, tmp_path).calibration.intercept == 5.0
    constants_in(tmp_path, {**SURE, "intercept": 1.0})
    assert constants_for(PRINT, tmp_path).calibration.intercept == 1.0


@pytest.mark.parametrize("raw", ["", "{", "[]", "{}", '{"fingerprint": "x", "blend": {"a": 1}}'])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, raw: str) -> None:
    (tmp_path / f"{PRINT}.json").write_text(raw)
    with pytest.raises(IndexMismatch, match=PRINT):
        constants_for(PRINT, tmp_path)


def test_every_shipped_file_is_named_for_its_encoder() -> None:
    files = sorted(shipped_folder().glob("*.json"))
    assert files
    for file in files:
        assert parse(file.read_bytes()).fingerprint == file.stem
