"""A disk without room: the build says so, leaves nothing behind, and the old version serves on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.build import stage
from indexer.errors import IndexFull
from retriever.backends.embedded import EmbeddedSearcher
from tests.builders import CREATED_AT, make_content, make_filter, make_mixed_release, open_published
from tests.contract.writer_contract import content_of, titles_in
from tests.encoders import HashEncoder

REPOSITORY = Path(__file__).parents[2]
BIG = make_content(make_mixed_release(20), created_at="2026-03-02T09:30:00")

# a limit on the size of one file stops a writer anywhere, and needs no rights
LIMITED = """
import json, resource, sys
from pathlib import Path
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.errors import IndexFull
from tests.contract.test_full_disk import BIG
writer, outcomes = EmbeddedWriter(Path(sys.argv[1]), flat_up_to=1), []
for limit in (0, 50, 300, 1_000, 3_000, 8_000, 20_000, 40_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        writer.stage(BIG)
        outcome = "staged"
    except IndexFull:
        outcome = "full"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    outcomes.append(outcome)
print(json.dumps(outcomes))
"""


def assert_only_the_old_version_is_there(root: Path) -> None:
    searcher = EmbeddedSearcher.open_current(root)
    assert titles_in(searcher) == ["旧标题"]
    assert searcher.lexical(["标题"], make_filter(), 5)
    assert [path.name for path in (root / "versions").iterdir()] == [searcher.path.name]


def test_a_writer_stopped_by_a_file_size_limit_leaves_the_old_version(tmp_path: Path) -> None:
    open_published(tmp_path, content_of("旧标题"))
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout.splitlines()[-1])
    assert set(outcomes) == {"full"}
    assert_only_the_old_version_is_there(tmp_path)
    writer = EmbeddedWriter(tmp_path)
    assert writer.publish(writer.stage(BIG)).passages == len(BIG.passages)


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of one megabyte; only root may mount it."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk; the file size limit is tested above")
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount here; the file size limit is tested above")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def leave_room(disk: Path, kilobytes: int) -> None:
    """Fills the disk up to that many free kilobytes."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    state = os.statvfs(disk)
    ballast.write_bytes(b"x" * max(0, state.f_bavail * state.f_bsize - kilobytes * 1024))


def test_a_full_disk_leaves_the_old_version_wherever_it_strikes(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        root = disk / "index"
        open_published(root, content_of("旧标题"))
        writer = EmbeddedWriter(root, flat_up_to=1)
        for kilobytes in range(0, 330, 20):
            leave_room(disk, kilobytes)
            with pytest.raises(IndexFull, match="磁盘空间不足"):
                writer.stage(BIG)
            assert_only_the_old_version_is_there(root)
        leave_room(disk, 0)
        with pytest.raises(IndexFull):
            stage(BIG.release, HashEncoder(), writer, root / "cache", created_at=CREATED_AT)
        assert_only_the_old_version_is_there(root)
        (disk / "ballast").unlink()
        version = writer.stage(BIG)
        leave_room(disk, 0)
        with pytest.raises(IndexFull):
            writer.publish(version)
        assert_old = EmbeddedSearcher.open_current(root)
        assert titles_in(assert_old) == ["旧标题"]
        (disk / "ballast").unlink()
        assert writer.publish(version).version == version
