"""After a kill at any moment the published version is whole, serves, and building goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.backends.embedded.writer import EmbeddedWriter
from retriever.backends.embedded import EmbeddedSearcher
from tests.builders import make_filter
from tests.crash.doomed_writer import LOG, content_at
from tests.encoders import HashEncoder

REPOSITORY = Path(__file__).parents[2]
SEED = 20260301
KILLS = 10

Kill = Callable[[str], None]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("index")
    writer = EmbeddedWriter(root)
    writer.publish(writer.stage(content_at(0)))
    return root


@pytest.fixture(scope="module")
def kill(root: Path) -> Iterator[Kill]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.doomed_writer", str(root)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout

        def kill(order: str) -> None:
            orders.write(order + "\n")
            orders.flush()
            assert answers.readline().strip() == str(int(signal.SIGKILL))

        yield kill
        orders.close()


def assert_whole(root: Path) -> None:
    """Opening checks every file's digest; marker and manifest must be of one version."""
    searcher = EmbeddedSearcher.open_current(root)
    manifest = searcher.manifest
    assert EmbeddedWriter(root).current() == manifest.version
    published = (root / LOG).read_text(encoding="utf-8").split() if (root / LOG).exists() else []
    # the log is written after the publication: the pointer may be one version ahead, never behind
    assert manifest.version >= max(published, default="")
    (marker,) = searcher.items(["marker"], make_filter())
    assert marker.item.title == f"版本 {manifest.created_at}"
    found = searcher.lexical(["版本"], make_filter(), 3)
    assert f"版本 {manifest.created_at}" in [
        passage.text for passage in searcher.fetch([match.passage_id for match in found])
    ]
    vector = HashEncoder().encode_queries(["版本"])[0]
    assert len(searcher.semantic(vector, make_filter(), 10)) == 10
    searcher.close()


def assert_building_goes_on(root: Path, number: int) -> None:
    writer = EmbeddedWriter(root)
    before = writer.current()
    staged = writer.stage(content_at(number))
    names = {path.name for path in (root / "versions").iterdir()}
    assert not [name for name in names if name.startswith(".")]
    assert {before, staged} <= names
    assert writer.current() == before
    writer.discard(staged)
    assert_whole(root)


def test_kills_at_random_moments_leave_a_whole_version(root: Path, kill: Kill) -> None:
    moments = random.Random(SEED)
    for number in range(KILLS):
        kill(f"after {moments.uniform(0.0, 0.5):.4f}")
        assert_whole(root)
        assert_building_goes_on(root, number + 1)


@pytest.mark.soak
def test_two_hundred_kills_at_random_moments_leave_a_whole_version(root: Path, kill: Kill) -> None:
    moments = random.Random(SEED + 1)
    for number in range(200):
        kill(f"after {moments.uniform(0.0, 0.5):.4f}")
        assert_whole(root)
        if number % 10 == 0:
            assert_building_goes_on(root, 1000 + number)


@pytest.mark.parametrize("event", ["os.rename", "os.link", "os.mkdir", "shutil.rmtree"])
def test_kills_between_two_steps_leave_a_whole_version(root: Path, kill: Kill, event: str) -> None:
    for count in (1, 2, 3, 4, 6):
        kill(f"at {event} {count}")
        assert_whole(root)
    assert_building_goes_on(root, 1)


def test_after_all_kills_a_new_version_is_published(root: Path, kill: Kill) -> None:
    kill("after 0.05")
    assert (root / LOG).read_text(encoding="utf-8")  # the kills hit a writer that publishes
    writer = EmbeddedWriter(root)
    version = writer.stage(content_at(900_000))
    writer.publish(version)
    assert writer.current() == version
    assert_whole(root)
