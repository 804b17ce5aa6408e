"""A snapshot keeps what is published: the steps of docs/elasticsearch.md, taken on a real node."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from elasticsearch import Elasticsearch

from corpora.types import SubLibrary
from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.protocol import StagedContent
from indexer.errors import IndexMissing
from retriever.backends.elastic import ElasticSearcher
from tests.builders import (
    make_content,
    make_filter,
    make_item,
    make_projection,
    make_release,
    make_tokens,
)
from tests.contract.elastic import PATIENT
from tests.encoders import HashEncoder
from tests.real.elastic_home import PartMissing
from tests.real.elastic_node import Node, running_node

pytestmark = pytest.mark.real

REPOSITORY: Final = "zhiku-backup"
TITLES: Final = ("流量月包10元档", "宽带移机", "亲情网", "彩铃", "国际漫游", "副卡", "携号转网")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of its own: only the node that keeps snapshots needs ``path.repo``, and one that is
    given (``ZHIKU_TEST_ELASTICSEARCH``) may have none.
    """
    try:
        with running_node(tmp_path_factory.mktemp("kept"), quick=True) as running:
            yield running
    except PartMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture
def client(node: Node) -> Iterator[Elasticsearch]:
    """An administrator's client: snapshots are no work of the product."""
    with Elasticsearch(node.url, request_timeout=60) as opened:
        opened.snapshot.create_repository(
            name=REPOSITORY,
            repository={"type": "fs", "settings": {"location": str(node.repository)}},
        )
        yield opened


@pytest.fixture
def place(node: Node, client: Elasticsearch) -> Iterator[ElasticPlace]:
    opened = ElasticPlace(f"{node.url}/kept", PATIENT)
    yield opened
    opened.close()
    delete_everything(client)


def delete_everything(client: Elasticsearch) -> None:
    # by full names: Elasticsearch refuses to delete by wildcard unless it is told otherwise
    for name in client.indices.get(index="kept-*,keptanew-*", allow_no_indices=True).body:
        client.indices.delete(index=name)


def content_of(*titles: str, day: int = 1) -> StagedContent:
    libraries = list(SubLibrary)[:3]
    items = (
        make_item(f"i-{n}", title, libraries[n % len(libraries)]) for n, title in enumerate(titles)
    )
    content = make_content(make_release(*items), created_at=f"2026-03-{day:02d}T09:30:00")
    tokens = make_tokens(len(content.passages))
    return replace(content, token_vectors=tokens, projection=make_projection())


def published(place: ElasticPlace, content: StagedContent) -> str:
    writer = place.writer()
    return writer.publish(writer.stage(content)).version


def said(place: ElasticPlace) -> list[object]:
    """Everything that a version answers, from every kind of data in it."""
    searcher = ElasticSearcher(place, place.require_current())
    everything = make_filter()
    question = HashEncoder().encode_queries(["宽带移机怎么办"])[0]
    words = searcher.lexical(["宽带", "移机", "流量"], everything, 50)
    meaning = searcher.semantic(question, everything, 50)
    ids = sorted({match.passage_id for match in [*words, *meaning]})
    assert words
    assert meaning
    assert searcher.projection is not None
    tokens = searcher.token_vectors(ids)
    return [
        searcher.manifest,
        words,
        meaning,
        searcher.fetch(ids),
        {key: (value.shape, value.tobytes()) for key, value in sorted(tokens.items())},
        searcher.items([f"i-{n}" for n in range(len(TITLES))], everything),
        list(searcher.suggestions()),
        searcher.projection.matrix.tobytes(),
        searcher.term_weights(["宽带", "没有这个词"]),
    ]


def snapshot(client: Elasticsearch, name: str, alias: str) -> None:
    """The published version and its alias: what the alias stands for now, and nothing half made."""
    made = client.snapshot.create(
        repository=REPOSITORY,
        snapshot=name,
        indices=",".join(client.indices.get_alias(name=alias).body),
        include_global_state=False,
        partial=False,
        wait_for_completion=True,
    )
    assert made["snapshot"]["state"] == "SUCCESS"


def restore(client: Elasticsearch, name: str) -> None:
    done = client.snapshot.restore(
        repository=REPOSITORY,
        snapshot=name,
        include_global_state=False,
        include_aliases=True,
        wait_for_completion=True,
    )
    assert done["snapshot"]["shards"]["failed"] == 0


def test_what_was_published_is_restored_from_a_snapshot_and_answers_as_before(
    place: ElasticPlace, client: Elasticsearch
) -> None:
    version = published(place, content_of(*TITLES))
    before = said(place)
    snapshot(client, "everything", "kept")
    delete_everything(client)
    assert place.current() is None
    with pytest.raises(IndexMissing, match="zhiku index build"):
        place.require_current()

    restore(client, "everything")
    assert place.versions.current() == version
    assert said(place) == before


def test_after_a_restore_the_next_build_goes_on_from_there(
    place: ElasticPlace, client: Elasticsearch
) -> None:
    published(place, content_of(*TITLES))
    held = place.versions.published()
    snapshot(client, "to-go-on", "kept")
    delete_everything(client)
    restore(client, "to-go-on")
    assert place.versions.published() == held

    # one item more in one sub-library: the others keep the indices that were restored
    second = published(place, content_of(*TITLES, "手机保险", day=2))
    assert place.current() == second
    kept = set(held) & set(place.versions.published())
    assert sorted(name.rsplit("-", 1)[1] for name in kept) == ["business", "tips"]


def test_a_restore_over_a_damaged_index_needs_that_index_gone_first(
    place: ElasticPlace, client: Elasticsearch
) -> None:
    published(place, content_of(*TITLES))
    before = said(place)
    snapshot(client, "over", "kept")
    lost = next(name for name in place.versions.published() if name.endswith("-business"))
    # readers see a version whole or not at all, so the index goes and comes back under its own name
    place.versions.delete([lost])
    client.snapshot.restore(
        repository=REPOSITORY,
        snapshot="over",
        indices=lost,
        include_global_state=False,
        wait_for_completion=True,
    )
    assert said(place) == before


def test_a_snapshot_taken_under_one_alias_serves_no_other(
    node: Node, place: ElasticPlace, client: Elasticsearch
) -> None:
    published(place, content_of(*TITLES))
    snapshot(client, "renamed", "kept")
    client.snapshot.restore(
        repository=REPOSITORY,
        snapshot="renamed",
        include_global_state=False,
        include_aliases=False,
        rename_pattern="^kept-(.*)$",
        rename_replacement="keptanew-$1",
        wait_for_completion=True,
    )
    elsewhere = ElasticPlace(f"{node.url}/keptanew", PATIENT)
    # the manifest names its indices in full: a copy under other names is no version
    assert elsewhere.current() is None
    elsewhere.close()
