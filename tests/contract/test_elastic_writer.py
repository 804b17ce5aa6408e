"""The writer on Elasticsearch against the contract of writers, and what only a cluster can suffer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace

import numpy as np
import pytest

from corpora.types import SaleStatus, SubLibrary
from indexer.backends.elastic import lease
from indexer.backends.elastic import writer as writing
from indexer.backends.elastic.lease import WriterLease
from indexer.backends.elastic.place import ElasticPlace
from indexer.backends.elastic.writer import ElasticWriter
from indexer.errors import IndexBusy, IndexDamaged, IndexingError, IndexMismatch
from retriever.backends.elastic import ElasticSearcher
from tests.builders import make_content, make_filter, make_item, make_release
from tests.contract.elastic import PATIENT, Aliases, remove_everything
from tests.contract.holding import holding
from tests.contract.writer_contract import Opened, WriterContract, content_of, titles_in

pytestmark = pytest.mark.real

HOLD = """
from indexer.backends.elastic.lease import WriterLease
from indexer.backends.elastic.place import ElasticPlace
from indexer.location import ClusterSettings
with WriterLease(ElasticPlace(place, ClusterSettings(timeout=60.0)).cluster):"""


@pytest.fixture
def url(elastic_url: str) -> Iterator[str]:
    """An alias where nothing was published yet."""
    aliases = Aliases(elastic_url, "written")
    yield aliases.url()
    aliases.close()


@pytest.fixture
def place(url: str) -> Iterator[ElasticPlace]:
    opened = ElasticPlace(url, PATIENT)
    yield opened
    opened.close()


class TestElasticWriter(WriterContract):
    @pytest.fixture
    def writer(self, place: ElasticPlace) -> ElasticWriter:
        return place.writer()

    @pytest.fixture
    def opened(self, place: ElasticPlace) -> Opened:
        return lambda: ElasticSearcher(place, place.require_current())

    @pytest.fixture
    def busy(self, url: str) -> Callable[[], AbstractContextManager[object]]:
        return lambda: holding(HOLD, url)


def published(place: ElasticPlace, day: int, *titles: tuple[SubLibrary, str]) -> list[str]:
    """Publishes one item a title; returns the version's indices."""
    items = (make_item(f"i-{n}", title, library) for n, (library, title) in enumerate(titles))
    content = make_content(make_release(*items), created_at=f"2026-03-{day:02d}T09:30:00")
    writer = place.writer()
    return list(writer.publish(writer.stage(content)).files)


def of(indices: list[str], kind: str) -> str:
    return next(name for name in indices if name.endswith(f"-{kind}"))


def opened_at(place: ElasticPlace) -> ElasticSearcher:
    return ElasticSearcher(place, place.require_current())


def test_an_unchanged_library_keeps_its_index_and_a_changed_one_gets_another(
    place: ElasticPlace,
) -> None:
    business, tips = (SubLibrary.BUSINESS, "流量包"), (SubLibrary.TIPS, "提醒")
    first = published(place, 1, business, tips)
    second = published(place, 2, business, (SubLibrary.TIPS, "新的提醒"))
    assert of(first, "business") == of(second, "business")
    assert of(first, "tips") != of(second, "tips")
    assert place.versions.published() == sorted(second)
    assert titles_in(opened_at(place)) == ["流量包", "新的提醒"]
    # the first version is still whole, and goes when it is old without taking what is in use
    for day in (3, 4):
        third = published(place, day, business, (SubLibrary.TIPS, f"提醒{day}"))
    assert of(first, "tips") not in place.versions.all_indices()
    assert of(third, "business") == of(first, "business")
    found = opened_at(place).lexical(["流量"], make_filter(), 5)
    assert found


def test_a_library_that_only_changed_its_days_gets_another_index(place: ElasticPlace) -> None:
    item = make_item("i", "流量包")
    writer = place.writer()
    content = make_content(make_release(item), created_at="2026-03-01T00:00:00")
    first = writer.publish(writer.stage(content))
    release = make_release(replace(item, sale_status=SaleStatus.GRANDFATHERED))
    later = make_content(release, created_at="2026-03-02T00:00:00")
    second = writer.publish(writer.stage(later))
    assert of(list(first.files), "business") != of(list(second.files), "business")


def test_lost_documents_are_found_at_opening_and_mended_by_a_build(place: ElasticPlace) -> None:
    tips = (SubLibrary.TIPS, "提醒")
    names = published(place, 1, (SubLibrary.BUSINESS, "流量包"), tips)
    lost = of(names, "tips")
    place.cluster.ask(
        lambda client: client.indices.put_settings(index=lost, settings={"blocks.write": False})
    )
    found = place.cluster.search([lost], {"size": 1, "query": {"match_all": {}}})
    gone = found["hits"]["hits"][0]["_id"]
    place.cluster.ask(lambda client: client.delete(index=lost, id=gone, refresh=True))
    with pytest.raises(IndexDamaged, match=lost):
        opened_at(place)
    published(place, 1, (SubLibrary.BUSINESS, "流量包"), tips)
    assert titles_in(opened_at(place)) == ["流量包", "提醒"]


def test_a_lost_index_is_named(place: ElasticPlace) -> None:
    names = published(place, 1, (SubLibrary.TIPS, "提醒"))
    place.versions.delete([of(names, "tips")])
    with pytest.raises(IndexDamaged, match=of(names, "tips")):
        opened_at(place)


def test_a_version_of_another_schema_is_told_apart_from_a_damaged_one(place: ElasticPlace) -> None:
    published(place, 1, (SubLibrary.TIPS, "提醒"))
    version = place.require_current()
    place.versions.complete(version, replace(place.manifest(version), schema=99))
    with pytest.raises(IndexMismatch, match="zhiku index build"):
        opened_at(place)


def test_what_a_killed_writer_left_is_cleaned_up(
    place: ElasticPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published(place, 1, (SubLibrary.TIPS, "提醒"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(writing.Versions, "complete", killed)
        with pytest.raises(KeyboardInterrupt):
            place.writer().stage(content_of("半个版本", day=2))
    assert len(place.versions.all_indices()) > len(first)
    assert titles_in(opened_at(place)) == ["提醒"]
    second = published(place, 3, (SubLibrary.TIPS, "另一个"))
    assert place.versions.all_indices() == sorted({*first, *second})


def test_old_versions_are_pruned_but_never_the_current_one(place: ElasticPlace) -> None:
    writer = place.writer()
    current = writer.stage(content_of("甲"))
    writer.publish(current)
    for day in range(2, 6):
        writer.stage(content_of("甲", day=day))
    assert current in place.versions.whole()
    assert len(place.versions.whole()) <= 4
    assert titles_in(opened_at(place)) == ["甲"]


def test_indices_of_others_are_never_touched(place: ElasticPlace, elastic_url: str) -> None:
    alias = place.cluster.alias
    names = [f"{alias}-notes", f"{alias}-20260301t093000-0123456789-orders", f"{alias}x-tips"]
    other = ElasticPlace(f"{elastic_url}/{alias}-halls", PATIENT)
    for name in names:
        place.cluster.create_if_missing(name, {}, {})
    halls = published(other, 1, (SubLibrary.TIPS, "营业厅"))
    for day in range(1, 5):
        published(place, day, (SubLibrary.TIPS, f"提醒{day}"))
    place.writer().discard("20260301T093000-0123456789")
    held = place.cluster.ask(lambda client: client.indices.get(index=f"{alias}*")).body
    assert {*names, *halls} <= set(held)
    assert titles_in(opened_at(other)) == ["营业厅"]
    remove_everything(f"{elastic_url}/{alias}-halls")
    other.close()
    place.versions.delete(names)


def test_the_lease_of_a_killed_writer_runs_out(
    place: ElasticPlace, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with holding(HOLD, url) as process:
        process.kill()
    with pytest.raises(IndexBusy, match="秒后可以再建"):
        place.writer().stage(content_of("甲"))
    later = lease.time.time() + lease.LEASE + 1
    monkeypatch.setattr(lease.time, "time", lambda: later)
    assert place.writer().stage(content_of("甲"))


def test_a_writer_that_lost_its_lease_publishes_nothing(
    place: ElasticPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = place.writer()
    version = writer.stage(content_of("甲"))
    before, others = writing.Versions.check, ExitStack()

    def slowly(self: writing.Versions, manifest: writing.Manifest) -> None:
        # meanwhile another writer finds the lease run out and takes it
        later = lease.time.time() + lease.LEASE + 1
        with monkeypatch.context() as patch:
            patch.setattr(lease.time, "time", lambda: later)
            others.enter_context(WriterLease(place.cluster))
        before(self, manifest)

    monkeypatch.setattr(writing.Versions, "check", slowly)
    with others, pytest.raises(IndexBusy, match="接管"):
        writer.publish(version)
    assert place.current() is None


def test_a_document_that_is_refused_is_named_and_nothing_is_published(place: ElasticPlace) -> None:
    content = content_of("甲", "乙")
    broken = content.vectors.copy()
    broken[0, 0] = np.nan
    with pytest.raises(IndexingError, match=r"没有收下 1 个文档.*"):
        place.writer().stage(replace(content, vectors=broken))
    assert place.current() is None
    assert place.versions.whole() == {}


def test_an_index_in_the_alias_s_place_is_told(place: ElasticPlace) -> None:
    alias = place.cluster.alias
    place.cluster.create_if_missing(alias, {}, {})
    writer = place.writer()
    version = writer.stage(content_of("甲"))
    with pytest.raises(IndexingError, match=alias):
        writer.publish(version)
    place.versions.delete([alias])
