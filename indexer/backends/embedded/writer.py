"""Writes embedded index versions: everything new is durable before anything points at it."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from corpora import serial
from corpora.types import Audience, SaleStatus, SubLibrary
from indexer.backends.embedded import lexical, vectors
from indexer.backends.embedded.folder import (
    MANIFEST,
    IndexFolder,
    digest,
    digests,
    open_manifest,
    sync_folder,
    sync_tree,
)
from indexer.backends.protocol import StagedContent
from indexer.errors import IndexFull
from indexer.manifest import Manifest, Partition
from indexer.lookup import codes_of, typed_lines
from indexer.passages import Passage

LIBRARIES: Final = tuple(SubLibrary)
AUDIENCES: Final = tuple(Audience)
SALES: Final = tuple(SaleStatus)
_KEEP_VERSIONS: Final = 2
_UNCHECKED: Final = frozenset({"lexical/.managed.json", "lexical/.tantivy-meta.lock"})


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
        try:
            with self._folder.writing():
                self._folder.remove_unpublished(_KEEP_VERSIONS)
                return self._stage(content)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise IndexFull(f"磁盘空间不足，无法写入 {self._folder.root}；已发布的索引不受影响") from error
            raise
        except ValueError as error:  # tantivy reports a full disk as a ValueError
            if "No space left" in str(error):
                raise IndexFull(f"磁盘空间不足，无法写入 {self._folder.root}；已发布的索引不受影响") from error
            raise

    def _stage(self, content: StagedContent) -> str:
        order = sorted(
            range(len(content.passages)),
            key=lambda n: (
                LIBRARIES.index(content.passages[n].sub_library),
                content.passages[n].passage_id,
            ),
        )
        version = _version_name(content, order)
        target = self._folder.version_path(version)
        if (target / MANIFEST).exists():
            return version
        staging = self._folder.versions / f".staging-{version}"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        try:
            manifest = self._write(staging, version, content, order)
            (staging / MANIFEST).write_bytes(manifest.to_json())
            sync_tree(staging)
            shutil.rmtree(target, ignore_errors=True)
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
        fields = [_row_fields(passage, regions, sale_of) for passage in passages]
        lexical.build(
            path / "lexical",
            ((content.terms[n], row) for n, row in zip(order, fields, strict=True)),
        )
        _write_rows(path, passages, fields, regions)
        _write_release(path, content)
        partitions = self._write_partitions(path, passages, content, order)
        if content.token_vectors is not None:
            _write_tokens(path, [content.token_vectors[n] for n in order])
        term_counts = [len(content.terms[n]) for n in order]
        return Manifest(
            version=version,
            created_at=content.created_at,
            encoder=content.encoder,
            encoder_fingerprint=content.encoder_fingerprint,
            dim=int(content.vectors.shape[1]),
            analyzer_fingerprint=content.analyzer_fingerprint,
            items=content.release.item_count,
            passages=len(passages),
            mean_terms=float(np.mean(term_counts)) if term_counts else 0.0,
            partitions=partitions,
            token_dim=int(content.token_vectors[0].shape[1]) if content.token_vectors else 0,
            files={n: d for n, d in digests(path).items() if n not in _UNCHECKED},
        )

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
            fingerprint = _partition_digest((p for p, _ in rows), content.encoder_fingerprint)
            kind = _link_unchanged(self._folder, before, library.value, fingerprint, folder)
            if kind is None:
                matrix = content.vectors[[n for _, n in rows]].astype(np.float16)
                np.save(folder / "vectors.npy", matrix)
                kind = vectors.build(matrix, folder / "codes.faiss", flat_up_to=self._flat_up_to)
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
        return Manifest.from_json(path.read_bytes(), str(path))

    def publish(self, version: str) -> Manifest:
        """Checks the staged version once more, then points readers at it."""
        with self._folder.writing():
            manifest = open_manifest(self._folder.version_path(version))
            self._folder.set_current(version)
        return manifest

    def discard(self, version: str) -> None:
        """Removes a staged version; the current one stays."""
        if version != self._folder.current():
            with self._folder.writing():
                shutil.rmtree(self._folder.version_path(version), ignore_errors=True)


def _version_name(content: StagedContent, order: Sequence[int]) -> str:
    """Time and content: names sort by time, and the same content made anew is recognised."""
    state = hashlib.blake2b(digest_size=5)
    state.update(content.encoder_fingerprint.encode())
    state.update(content.analyzer_fingerprint.encode())
    for held in content.release.item_versions:
        state.update(held.key.encode())
        state.update(serial.dump(held.item))
        state.update(f"{held.valid_from}{held.valid_to}".encode())
    for template in content.release.templates:
        state.update(serial.dump(template))
    state.update(serial.dump(content.release.lexicon))
    state.update(serial.dump(content.release.regions))
    for n in order:
        state.update(content.passages[n].passage_id.encode())
    stamp = content.created_at.replace("-", "").replace(":", "")[:15]
    return f"{stamp}-{state.hexdigest()}"


def _row_fields(
    passage: Passage, regions: Sequence[str], sale_of: dict[str, SaleStatus]
) -> lexical.RowFields:
    return lexical.RowFields(
        library=LIBRARIES.index(passage.sub_library),
        audience=passage.audience.level,
        region=regions.index(passage.region),
        sale=SALES.index(sale_of[f"{passage.item_id}@{passage.version}"]),
        valid_from=passage.valid_from.toordinal(),
        valid_to=passage.valid_to.toordinal(),
    )


def _write_rows(
    path: Path,
    passages: Sequence[Passage],
    fields: Sequence[lexical.RowFields],
    regions: Sequence[str],
) -> None:
    columns = {
        "library": np.array([f.library for f in fields], dtype=np.uint8),
        "audience": np.array([f.audience for f in fields], dtype=np.uint8),
        "region": np.array([f.region for f in fields], dtype=np.uint16),
        "sale": np.array([f.sale for f in fields], dtype=np.uint8),
        "valid_from": np.array([f.valid_from for f in fields], dtype=np.int32),
        "valid_to": np.array([f.valid_to for f in fields], dtype=np.int32),
    }
    offsets = _write_lines(path / "passages.jsonl", (_passage_json(p) for p in passages))
    np.savez(path / "rows.npz", **columns, offsets=offsets)  # type: ignore[arg-type]
    (path / "row_regions.json").write_bytes(orjson.dumps(list(regions)))
    ids = "".join(f"{p.passage_id}\n" for p in passages)
    (path / "passage_ids.txt").write_text(ids, encoding="utf-8")


def _passage_json(passage: Passage) -> bytes:
    return orjson.dumps(
        {
            "passage_id": passage.passage_id,
            "item_id": passage.item_id,
            "version": passage.version,
            "family": passage.family,
            "field": passage.field,
            "text": passage.text,
            "context": passage.context,
            "facet": passage.facet.value if passage.facet else None,
        }
    )


def _write_lines(path: Path, lines: Iterable[bytes]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    offsets = [0]
    with path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
            offsets.append(file.tell())
    return np.array(offsets, dtype=np.int64)


def _write_release(path: Path, content: StagedContent) -> None:
    release = content.release
    held = sorted(release.item_versions, key=lambda h: (h.item.id, h.version, h.valid_from))
    index = [
        {
            "item_id": h.item.id,
            "version": h.version,
            "family": h.item.family,
            "library": h.item.sub_library.value,
            "region": h.item.region.path if h.item.region else "",
            "sale": h.item.sale_status.value,
            "audience_level": min(f.audience.level for f in h.item.facets),
            "valid_from": h.valid_from.isoformat(),
            "valid_to": h.valid_to.isoformat(),
        }
        for h in held
    ]
    offsets = _write_lines(path / "items.jsonl", (serial.dump(h.item) for h in held))
    for entry, start, end in zip(index, offsets[:-1], offsets[1:], strict=True):
        entry["start"], entry["end"] = int(start), int(end)
    _write_lines(path / "item_index.jsonl", (orjson.dumps(entry) for entry in index))
    _write_lines(path / "suggest.jsonl", (orjson.dumps(line) for h in held for line in typed_lines(h)))
    (path / "codes.json").write_bytes(orjson.dumps(codes_of(held), option=orjson.OPT_SORT_KEYS))
    _write_lines(path / "templates.jsonl", (serial.dump(t) for t in release.templates))
    (path / "lexicon.json").write_bytes(serial.dump(release.lexicon))
    (path / "regions.json").write_bytes(serial.dump(release.regions))


def _write_tokens(path: Path, tokens: Sequence[np.ndarray[tuple[int, int], np.dtype[np.int8]]]) -> None:
    """Token vectors of all rows one after another, with the row where each passage begins."""
    starts = np.cumsum([0, *(len(matrix) for matrix in tokens)]).astype(np.int64)
    np.save(path / "token_starts.npy", starts)
    np.save(path / "tokens.npy", np.concatenate(tokens))


def _partition_digest(passages: Iterable[Passage], encoder_fingerprint: str) -> str:
    state = hashlib.blake2b(encoder_fingerprint.encode(), digest_size=12)
    for passage in passages:
        state.update(passage.passage_id.encode())
        state.update(passage.indexed_text.encode())
    return state.hexdigest()


def _link_unchanged(
    folder: IndexFolder, before: Manifest | None, library: str, content: str, target: Path
) -> str | None:
    """Hard-links the vector files of an unchanged partition; None where it has to be written."""
    if before is None:
        return None
    old = next((p for p in before.partitions if p.library == library), None)
    if old is None or old.content != content:
        return None
    source = folder.version_path(before.version) / library
    names = ["vectors.npy"] + (["codes.faiss"] if old.vector_index == "rabitq" else [])
    for name in names:
        # a damaged file must not live on in new versions
        if digest(source / name) != before.files.get(f"{library}/{name}"):
            for linked in target.iterdir():
                linked.unlink()
            return None
        os.link(source / name, target / name)
    return old.vector_index
