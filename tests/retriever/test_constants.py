from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from indexer.errors import IndexMismatch
from retriever.adapter import adapter_in
from retriever.constants import (
    DEFAULT_FACETS,
    WITH_ADAPTER,
    constants_for,
    parse,
    shipped_folder,
)
from tests.conftest import REPOSITORY
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


@pytest.mark.parametrize(
    "raw", ["", "{", "[]", "{}", "3", '"x"', "null", '{"fingerprint": "x", "blend": {"a": 1}}']
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, raw: str) -> None:
    (tmp_path / f"{PRINT}.json").write_text(raw)
    with pytest.raises(IndexMismatch, match=PRINT):
        constants_for(PRINT, tmp_path)


def shipped_constants() -> list[Path]:
    """Those fitted without an adapter and with one; an adapter itself has a document beside it too."""
    return sorted(
        path for path in shipped_folder().glob("*.json") if not path.match("*.adapter.json")
    )


def test_every_shipped_file_is_named_for_its_encoder() -> None:
    files = shipped_constants()
    assert files
    for file in files:
        known = parse(file.read_bytes())
        assert file.name in (f"{known.fingerprint}.json", f"{known.fingerprint}{WITH_ADAPTER}.json")


def test_every_shipped_adapter_comes_with_its_constants_and_its_evidence() -> None:
    adapters = sorted(shipped_folder().glob("*.adapter.npz"))
    assert adapters
    for path in adapters:
        fingerprint = path.name.partition(".")[0]
        told = orjson.loads(path.with_suffix(".json").read_bytes())
        assert (told["fingerprint"], told["kept"]) == (fingerprint, True)
        adapter = adapter_in(shipped_folder(), fingerprint)
        assert adapter is not None
        adapted = constants_for(fingerprint, item_ids=adapter.items)
        assert adapted.adapter is not None
        assert adapted.fitted
        assert constants_for(fingerprint).adapter is None
        assert constants_for(fingerprint).calibration != adapted.calibration


def fitted_with_matrices(folder: Path) -> Path:
    """The matrices beside fitted constants."""
    constants_in(folder, dict(SURE))
    path = folder / f"{PRINT}.npz"
    rng = np.random.default_rng(1)
    np.savez_compressed(
        path,
        texts_classes=np.array(["answered", "unknown"]),
        texts_weights=rng.standard_normal((2, 4000)).astype(np.float16),
        texts_bias=np.array([1.0, -1.0], dtype=np.float32),
    )
    return path


def test_matrices_are_read_from_beside_the_constants(tmp_path: Path) -> None:
    fitted_with_matrices(tmp_path)
    constants = constants_for(PRINT, tmp_path)
    assert constants.texts is not None
    assert constants.texts.classes == ("answered", "unknown")
    assert constants.texts.weights.dtype == np.float32
    assert constants.texts.bias.tolist() == [1.0, -1.0]
    assert constants.intents is None
    (tmp_path / f"{PRINT}.npz").unlink()
    without = constants_for(PRINT, tmp_path)
    assert without.texts is None
    assert without.digest != constants.digest


@pytest.mark.parametrize("damage", ["empty", "no archive", "cut", "altered", "half"])
def test_matrices_that_cannot_be_used_are_named(tmp_path: Path, damage: str) -> None:
    path = fitted_with_matrices(tmp_path)
    whole = path.read_bytes()
    altered = bytes(byte ^ 255 for byte in whole[3000:3200])
    damaged = {
        "empty": b"",
        "no archive": b"zz" * 99,
        "cut": whole[: len(whole) // 2],
        "altered": whole[:3000] + altered + whole[3200:],
    }
    if damage == "half":
        np.savez_compressed(path, texts_weights=np.zeros((2, 4)))
    else:
        path.write_bytes(damaged[damage])
    with pytest.raises(IndexMismatch, match=PRINT):
        constants_for(PRINT, tmp_path)


def test_outcomes_without_the_matrices_that_they_were_learned_with_are_refused(
    tmp_path: Path,
) -> None:
    shipped = next(
        path
        for path in shipped_constants()
        if path.name.count(".") == 1
        and b'"outcomes"' in path.read_bytes()
        and path.with_suffix(".npz").is_file()
    )
    (tmp_path / shipped.name).write_bytes(shipped.read_bytes())
    with pytest.raises(IndexMismatch, match="npz"):
        constants_for(shipped.stem, tmp_path)


def test_constants_that_read_words_need_what_was_learned_of_words(tmp_path: Path) -> None:
    shipped = next(path for path in shipped_constants() if path.match(f"*{WITH_ADAPTER}.json"))
    fingerprint = shipped.name.partition(".")[0]
    # where no adapter lies, constants are looked for under the encoder's name alone
    (tmp_path / f"{fingerprint}.json").write_bytes(shipped.read_bytes())
    with np.load(shipped.with_suffix(".npz")) as archive:
        matrices = {name: archive[name] for name in archive}
    beside = tmp_path / f"{fingerprint}.npz"
    np.savez_compressed(beside, **matrices)
    assert constants_for(fingerprint, tmp_path).wording is not None
    np.savez_compressed(beside, **{n: m for n, m in matrices.items() if "wording" not in n})
    with pytest.raises(IndexMismatch, match="npz"):
        constants_for(fingerprint, tmp_path)


def test_a_calibration_that_reads_words_needs_what_was_learned_of_words(tmp_path: Path) -> None:
    constants_in(tmp_path, {**SURE, "weights": {"score": 1.0, "words_answered": 1.0}})
    with pytest.raises(IndexMismatch, match="npz"):
        constants_for(PRINT, tmp_path)


def _wording(classes: list[str], runs: list[str]) -> dict[str, NDArray[Any]]:
    return {
        "wording_classes": np.array(classes),
        "wording_weights": np.ones((len(classes), len(runs)), dtype=np.float16),
        "wording_bias": np.zeros(len(classes), dtype=np.float32),
        "wording_runs": np.array(runs),
        "wording_idf": np.ones(len(runs), dtype=np.float32),
    }


def test_a_calibration_reads_only_classes_that_words_tell(tmp_path: Path) -> None:
    constants_in(tmp_path, {**SURE, "weights": {"score": 1.0, "words_answered": 1.0}})
    beside = tmp_path / f"{PRINT}.npz"
    np.savez_compressed(beside, **_wording(["price", "open"], ["咋", "开"]))
    with pytest.raises(IndexMismatch, match="npz"):
        constants_for(PRINT, tmp_path)
    np.savez_compressed(beside, **_wording(["answered", "unknown"], ["咋", "开"]))
    assert constants_for(PRINT, tmp_path).wording is not None


def test_the_same_weights_of_other_runs_are_other_constants(tmp_path: Path) -> None:
    raw = (constants_in(tmp_path, dict(SURE)) / f"{PRINT}.json").read_bytes()
    one, other = (parse(raw, _wording(["a", "b"], runs)) for runs in (["咋", "开"], ["开", "咋"]))
    assert one.digest != other.digest


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (2,), (), (2, 2, 1)])
def test_runs_that_do_not_fit_their_weights_are_refused(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    constants_in(tmp_path, dict(SURE))
    np.savez_compressed(
        tmp_path / f"{PRINT}.npz",
        wording_classes=np.array(["price", "open"]),
        wording_weights=np.zeros(shape, dtype=np.float16),
        wording_bias=np.zeros(2, dtype=np.float32),
        wording_runs=np.array(["咋", "开"]),
        wording_idf=np.ones(2, dtype=np.float32),
    )
    with pytest.raises(IndexMismatch, match="wording"):
        constants_for(PRINT, tmp_path)


def test_what_is_not_told_of_facets_is_the_default(tmp_path: Path) -> None:
    constants = constants_for(PRINT, constants_in(tmp_path, dict(SURE)))
    assert constants.facets == DEFAULT_FACETS
    assert constants.outcomes is None


def test_shipped_matrices_have_one_row_a_class() -> None:
    for file in shipped_constants():
        if not file.with_suffix(".npz").is_file():
            continue
        with np.load(file.with_suffix(".npz")) as archive:
            constants = parse(file.read_bytes(), dict(archive))
        for model in (constants.texts, constants.intents):
            assert model is not None
            assert model.weights.shape[0] == len(model.bias) == len(model.classes) > 1
        wording = constants.wording
        assert wording is not None
        assert wording.weights.shape == (len(wording.classes), len(wording.idf))
        assert sorted(wording.places.values()) == list(range(len(wording.idf)))


def test_the_package_ships_matrices_with_the_constants() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = project["tool"]["setuptools"]["package-data"]["retriever"]
    for file in shipped_folder().iterdir():
        assert any(file.match(pattern) for pattern in shipped), file.name
