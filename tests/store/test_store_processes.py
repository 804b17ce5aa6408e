from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from corpora.store import Store
from tests.store.builders import NOW, Parts, make_item, make_items, publish

ROOT = Path(__file__).parents[2]
BEFORE_OPENING = -1
Importer = Callable[[str, int], "subprocess.Popen[str]"]


@pytest.fixture
def importer(store_url: str) -> Iterator[Importer]:
    with ExitStack() as started:

        def start(title: str, pause_after: int) -> subprocess.Popen[str]:
            arguments = ["tests.store.importer", store_url, title, "1500", str(pause_after)]
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.enter_context(process)
            started.callback(process.kill)
            return process

        yield start


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate("go on\n", timeout=120)
    assert process.returncode == 0, errors


def test_an_import_that_is_killed_leaves_the_store_as_it_was_and_can_be_run_again(
    store_url: str, importer: Importer
) -> None:
    with Store.open(store_url) as store:
        publish(store, make_item(), *make_items(800, title="老套餐"))
        before = store.held_versions()
    killed = importer("新套餐", 1200)
    wait_until_ready(killed)
    killed.kill()
    killed.wait()
    with Store.open(store_url, create=False) as store:
        assert store.held_versions() == before
        assert [v.version for v in store.versions("plan-00000")] == [1]
    finish(importer("新套餐", BEFORE_OPENING))
    with Store.open(store_url, create=False) as store:
        assert [v.item.title for v in store.versions("plan-00000")] == ["老套餐0", "新套餐0"]
        assert len(store.held_versions()) == 1501


def test_a_reader_and_a_dry_run_see_the_store_as_it_was_while_an_import_is_under_way(
    store_url: str, importer: Importer
) -> None:
    with Store.open(store_url) as store:
        publish(store, make_item())
        writing = importer("套餐", 1200)
        wait_until_ready(writing)
        assert [v.key for v in store.held_versions()] == ["broadband-move@1"]
        parts = Parts(make_items(2))
        dry = store.import_knowledge(parts, author="李工", recorded_at=NOW, dry_run=True)
        assert dry.new == ("plan-00000", "plan-00001")
        finish(writing)
        assert len(store.held_versions()) == 1501


def test_two_processes_that_make_the_same_store_at_once_both_import(
    store_url: str, importer: Importer
) -> None:
    processes = [importer(title, BEFORE_OPENING) for title in ("甲", "乙")]
    for process in processes:
        wait_until_ready(process)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go on\n")
        process.stdin.flush()
    for process in processes:
        finish(process)
    with Store.open(store_url, create=False) as store:
        for item_id in ("plan-00000", "plan-01499"):
            versions = store.versions(item_id)
            assert [v.version for v in versions] == [1, 2]
            assert sorted(v.author for v in versions) == ["乙", "甲"]


def test_a_second_import_waits_for_the_first_and_builds_on_it(
    store_url: str, importer: Importer
) -> None:
    first = importer("先", 700)
    wait_until_ready(first)
    second = importer("后", BEFORE_OPENING)
    wait_until_ready(second)
    assert second.stdin is not None
    second.stdin.write("go on\n")
    second.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=2)
    finish(first)
    finish(second)
    with Store.open(store_url, create=False) as store:
        assert [v.author for v in store.versions("plan-01499")] == ["先", "后"]
