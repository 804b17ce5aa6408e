"""A served index on a cluster: publications are followed, and outages end by themselves."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx
import pytest

from api.app import create_app
from api.settings import ApiSettings
from indexer.errors import IndexUnavailable
from indexer.location import ClusterSettings, IndexAt
from retriever.opening import LiveKnowledgeBase
from tests.builders import TODAY, make_filter
from tests.contract.elastic import Aliases
from tests.encoders import HashEncoder
from tests.real.elastic_knowledge import TITLES, publish
from tests.real.elastic_proxy import ElasticProxy, Fault, elastic_proxy

pytestmark = pytest.mark.real

ASKERS: Final = 3
_days = itertools.count(2)


@pytest.fixture(scope="module")
def proxy(elastic_url: str) -> Iterator[ElasticProxy]:
    with elastic_proxy(elastic_url) as made:
        yield made


@pytest.fixture(scope="module")
def written(elastic_url: str) -> Iterator[str]:
    """Where a build writes, on its own way to the node."""
    aliases = Aliases(elastic_url, "live")
    yield aliases.url()
    aliases.close()


@pytest.fixture(scope="module")
def live(
    proxy: ElasticProxy, written: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveKnowledgeBase]:
    """Serves what is published there, through the proxy."""
    publish(written, *TITLES)
    read = proxy.url + written.removeprefix(f"http://{proxy.node.netloc}")
    made = LiveKnowledgeBase(
        IndexAt(read, ClusterSettings(timeout=30.0)),
        models=tmp_path_factory.mktemp("models"),
        today=lambda: TODAY,
        look_every=0.1,
        encoder=HashEncoder(),
    )
    made.start()
    yield made
    made.close()


@pytest.fixture
def publish_pack(written: str) -> Callable[[str], str]:
    """Publishes the knowledge with another name for its first item, each time on a later day."""
    return lambda title: publish(written, title, *TITLES[1:], day=next(_days))


def titles(live: LiveKnowledgeBase, question: str = "流量月包") -> list[str]:
    with live.current() as base:
        return [hit.held.item.title for hit in base.search(question, make_filter()).hits]


def wait_until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def get(live: LiveKnowledgeBase, path: str) -> httpx.Response:
    """What the API over the knowledge answers."""
    app = create_app(live, ApiSettings(), lambda: TODAY)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(status=429), "index_unavailable"),
        (Fault(closes=True), "index_unavailable"),
        (Fault(shortens=True), "index_unavailable"),
        (Fault(page=200), "index_refused"),
    ],
    ids=repr,
)
def test_a_fault_is_a_problem_and_no_empty_list_and_the_next_question_is_answered(
    live: LiveKnowledgeBase, proxy: ElasticProxy, fault: Fault, code: str
) -> None:
    path = "/v1/search?q=宽带移机"
    before = get(live, path).json()["hits"]
    assert before[0]["title"] == "宽带移机"
    with proxy.failing(fault):
        answered = get(live, path)
    assert answered.status_code == 503
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json()["code"] == code
    assert "hits" not in answered.json()
    assert "请" in answered.json()["detail"]
    assert get(live, path).json()["hits"] == before


def test_publications_are_followed_while_questions_are_asked_and_none_fails(
    live: LiveKnowledgeBase, publish_pack: Callable[[str], str]
) -> None:
    done = threading.Event()
    first = titles(live)[0]

    def keep_asking(number: int) -> list[str]:
        found: list[str] = []
        while not done.is_set():
            found.append(titles(live, ("流量月包", "流量月包多少钱")[number % 2])[0])
        return found

    with ThreadPoolExecutor(ASKERS) as pool:
        asking = [pool.submit(keep_asking, number) for number in range(ASKERS)]
        try:
            for title in ("流量月包甲", "流量月包乙"):
                version = publish_pack(title)
                wait_until(lambda expected=version: live.version == expected)  # type: ignore[misc]
        finally:
            done.set()
        found = [title for asked in asking for title in asked.result()]
    assert len(found) > 3 * ASKERS
    assert set(found) <= {first, "流量月包甲", "流量月包乙"}
    assert titles(live)[0] == "流量月包乙"
    assert live.problem is None


def test_an_outage_is_told_and_what_was_published_meanwhile_is_followed_when_it_is_over(
    live: LiveKnowledgeBase, proxy: ElasticProxy, publish_pack: Callable[[str], str]
) -> None:
    before = live.version
    with proxy.failing(Fault(closes=True)):
        proxy.hang_up()
        wait_until(lambda: live.problem is not None)
        with pytest.raises(IndexUnavailable):
            titles(live)
        version = publish_pack("流量月包丙")
        assert "连不上" in (live.problem or "")
        assert live.version == before
    wait_until(lambda: live.version == version)
    assert titles(live)[0] == "流量月包丙"
    assert live.problem is None


def test_an_outage_while_a_new_version_is_opened_does_not_keep_it_from_being_served(
    live: LiveKnowledgeBase, proxy: ElasticProxy, publish_pack: Callable[[str], str]
) -> None:
    before = live.version
    with proxy.failing(Fault(closes=True, matching="_mget")):
        version = publish_pack("流量月包丁")
        wait_until(lambda: live.problem is not None)
        assert live.version == before
        assert titles(live, "宽带移机怎么收费")[0] == "宽带移机"  # the version before still serves
    wait_until(lambda: live.version == version, seconds=15.0)
    assert titles(live)[0] == "流量月包丁"
