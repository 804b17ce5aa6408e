"""What can go wrong between a searcher and its cluster: answered rightly, late, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from indexer.backends.elastic import client, versions
from indexer.backends.elastic.place import ElasticPlace
from indexer.errors import IndexMissing, IndexRefused, IndexUnavailable
from retriever.backends.elastic import ElasticSearcher
from retriever.backends.protocol import Searcher
from retriever.types import Match
from tests.builders import make_filter
from tests.contract.elastic import PATIENT, Aliases, remove_everything
from tests.encoders import HashEncoder
from tests.real.elastic_knowledge import TERMS, TITLES, asked, opened, publish
from tests.real.elastic_proxy import ElasticProxy, Fault, elastic_proxy

pytestmark = pytest.mark.real

SEARCH = r"/_m?search"
Found = tuple[list[Match], list[Match]]


@pytest.fixture(scope="module")
def node(elastic_url: str) -> Iterator[str]:
    """A node on which the knowledge is published behind the alias ``faults``."""
    publish(f"{elastic_url}/faults", *TITLES)
    yield elastic_url
    remove_everything(f"{elastic_url}/faults")


@pytest.fixture(scope="module")
def proxy(node: str) -> Iterator[ElasticProxy]:
    with elastic_proxy(node) as made:
        yield made


@pytest.fixture(scope="module")
def searcher(proxy: ElasticProxy) -> Iterator[Searcher]:
    with closing(opened(f"{proxy.url}/faults")) as made:
        yield made


@pytest.fixture(scope="module")
def right(searcher: Searcher) -> Found:
    """What is found while nothing is wrong."""
    found = asked(searcher)
    assert len(found[0]) > 4
    assert len(found[1]) == 10
    return found


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, times=3),
        Fault(status=503, times=3),
        Fault(page=502, times=3),
        Fault(closes=True, times=2),
        Fault(cuts=True, times=2),
    ],
    ids=repr,
)
def test_a_fault_that_passes_is_not_noticed(
    proxy: ElasticProxy, searcher: Searcher, right: Found, fault: Fault
) -> None:
    with proxy.failing(fault):
        assert asked(searcher) == right
    assert fault.times == 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(status=429), "429"),
        (Fault(status=503), "503"),
        (Fault(page=502), "502"),
        (Fault(closes=True), "连不上"),
        (Fault(cuts=True), "连不上"),
        (Fault(shortens=True), "读不懂"),
    ],
    ids=repr,
)
def test_a_fault_that_lasts_is_told_in_time_and_forgotten_when_it_is_over(
    proxy: ElasticProxy, searcher: Searcher, right: Found, fault: Fault, told: str
) -> None:
    started = time.monotonic()
    with proxy.failing(fault), pytest.raises(IndexUnavailable, match=told):
        asked(searcher)
    assert time.monotonic() - started < 15.0
    assert asked(searcher) == right


def test_a_busy_node_is_asked_again_only_after_pauses(
    proxy: ElasticProxy, searcher: Searcher
) -> None:
    before = len(proxy.asked)
    with proxy.failing(Fault(status=429)), pytest.raises(IndexUnavailable):
        asked(searcher)
    assert len(proxy.asked) - before == 5


def test_a_search_slower_than_the_timeout_is_given_up(proxy: ElasticProxy) -> None:
    with closing(opened(f"{proxy.url}/faults", timeout=4.0)) as searcher:
        started = time.monotonic()
        with (
            proxy.failing(Fault(delay=60.0, matching=SEARCH)),
            pytest.raises(IndexUnavailable, match="ZHIKU_ELASTIC_TIMEOUT"),
        ):
            asked(searcher)
        assert 3.9 < time.monotonic() - started < 12.0


@pytest.mark.parametrize(
    "fault", [Fault(delay=60.0), Fault(closes=True), Fault(status=503)], ids=repr
)
def test_where_one_node_fails_another_answers(node: str, right: Found, fault: Fault) -> None:
    with elastic_proxy(node) as first, elastic_proxy(node) as second:
        url = f"http://{first.address},{second.address}/faults"
        with closing(opened(url, timeout=4.0)) as searcher, first.failing(fault):
            assert [asked(searcher) for _ in range(3)] == [right] * 3


@pytest.mark.parametrize("fault", [Fault(page=200), Fault(page=404), Fault(unnamed=True)], ids=repr)
def test_what_is_not_elasticsearch_is_told_at_opening_and_later(
    proxy: ElasticProxy, searcher: Searcher, right: Found, fault: Fault
) -> None:
    with proxy.failing(fault):
        with pytest.raises(IndexRefused, match=r"不是 Elasticsearch.*ZHIKU_INDEX_URL"):
            opened(f"{proxy.url}/faults")
        with pytest.raises(IndexRefused, match="不是 Elasticsearch"):
            asked(searcher)
    assert asked(searcher) == right


def test_where_nobody_listens_the_address_is_told(node: str, right: Found) -> None:
    with elastic_proxy(node) as gone:
        searcher = opened(f"{gone.url}/faults")
    with closing(searcher):
        for ask in (lambda: asked(searcher), lambda: opened(f"{gone.url}/faults")):
            with pytest.raises(IndexUnavailable, match=rf"{gone.address}.*ZHIKU_INDEX_URL"):
                ask()


def test_a_place_without_a_publication_is_told_from_one_that_is_no_cluster(node: str) -> None:
    with pytest.raises(IndexMissing, match="zhiku index build"):
        opened(f"{node}/nothing-here")


@pytest.fixture
def url(elastic_url: str) -> Iterator[str]:
    """A place where nothing was published yet."""
    aliases = Aliases(elastic_url, "faults-written")
    yield aliases.url()
    aliases.close()


def test_a_writer_waits_for_a_busy_cluster_and_leaves_nothing_out(
    proxy: ElasticProxy, url: str, right: Found
) -> None:
    through = proxy.url + url.removeprefix(f"http://{proxy.node.netloc}")
    busy = Fault(status=429, times=2, matching="_bulk")
    cut = Fault(cuts=True, times=1, matching="_bulk")
    with proxy.failing(busy), proxy.failing(cut):
        publish(through, *TITLES)
    assert busy.times == cut.times == 0
    with closing(opened(through)) as searcher:
        assert asked(searcher) == right


# --- an index that is gone, closed, or without its shards ------------------------------------------


@pytest.fixture
def place(url: str) -> Iterator[ElasticPlace]:
    """Knowledge of its own, to be broken."""
    publish(url, *TITLES)
    with closing(ElasticPlace(url, PATIENT)) as made:
        yield made


def every_way_to_ask(searcher: Searcher) -> dict[str, Callable[[], object]]:
    """All that a searcher of a cluster does not know by heart."""
    vector = HashEncoder().encode_queries(["流量"])[0]
    wanted = make_filter()
    ids = [match.passage_id for match in asked(searcher)[1]]
    return {
        "lexical": lambda: searcher.lexical(TERMS, wanted, 5),
        "semantic": lambda: searcher.semantic(vector, wanted, 5),
        "both": lambda: asked(searcher),
        "term_weights": lambda: searcher.term_weights(["宽带"]),
        "fetch": lambda: searcher.fetch(ids),
        "items": lambda: searcher.items(["i-0"], wanted),
        "family": lambda: searcher.family(["i-1"], wanted),
    }


def test_an_index_that_is_deleted_under_a_searcher_is_missing_and_never_empty(
    place: ElasticPlace,
) -> None:
    with closing(ElasticSearcher(place, place.require_current())) as searcher:
        ways = every_way_to_ask(searcher)
        place.versions.delete(place.versions.published())
        for name, way in ways.items():
            with pytest.raises(IndexMissing, match="zhiku index build"):
                pytest.fail(f"{name}: {way()}")


def test_an_index_without_its_shards_is_unavailable_and_never_empty(
    place: ElasticPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_SECONDS_FOR_SHARDS", 1)
    monkeypatch.setattr(client, "_PAUSES", (0.01,))  # it does not pass, and is asked in many ways
    nowhere = {"number_of_replicas": 0, "routing.allocation.require._name": "no-such-node"}
    ask = place.cluster.ask
    with closing(ElasticSearcher(place, place.require_current())) as searcher:
        ways = every_way_to_ask(searcher)
        passages = place.versions.passage_indices(searcher.manifest)
        released = [name for name in searcher.manifest.files if name not in passages]
        meta = ask(lambda asked_of: asked_of.indices.get_mapping(index=released))[released[0]]
        for name in searcher.manifest.files:
            place.versions.delete([name])
            ask(
                lambda asked_of, index=name: asked_of.indices.create(  # type: ignore[misc]
                    index=index,
                    settings=nowhere,
                    mappings=meta["mappings"] if index in released else {},
                    wait_for_active_shards=0,
                )
            )
        with pytest.raises(IndexUnavailable, match="red"):
            ElasticSearcher(place, searcher.manifest.version)
        for name, way in ways.items():
            with pytest.raises(IndexUnavailable):
                pytest.fail(f"{name}: {way()}")


def test_a_closed_index_is_unavailable(place: ElasticPlace) -> None:
    ask = place.cluster.ask
    with closing(ElasticSearcher(place, place.require_current())) as searcher:
        names = ",".join(place.versions.published())
        ask(lambda client: client.indices.close(index=names))
        with pytest.raises(IndexUnavailable, match="关闭"):
            asked(searcher)
        with pytest.raises(IndexUnavailable, match="关闭"):
            ElasticSearcher(place, searcher.manifest.version)
        ask(lambda client: client.indices.open(index=names))
