"""The layout of an embedded index on disk, and how a version becomes visible.

var/index/
  CURRENT                 the name of the published version, replaced by an atomic rename
  LOCK                    held by the one writer
  cache/<fingerprint>     vectors by content
  versions/<version>/     immutable
    manifest.json  lexical/  rows.npz  passage_ids.txt  passages.jsonl  items.jsonl
    templates.jsonl  template_versions.json  lexicon.json  regions.json  <library>/vectors.npy  <library>/codes.faiss
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from indexer.errors import IndexBusy, IndexDamaged, IndexMissing
from indexer.manifest import Manifest

MANIFEST: Final = "manifest.json"
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")  # a dot first is not a version yet
_BLOCK: Final = 1 << 20


class IndexFolder:
    """One embedded index: paths, the current version, and durable changes of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.versions = root / "versions"

    @property
    def cache(self) -> Path:
        """Where vectors are kept by content."""
        return self.root / "cache"

    def version_path(self, version: str) -> Path:
        """The folder of a version; ``IndexDamaged`` where the name cannot be one."""
        if not _VERSION.fullmatch(version):
            raise IndexDamaged(
                f"{self.root} 的索引版本名 {version!r} 无效；请运行 zhiku index build 重建"
            )
        return self.versions / version

    def current(self) -> str | None:
        """The published version's name, or None before the first publication."""
        try:
            marker = (self.root / "CURRENT").read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        # an overwritten marker names no version: readers are told to build, and a build mends it
        return marker if _VERSION.fullmatch(marker) else None

    def require_current(self) -> str:
        """The published version's name; ``IndexMissing`` tells how to make one."""
        version = self.current()
        if version is None:
            raise IndexMissing(f"{self.root} 还没有已发布的索引；请先运行 zhiku index build")
        return version

    def set_current(self, version: str) -> None:
        """Points every reader at ``version`` in one atomic step."""
        staged = self.root / "CURRENT.new"
        with staged.open("w", encoding="utf-8") as file:
            file.write(version + "\n")
            file.flush()
            os.fsync(file.fileno())
        staged.replace(self.root / "CURRENT")
        sync_folder(self.root)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the writer's lock; the system releases it if the process dies."""
        self.versions.mkdir(parents=True, exist_ok=True)
        with (self.root / "LOCK").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IndexBusy(f"另一个进程正在 {self.root} 建索引；请等它结束后再试") from error
            yield

    def remove_unpublished(self, keep: int) -> None:
        """Deletes what a killed writer left, and all but the newest ``keep`` and the current."""
        current = self.current()
        entries = sorted((path for path in self.versions.iterdir() if path.is_dir()), reverse=True)
        whole = [
            path for path in entries if _VERSION.fullmatch(path.name) and (path / MANIFEST).exists()
        ]
        for path in entries:
            if path.name != current and path not in whole[:keep]:
                self.remove(path)

    def remove(self, path: Path) -> None:
        """Takes a folder out of sight in one step, then deletes it: no half of it stays visible."""
        doomed = self.versions / f".removed-{path.name.lstrip('.')}"
        shutil.rmtree(doomed, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def sync_folder(path: Path) -> None:
    """Makes renames and new names inside ``path`` durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Makes every file below ``path`` durable."""
    for folder, _, names in os.walk(path):
        for name in names:
            handle = os.open(Path(folder) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(folder))


def digest(path: Path) -> str:
    """A file's content digest (BLAKE2b, 16 bytes)."""
    state = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def digests(path: Path) -> dict[str, str]:
    """Digests of all files below ``path`` but the manifest, by relative name."""
    return {
        str(file.relative_to(path)): digest(file)
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.name != MANIFEST and not file.name.startswith(".tantivy-")
    }


def open_manifest(path: Path) -> Manifest:
    """Reads a version's manifest and checks every file that it names."""
    manifest_path = path / MANIFEST
    try:
        raw = manifest_path.read_bytes()
    except FileNotFoundError as error:
        raise IndexDamaged(
            f"索引版本不完整，缺少 {manifest_path}；请运行 zhiku index build 重建"
        ) from error
    manifest = Manifest.from_json(raw, str(manifest_path))
    for name, expected in manifest.files.items():
        file = path / name
        if not file.is_file():
            raise IndexDamaged(f"索引文件缺失：{file}；请运行 zhiku index build 重建")
        if digest(file) != expected:
            raise IndexDamaged(f"索引文件损坏：{file}；请运行 zhiku index build 重建")
    return manifest
