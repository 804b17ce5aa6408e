"""The trials of ``test_elastic_load`` for minutes; ``--junitxml=FILE`` writes their figures."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch

from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.elastic.writer import ElasticWriter
from tests.builders import make_content, make_mixed_release
from tests.contract.elastic import Aliases
from tests.real.elastic_node import Cluster
from tests.real.load import BUSY_MACHINE
from tests.real.trials import generated, killed_nodes, killed_writers, swapped_small_versions

pytestmark = [pytest.mark.real, pytest.mark.soak, pytest.mark.timeout(3600)]


@pytest.fixture
def url(elastic_url: str) -> Iterator[str]:
    """An alias where nothing was published yet."""
    aliases = Aliases(elastic_url, "soaked")
    yield aliases.url()
    aliases.close()


@pytest.mark.usefixtures("elastic_url")
def test_nodes_killed_in_turns_cost_no_caller_an_answer_and_no_passage_is_lost(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    cluster = Cluster(tmp_path, 3)
    try:
        cluster.start()
        record_testsuite_property("killed nodes", killed_nodes(cluster, *generated(300), rounds=6))
    finally:
        cluster.stop()


def test_forty_versions_that_follow_each_other_cost_no_caller_an_answer(
    url: str, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    record_testsuite_property("publications", swapped_small_versions(url, tmp_path, versions=40))


def test_thirty_writers_killed_at_work_leave_what_serves_and_the_next_build_alone(
    url: str, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    record_testsuite_property("killed writers", killed_writers(url, tmp_path, kills=30))


def test_what_only_absent_copies_would_read_is_gone_from_a_finished_index(url: str) -> None:
    place = ElasticPlace(url, BUSY_MACHINE)
    content = make_content(make_mixed_release(100))
    version = ElasticWriter(place.cluster, trim_from=100).stage(content)
    for name in place.versions.passage_indices(place.manifest(version)):
        asked = f"{url.rpartition('/')[0]}/{name}/_disk_usage?run_expensive_tasks=true"
        with urllib.request.urlopen(urllib.request.Request(asked, method="POST")) as answer:
            used = orjson.loads(answer.read())[name]["fields"]
        large = sum(p.sub_library.value == name.rpartition("-")[2] for p in content.passages) >= 100
        assert (used["_recovery_source"]["total_in_bytes"] == 0) is large
        found = place.cluster.ask(partial(_settings_of, name))[name]["settings"]
        assert "index.soft_deletes.retention_lease.period" not in found
    place.close()


def _settings_of(name: str, client: Elasticsearch) -> Any:
    return client.indices.get_settings(index=name, flat_settings=True)
