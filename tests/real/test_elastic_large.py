"""200,000 items on three nodes: one is killed under load, and versions follow each other under load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.backends.elastic.place import ElasticPlace
from tests.real.elastic_node import Cluster
from tests.real.large import WORD, Large
from tests.real.load import BUSY_MACHINE, live_at
from tests.real.trials import killed_nodes, swapped_versions

pytestmark = [pytest.mark.real, pytest.mark.soak, pytest.mark.timeout(3 * 3600)]


@pytest.fixture(scope="module")
def large() -> Large:
    return Large()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("large"), 3, heap="2g")
    made.start()
    yield made
    made.stop()


@pytest.mark.usefixtures("elastic_url")  # it skips where no real node can be had
def test_a_killed_node_of_200_000_items_costs_no_caller_an_answer_and_no_passage_is_lost(
    cluster: Cluster, large: Large, record_testsuite_property: Callable[[str, object], None]
) -> None:
    figures = killed_nodes(cluster, large.at(0), large.questions, rounds=3)
    record_testsuite_property("killed nodes of 200,000 items", figures)


def test_versions_of_200_000_items_cost_no_caller_an_answer(
    cluster: Cluster,
    large: Large,
    tmp_path: Path,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    # the same alias: what did not change since the test before is taken over, not built again
    url = f"{cluster.url}/killed"
    place = ElasticPlace(url, BUSY_MACHINE)
    live = live_at(url, tmp_path, large.encoder)
    figures = swapped_versions(place, live, map(large.at, range(3)), WORD)
    place.close()
    record_testsuite_property("publications of 200,000 items", figures)
