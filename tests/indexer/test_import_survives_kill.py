"""An import that is killed at any moment leaves what was published; the next one completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import zhiku
from corpora.store import Store
from tests.cli.commands import Place
from tests.conftest import REPOSITORY
from tests.corpora.sheets.books import HEADINGS, ONE, book

ROWS = 2_500  # more than are checked together


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    book(tmp_path / "before.xlsx", {"条目": [HEADINGS, ONE]})
    assert made.zhiku("corpus", "import", "before.xlsx", "--publish").status == 0
    lines = [",".join(HEADINGS), "biz-a,流量月包,业务知识库,流量月包每月12元。"]
    lines += [f"row-{n},第{n}号业务,业务知识库,第{n}号业务的说明。" for n in range(ROWS - 1)]
    made.write("rows.csv", "\n".join(lines))
    return made


def killed_at(place: Place, step: str, count: int) -> None:
    """An import that is killed when ``step`` has done ``count`` items."""
    url = f"sqlite:///{place.store}"
    arguments = [url, str(place.root / "rows.csv"), step, str(count)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.indexer.doomed_import", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def killed_after(place: Place, seconds: float) -> None:
    """The command itself, killed from outside after some time, unless it is done before."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ZHIKU_")}
    with subprocess.Popen(
        [sys.executable, str(Path(zhiku.__file__)), "corpus", "import", "rows.csv", "--publish"],
        cwd=place.root,
        env={**own, "ZHIKU_STORE_URL": f"sqlite:///{place.store}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()


def published(place: Place) -> dict[str, str]:
    with Store.open(f"sqlite:///{place.store}") as store:
        return {one.item.id: one.item.facets[0].official for one in store.held_versions()}


@pytest.mark.slow
def test_a_killed_import_changes_nothing_and_the_next_one_completes_it(place: Place) -> None:
    before = published(place)
    for step, count in [("读取条目", 1_500), ("检查", 1_500), ("写入", 500), ("写入", 2_000)]:
        killed_at(place, step, count)
        assert published(place) == before
    killed_after(place, random.Random(7).uniform(1.0, 4.0))
    half_way = published(place)
    assert half_way == before or len(half_way) == ROWS
    report = place.zhiku("corpus", "import", "rows.csv", "--publish", "--json").json
    assert (report["new"], report["changed"]) in [(ROWS - 1, 1), (0, 0)]
    after = published(place)
    assert len(after) == ROWS
    assert after["biz-a"] == "流量月包每月12元。"
