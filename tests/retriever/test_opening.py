from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.backends.embedded.folder import IndexFolder
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.encoders.protocol import UnknownEncoder
from indexer.errors import IndexMismatch, IndexMissing
from retriever.opening import LiveKnowledgeBase, open_knowledge_base
from tests.builders import TODAY, make_content, make_filter, make_item, make_release
from tests.encoders import HashEncoder
from tests.retriever.knowledge import SURE, constants_in


class OtherEncoder(HashEncoder):
    """Says that it is another encoder."""

    fingerprint = "other"


def publish(root: Path, title: str) -> str:
    writer = EmbeddedWriter(root)
    version = writer.stage(make_content(make_release(make_item("pack", title))))
    writer.publish(version)
    return version


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def live(root: Path, tmp_path: Path) -> Iterator[LiveKnowledgeBase]:
    made = LiveKnowledgeBase(
        f"file:{root}",
        models=tmp_path,
        fitted=constants_in(tmp_path / "fitted", dict(SURE)),
        today=lambda: TODAY,
        look_every=3600,  # the tests look themselves
        encoder=HashEncoder(),
    )
    yield made
    made.close()


def first_title(live: LiveKnowledgeBase) -> str:
    with live.current() as base:
        return base.search("流量", make_filter()).hits[0].held.item.title


def test_new_versions_are_looked_for_every_second() -> None:
    # what the README promises; how long opening takes then is up to the machine
    assert inspect.signature(LiveKnowledgeBase).parameters["look_every"].default <= 1.0


def test_nothing_published_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="index build"):
        open_knowledge_base(f"file:{tmp_path}", models=tmp_path)


def test_the_encoder_is_the_one_of_the_manifest(root: Path, tmp_path: Path) -> None:
    publish(root, "流量月包")
    with pytest.raises(UnknownEncoder, match="hash"):
        open_knowledge_base(f"file:{root}", models=tmp_path)
    with pytest.raises(IndexMismatch, match="重建"):
        open_knowledge_base(f"file:{root}", models=tmp_path, encoder=OtherEncoder())


def test_a_new_version_is_taken_up_and_an_unchanged_one_is_not(
    root: Path, live: LiveKnowledgeBase
) -> None:
    publish(root, "流量月包")
    live.start()
    assert first_title(live) == "流量月包"
    assert not live.look()
    second = publish(root, "流量日包")
    assert live.look()
    assert live.version == second
    assert first_title(live) == "流量日包"


def test_a_request_keeps_its_version_while_a_new_one_comes(
    root: Path, live: LiveKnowledgeBase
) -> None:
    publish(root, "流量月包")
    live.start()
    with live.current() as base:
        publish(root, "流量日包")
        assert live.look()
        assert base.search("流量", make_filter()).hits[0].held.item.title == "流量月包"
    assert first_title(live) == "流量日包"


def test_a_damaged_version_is_reported_and_the_one_before_goes_on(
    root: Path, live: LiveKnowledgeBase
) -> None:
    first = publish(root, "流量月包")
    live.start()
    broken = publish(root, "流量日包")
    (root / "versions" / broken / "manifest.json").unlink()
    assert not live.look()
    assert live.version == first
    assert live.problem
    assert "manifest.json" in live.problem
    assert not live.look()  # and is not tried at every look
    assert first_title(live) == "流量月包"
    third = publish(root, "流量季包")
    assert live.look()
    assert (live.version, live.problem) == (third, None)


def test_taking_a_damaged_version_back_ends_the_problem(
    root: Path, live: LiveKnowledgeBase
) -> None:
    first = publish(root, "流量月包")
    live.start()
    broken = publish(root, "流量日包")
    (root / "versions" / broken / "manifest.json").unlink()
    live.look()
    assert live.problem
    IndexFolder(root).set_current(first)
    assert not live.look()
    assert live.problem is None


def test_whatever_goes_wrong_with_a_new_version_may_pass(
    root: Path, tmp_path: Path, live: LiveKnowledgeBase
) -> None:
    class Failing(HashEncoder):
        @property
        def fingerprint(self) -> str:  # type: ignore[override]
            if failing:
                raise RuntimeError("no memory")
            return HashEncoder.fingerprint

    failing = False
    picky = LiveKnowledgeBase(
        f"file:{root}", models=tmp_path, today=lambda: TODAY, look_every=3600, encoder=Failing()
    )
    first = publish(root, "流量月包")
    picky.start()
    second = publish(root, "流量日包")
    failing = True
    assert not picky.look()
    assert (picky.version, picky.problem) == (first, "no memory")
    failing = False
    looks = [picky.look() for _ in range(60)]
    assert looks.count(True) == 1
    assert (picky.version, picky.problem) == (second, None)
    picky.close()


def test_the_follower_survives_an_unreadable_place(root: Path, tmp_path: Path) -> None:
    publish(root, "流量月包")
    live = LiveKnowledgeBase(
        f"file:{root}", models=tmp_path, today=lambda: TODAY, look_every=0.01, encoder=HashEncoder()
    )
    live.start()
    pointer = root / "CURRENT"
    pointer.rename(root / "kept")
    pointer.mkdir()
    wait_until(lambda: live.problem is not None)
    pointer.rmdir()
    third = publish(root, "流量季包")
    wait_until(lambda: live.version == third)
    live.close()


def test_before_start_and_after_close_nothing_is_served(
    root: Path, live: LiveKnowledgeBase
) -> None:
    def served() -> str:
        return first_title(live)

    with pytest.raises(RuntimeError, match="start"):
        served()
    assert live.version is None
    assert not live.look()
    publish(root, "流量月包")
    live.start()
    with live.current() as base:
        live.close()
        # the request that runs ends in peace
        assert base.search("流量", make_filter()).hits
    assert live.version is None
    with pytest.raises(RuntimeError, match="close"):
        served()
    live.close()
