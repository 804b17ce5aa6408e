"""Writes embedded index versions: everything new is durable before anything points at it."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from indexer.backends.embedded import lexical, vectors
from indexer.backends.embedded.files import (
    row_fields,
    write_release,
    write_rows,
    write_tokens,
)
from indexer.backends.embedded.folder import (
    MANIFEST,
    IndexFolder,
    digest,
    digests,
    open_manifest,
    sync_folder,
    sync_tree,
)
from indexer.backends.naming import LIBRARIES, row_order, version_name
from indexer.backends.protocol import StagedContent
from indexer.errors import IndexFull, IndexingError
from indexer.manifest import Manifest, Partition
from indexer.passages import Passage

_KEEP_VERSIONS: Final = 2
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_ROOM_SIGNS: Final = ("No space left", "Disk quota", "File too large", " written", "write error")
"""How tantivy (ValueError), FAISS (RuntimeError) and NumPy (OSError without a number) say it."""


class EmbeddedWriter:
    """The ``IndexWriter`` of the embedded engine."""

    def __init__(self, root: Path, *, flat_up_to: int = vectors.FLAT_UP_TO) -> None:
        self._folder = IndexFolder(root)
        self._flat_up_to = flat_up_to

    def current(self) -> str | None:
        """The published version's name."""
        return self._folder.current()

    def stage(self, content: StagedContent) -> str:
        """Writes a version under a temporary name, makes it durable, then gives it its name."""
        with _room(self._folder.root), self._folder.writing():
            self._folder.remove_unpublished(_KEEP_VERSIONS)
            return self._stage(content)

    def _stage(self, content: StagedContent) -> str:
        order = row_order(content)
        version = version_name(content, order)
        target = self._folder.version_path(version)
        if _is_whole(target):
            return version
        staging = self._folder.versions / f".staging-{version}"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        try:
            manifest = self._write(staging, version, content, order)
            (staging / MANIFEST).write_bytes(manifest.to_json())
            sync_tree(staging)
            self._folder.remove(target)
            staging.rename(target)
            sync_folder(self._folder.versions)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        return version

    def _write(
        self, path: Path, version: str, content: StagedContent, order: Sequence[int]
    ) -> Manifest:
        passages = [content.passages[n] for n in order]
        regions = ["", *sorted({p.region for p in passages} - {""})]
        sale_of = {h.key: h.item.sale_status for h in content.release.item_versions}
        fields = [row_fields(passage, regions, sale_of) for passage in passages]
        lexical.build(
            path / "lexical",
            ((content.terms[n], row) for n, row in zip(order, fields, strict=True)),
        )
        write_rows(path, passages, fields, regions)
        write_release(path, content)
        partitions = self._write_partitions(path, passages, content, order)
        if content.token_vectors:
            write_tokens(path, content.token_vectors, order, content.projection)
        return content.manifest(version, partitions, digests(path))

    def _write_partitions(
        self, path: Path, passages: Sequence[Passage], content: StagedContent, order: Sequence[int]
    ) -> tuple[Partition, ...]:
        before = self._current_manifest()
        partitions: list[Partition] = []
        first = 0
        for library in LIBRARIES:
            rows = [
                (p, n) for p, n in zip(passages, order, strict=True) if p.sub_library is library
            ]
            if not rows:
                continue
            folder = path / library.value
            folder.mkdir()
            matrix = content.vectors[[n for _, n in rows]].astype(np.float16)
            fingerprint = _digest(matrix)
            kind = vectors.kind_of(len(rows), self._flat_up_to)
            if not _link_unchanged(self._folder, before, library.value, fingerprint, kind, folder):
                np.save(folder / "vectors.npy", matrix)
                vectors.build(matrix, folder / "codes.faiss", flat_up_to=self._flat_up_to)
            partitions.append(
                Partition(
                    library=library.value,
                    first_row=first,
                    rows=len(rows),
                    items=len({p.item_id for p, _ in rows}),
                    content=fingerprint,
                    vector_index=kind,
                )
            )
            first += len(rows)
        return tuple(partitions)

    def _current_manifest(self) -> Manifest | None:
        version = self._folder.current()
        path = self._folder.version_path(version) / MANIFEST if version else None
        if path is None or not path.exists():
            return None
        try:
            return Manifest.from_json(path.read_bytes(), str(path))
        except IndexingError:
            return None  # a damaged version is what a new build mends; nothing of it is reused

    def publish(self, version: str) -> Manifest:
        """Checks the staged version once more, then points readers at it."""
        with _room(self._folder.root), self._folder.writing():
            manifest = open_manifest(self._folder.version_path(version))
            self._folder.set_current(version)
        return manifest

    def discard(self, version: str) -> None:
        """Removes a staged version; the current one stays."""
        path = self._folder.version_path(version)
        with self._folder.writing():
            if version != self._folder.current():
                self._folder.remove(path)


@contextmanager
def _room(root: Path) -> Iterator[None]:
    """Tells a full disk from other errors, in whatever way a library reports it."""
    try:
        yield
    except (OSError, ValueError, RuntimeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        if number in _NO_ROOM or (
            number is None and any(sign in str(error) for sign in _NO_ROOM_SIGNS)
        ):
            raise IndexFull(f"磁盘空间不足，无法写入 {root}；已发布的索引不受影响") from error
        raise


def _is_whole(path: Path) -> bool:
    """Whether a version is there and nothing of it is damaged."""
    try:
        open_manifest(path)
    except IndexingError:
        return False
    return True


def _digest(matrix: NDArray[np.float16]) -> str:
    """Of the vectors themselves: the same text has others when it is spelled or encoded differently."""
    state = hashlib.blake2b(repr(matrix.shape).encode(), digest_size=12)
    state.update(np.ascontiguousarray(matrix).data)
    return state.hexdigest()


def _link_unchanged(
    folder: IndexFolder,
    before: Manifest | None,
    library: str,
    content: str,
    kind: str,
    target: Path,
) -> bool:
    """Hard-links the vector files of an unchanged partition; false where they have to be written."""
    if before is None:
        return False
    old = next((p for p in before.partitions if p.library == library), None)
    if old is None or (old.content, old.vector_index) != (content, kind):
        return False
    source = folder.version_path(before.version) / library
    names = ["vectors.npy"] + (["codes.faiss"] if kind == "rabitq" else [])
    for name in names:
        # a damaged file must not live on in new versions
        file = source / name
        if not file.is_file() or digest(file) != before.files.get(f"{library}/{name}"):
            return False
    for name in names:
        try:
            os.link(source / name, target / name)
        except OSError:  # a file system without hard links
            shutil.copyfile(source / name, target / name)
    return True
