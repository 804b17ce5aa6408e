"""What callers notice while nodes and writers are killed and versions follow each other: nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.elastic import Aliases
from tests.real.elastic_node import Cluster
from tests.real.trials import generated, killed_nodes, killed_writers, swapped_small_versions

pytestmark = pytest.mark.real


@pytest.fixture
def url(elastic_url: str) -> Iterator[str]:
    """An alias where nothing was published yet."""
    aliases = Aliases(elastic_url, "loaded")
    yield aliases.url()
    aliases.close()


# ``elastic_url`` first: it skips where no real node can be had
@pytest.mark.usefixtures("elastic_url")
def test_a_killed_node_costs_no_caller_an_answer_and_no_passage_is_lost(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    cluster = Cluster(tmp_path, 3, heap="256m", quick=True)
    try:
        cluster.start()
        record_testsuite_property("killed nodes", killed_nodes(cluster, *generated(12), rounds=1))
    finally:
        cluster.stop()


def test_versions_that_follow_each_other_cost_no_caller_an_answer(
    url: str, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    record_testsuite_property("publications", swapped_small_versions(url, tmp_path, versions=4))


def test_writers_killed_at_work_leave_what_serves_and_the_next_build_alone(
    url: str, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    record_testsuite_property("killed writers", killed_writers(url, tmp_path, kills=3))
