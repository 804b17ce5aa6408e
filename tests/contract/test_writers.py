"""The embedded writer against the contract of writers, and what only files on a disk can suffer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpora.types import SubLibrary
from indexer.backends.embedded.folder import MANIFEST
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.errors import IndexDamaged, IndexMismatch, IndexMissing
from retriever.backends.embedded import EmbeddedSearcher
from tests.builders import (
    make_content,
    make_filter,
    make_item,
    make_mixed_release,
    make_release,
    make_tokens,
    open_published,
)
from tests.contract.holding import holding
from tests.contract.writer_contract import Opened, WriterContract, content_of, titles_in

HOLD = """
from pathlib import Path
from indexer.backends.embedded.folder import IndexFolder
with IndexFolder(Path(place)).writing():"""


class TestEmbeddedWriter(WriterContract):
    @pytest.fixture
    def writer(self, tmp_path: Path) -> EmbeddedWriter:
        return EmbeddedWriter(tmp_path)

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Opened:
        return lambda: EmbeddedSearcher.open_current(tmp_path)

    @pytest.fixture
    def busy(self, tmp_path: Path) -> Callable[[], AbstractContextManager[object]]:
        return lambda: holding(HOLD, str(tmp_path))


def versions(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "versions").iterdir())


def libraries_of(root: Path, day: int, *titles: tuple[SubLibrary, str]) -> Path:
    """Publishes one item a title; returns the version's folder."""
    items = (make_item(f"i-{n}", title, library) for n, (library, title) in enumerate(titles))
    content = make_content(make_release(*items), created_at=f"2026-03-{day:02d}T09:30:00")
    return open_published(root, content, flat_up_to=1).path


def test_vectors_of_an_unchanged_library_are_the_same_files(tmp_path: Path) -> None:
    business, tips = (SubLibrary.BUSINESS, "流量包"), (SubLibrary.TIPS, "提醒")
    first = libraries_of(tmp_path, 1, business, tips)
    second = libraries_of(tmp_path, 2, business, (SubLibrary.TIPS, "新的提醒"))
    for name in ("vectors.npy", "codes.faiss"):
        assert (first / "business" / name).samefile(second / "business" / name)
        assert not (first / "tips" / name).samefile(second / "tips" / name)
    searcher = EmbeddedSearcher(second)
    assert titles_in(searcher) == ["流量包", "新的提醒"]


def test_the_same_texts_with_other_vectors_are_written_anew(tmp_path: Path) -> None:
    release = make_release(make_item("i-1", "流量包", SubLibrary.BUSINESS))
    before = make_content(release, created_at="2026-03-01T09:30:00")
    first = open_published(tmp_path, before, flat_up_to=1).path
    # as after an update that spells texts in another way
    after = replace(
        before,
        vectors=-before.vectors,
        analyzer_fingerprint="f" * 16,
        created_at="2026-03-02T09:30:00",
    )
    second = open_published(tmp_path, after, flat_up_to=1).path
    old, new = (np.load(path / "business" / "vectors.npy") for path in (first, second))
    assert np.array_equal(new, -old)
    assert not (first / "business" / "codes.faiss").samefile(second / "business" / "codes.faiss")


def test_unchanged_vectors_are_searched_in_the_way_that_is_asked_for_now(tmp_path: Path) -> None:
    content = make_content(make_release(make_item("i-1", "流量包", SubLibrary.TIPS)))
    for day, (flat_up_to, kind) in enumerate([(100, "flat"), (0, "rabitq"), (100, "flat")], 1):
        dated = replace(content, created_at=f"2026-03-{day:02d}T09:30:00")
        manifest = open_published(tmp_path, dated, flat_up_to=flat_up_to).manifest
        assert [partition.vector_index for partition in manifest.partitions] == [kind]


def test_a_damaged_vector_file_does_not_live_on_in_the_next_version(tmp_path: Path) -> None:
    business, tips = (SubLibrary.BUSINESS, "流量包"), (SubLibrary.TIPS, "提醒")
    ways: list[Callable[[Path], None]] = [flip_a_byte, Path.unlink]
    for day, damage in enumerate(ways, 1):
        first = libraries_of(tmp_path, 2 * day, business, tips)
        damage(first / "business" / "codes.faiss")
        second = libraries_of(tmp_path, 2 * day + 1, business, tips)
        assert not (second / "business" / "codes.faiss").samefile(first / "tips" / "codes.faiss")
        assert EmbeddedSearcher(second).manifest.version == second.name


def test_a_damaged_manifest_does_not_stop_the_build_that_mends_it(tmp_path: Path) -> None:
    first = libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒"))
    (first / MANIFEST).write_bytes(b"{")
    libraries_of(tmp_path, 2, (SubLibrary.TIPS, "提醒"))
    assert titles_in(EmbeddedSearcher.open_current(tmp_path)) == ["提醒"]


def test_staging_mends_a_damaged_version_of_the_same_content(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    version = writer.stage(content_of("甲"))
    flip_a_byte(tmp_path / "versions" / version / "items.jsonl")
    with pytest.raises(IndexDamaged, match=r"items\.jsonl"):
        writer.publish(version)
    assert writer.stage(content_of("甲")) == version
    assert writer.publish(version).items == 1


def flip_a_byte(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x20
    # another inode: a hard link of the file elsewhere stays whole
    path.unlink()
    path.write_bytes(raw)


def test_a_flipped_byte_in_any_file_is_found_and_named_at_opening(tmp_path: Path) -> None:
    content = make_content(make_mixed_release(12), token_vectors=None)
    content = make_content(content.release, token_vectors=make_tokens(len(content.passages)))
    whole = open_published(tmp_path / "whole", content, flat_up_to=1).path
    files = [p.relative_to(whole) for p in whole.rglob("*") if p.is_file() and p.stat().st_size]
    names = {file.name for file in files}
    assert names >= {MANIFEST, "meta.json", "rows.npz", "codes.faiss", "tokens.bin", "codes.json"}
    for number, file in enumerate(files):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(whole, copy)
        flip_a_byte(copy / file)
        with pytest.raises(IndexDamaged) as raised:
            EmbeddedSearcher(copy)
        assert str(copy / file) in str(raised.value)
        assert "zhiku index build" in str(raised.value)


def test_every_byte_of_the_manifest_counts(tmp_path: Path) -> None:
    manifest = libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒")) / MANIFEST
    raw = manifest.read_bytes()
    for place in range(0, len(raw), 7):
        manifest.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        with pytest.raises(IndexDamaged, match=r"manifest\.json"):
            EmbeddedSearcher.open_current(tmp_path)


def test_a_missing_or_short_file_is_named(tmp_path: Path) -> None:
    path = libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒"))
    raw = (path / MANIFEST).read_bytes()
    for short in (b"", b"[]", b"null", raw[: len(raw) // 2], raw + b"x"):
        (path / MANIFEST).write_bytes(short)
        with pytest.raises(IndexDamaged, match=r"manifest\.json"):
            EmbeddedSearcher.open_current(tmp_path)
    (path / MANIFEST).write_bytes(raw)
    (path / "rows.npz").unlink()
    with pytest.raises(IndexDamaged, match=r"rows\.npz"):
        EmbeddedSearcher.open_current(tmp_path)


def test_a_version_of_another_schema_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    path = libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒"))
    manifest = EmbeddedSearcher(path).manifest
    (path / MANIFEST).write_bytes(replace(manifest, schema=99).to_json())
    with pytest.raises(IndexMismatch, match="zhiku index build"):
        EmbeddedSearcher(path)


@pytest.mark.parametrize("name", ["20260301T093000-0123456789", "../x", "", "\n"])
def test_a_pointer_to_nothing_is_an_error_that_says_what_to_do(tmp_path: Path, name: str) -> None:
    libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒"))
    (tmp_path / "CURRENT").write_text(name, encoding="utf-8")
    with pytest.raises(Exception, match="zhiku index build"):
        EmbeddedSearcher.open_current(tmp_path)


def test_what_a_killed_writer_left_is_cleaned_up(tmp_path: Path) -> None:
    path = libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒"))
    shutil.copytree(path, path.with_name(".staging-20990101T000000-0"))  # killed before its rename
    (path.parent / ".staging-20990101T000000-1" / "lexical").mkdir(parents=True)
    shutil.copytree(path, path.with_name(".removed-20250101T000000-2"))
    (path.parent / "20990101T000000-3").mkdir()
    (tmp_path / "CURRENT.new").write_text("2099")
    second = libraries_of(tmp_path, 2, (SubLibrary.TIPS, "另一个"))
    assert versions(tmp_path) == sorted([path.name, second.name])


def test_old_versions_are_pruned_but_never_the_current_one(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    current = writer.stage(content_of("甲"))
    writer.publish(current)
    for day in range(2, 9):
        writer.stage(content_of("甲", day=day))
    kept = versions(tmp_path)
    assert kept[0] == current
    assert len(kept) <= 4
    assert titles_in(EmbeddedSearcher.open_current(tmp_path)) == ["甲"]


def test_a_reader_keeps_working_after_its_version_was_pruned(tmp_path: Path) -> None:
    release = make_mixed_release(40)
    content = make_content(release)
    content = make_content(release, token_vectors=make_tokens(len(content.passages)))
    first = open_published(tmp_path, content, flat_up_to=10)
    all_ids = [passage.passage_id for passage in content.passages]
    for day in range(2, 7):
        libraries_of(tmp_path, day, (SubLibrary.TIPS, f"提醒{day}"))
    assert not first.path.exists()
    found = first.lexical(["元"], make_filter(), 500)
    assert len(found) > 20
    assert len(first.fetch(all_ids)) == len(all_ids)
    nearest = first.semantic(content.vectors[0], make_filter(), 20)
    assert len(first.cosines(content.vectors[0], [m.passage_id for m in nearest])) == 20
    assert len(first.token_vectors(all_ids)) == len(all_ids)
    items = [held.item.id for held in release.item_versions]
    assert first.items(items, make_filter())


def test_nothing_is_left_open_but_what_a_reader_needs(tmp_path: Path) -> None:
    def open_files() -> int:
        return sum(
            str(tmp_path) in os.readlink(f"/proc/self/fd/{fd}")
            for fd in os.listdir("/proc/self/fd")
            if os.path.islink(f"/proc/self/fd/{fd}")
        )

    libraries_of(tmp_path, 1, (SubLibrary.TIPS, "提醒"))
    assert open_files() == 0


def test_a_build_mends_a_marker_that_was_overwritten(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    version = writer.stage(make_content(make_release(make_item())))
    writer.publish(version)
    (tmp_path / "CURRENT").write_bytes(b"\xff\xfe\x00abc")
    with pytest.raises(IndexMissing, match="zhiku index build"):
        EmbeddedSearcher.open_current(tmp_path)
    writer.publish(writer.stage(make_content(make_release(make_item()))))
    assert EmbeddedSearcher.open_current(tmp_path).manifest.version == version
