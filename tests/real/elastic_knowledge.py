"""A little knowledge on a cluster, published by title, and ways in through a proxy."""

from __future__ import annotations

from contextlib import closing
from typing import Final

from indexer.backends.elastic.place import ElasticPlace
from indexer.location import ClusterSettings, IndexAt
from retriever.backends.opened import open_searcher
from retriever.backends.protocol import Searcher
from retriever.types import Match
from tests.builders import make_content, make_filter, make_item, make_release
from tests.contract.elastic import PATIENT
from tests.encoders import HashEncoder

TITLES: Final = ("流量月包", "宽带移机", "亲情网", "国际漫游")
TERMS: Final = ("流量", "宽带", "漫游")


def publish(url: str, *titles: str, day: int = 1, access: ClusterSettings = PATIENT) -> str:
    """Publishes an item for each title; returns the version's name."""
    items = (make_item(f"i-{n}", title) for n, title in enumerate(titles))
    content = make_content(make_release(*items), created_at=f"2026-03-{day:02d}T09:30:00")
    with closing(ElasticPlace(url, access)) as place:
        writer = place.writer()
        return writer.publish(writer.stage(content)).version


def opened(url: str, *, timeout: float = PATIENT.timeout) -> Searcher:
    """The published version."""
    return open_searcher(IndexAt(url, ClusterSettings(timeout=timeout)))


def asked(searcher: Searcher) -> tuple[list[Match], list[Match]]:
    """What words and meaning find: one request to the cluster, once vectors are known."""
    vector = HashEncoder().encode_queries(["流量月包怎么办理"])[0]
    return searcher.both(TERMS, lambda: vector, make_filter(), 10)
