"""A running service, measured from outside: the same figures as from inside, and clear troubles."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corpora.types import Audience, FacetKind, Region, SubLibrary
from eval.errors import SystemBroken, SystemDown
from eval.faqset import Expectation, FaqSet, Question, QuestionFilter
from eval.run import run_faqset
from eval.systems.index import IndexOpener
from eval.systems.protocol import Asked
from eval.systems.service import ServiceOpener
from indexer.encoders.protocol import Encoder
from retriever.answer import Outcome
from retriever.filters import Filter
from tests.api.knowledge import publish
from tests.api.serving import MODELS, Server, real_encoder, running, small_index
from tests.builders import make_item
from tests.eval.systems.compared import figures
from tests.eval.systems.scripted import QUICK, Given, Request, in_turn, problem, scripted

DAY = dt.date(2026, 3, 1)
PRICE = Expectation(Outcome.ANSWERED, ("pack-day5",), FacetKind.PRICE, ("5元",))
QUESTIONS = (
    Question("price", "日包多少钱", PRICE),
    Question("open", "日包怎么开", Expectation(Outcome.ANSWERED, ("pack-day5",), FacetKind.OPEN)),
    Question("ten", "10元1GB流量月包多少钱", Expectation(Outcome.ANSWERED, ("pack-month10",))),
    Question("which", "流量月包多少钱", Expectation(Outcome.CLARIFY, clarify=("pack-month10",))),
    Question("fraud", "我被骗了怎么办", Expectation(Outcome.HANDOVER, handover="反诈专席 FZZX")),
    Question("none", "火星上有信号吗", Expectation(Outcome.UNKNOWN)),
    Question("long", "问" * 501, PRICE),
    Question("very-long", "问" * 40_000, PRICE),
    Question("odd", "日包 & ?#%+/ 多少钱", PRICE),
    Question(
        "hall",
        "云都市营业时间",
        Expectation(Outcome.ANSWERED, ("hall-yundu",)),
        filters=QuestionFilter(region="云都市"),
    ),
    Question(
        "tips",
        "日包能退吗",
        Expectation(Outcome.ANSWERED, ("tip-no-refund",)),
        filters=QuestionFilter((SubLibrary.TIPS, SubLibrary.CASES), audience=Audience.CUSTOMER),
    ),
)
FAQ_SET = FaqSet("小题集", DAY, "zh", QUESTIONS, file="f.jsonl")
ASKED = Asked("日包多少钱", Filter(DAY), 10)


@pytest.fixture(scope="module")
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return real_encoder(request)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("service")
    with running(small_index(root / "index", encoder), log=root / "serve.log") as started:
        yield started


@pytest.mark.real
def test_a_service_gives_the_verdicts_of_the_index_that_it_serves(server: Server) -> None:
    outside, inside = ServiceOpener(server.url), IndexOpener(f"file:{server.index}", MODELS)
    service, index = outside.open(), inside.open()
    try:
        asked_outside = run_faqset(FAQ_SET, service, opener=outside, workers=3)
        asked_inside = run_faqset(FAQ_SET, index)
    finally:
        service.close()
        index.close()

    assert figures(asked_outside) == figures(asked_inside)
    refused = {
        verdict.question.id for verdict in asked_outside.verdicts if verdict.outcome == "error"
    }
    assert refused == {"long", "very-long"}
    assert all(v.search_ms > 0.0 and v.answer_ms > 0.0 for v in asked_outside.verdicts[:6])


@pytest.mark.real
def test_a_service_is_described_like_its_index_and_the_same_at_every_opening(
    server: Server,
) -> None:
    index = IndexOpener(f"file:{server.index}", MODELS).open()
    service, again = ServiceOpener(server.url).open(), ServiceOpener(f"{server.url}/").open()
    try:
        about = service.describe()
        assert about["index"] == index.describe()["index"]
        assert about["constants"] == index.describe()["constants"]
        assert about == again.describe()
        assert (about["kind"], about["url"]) == ("service", server.url)
        assert service.regions == index.regions
    finally:
        for system in (index, service, again):
            system.close()


@pytest.mark.real
def test_items_are_read_as_internal_readers_see_them_and_none_where_there_is_none(
    server: Server,
) -> None:
    index = IndexOpener(f"file:{server.index}", MODELS).open()
    service = ServiceOpener(server.url).open()
    confined = Filter(DAY, Audience.CUSTOMER, frozenset({SubLibrary.TIPS}))
    elsewhere = Filter(DAY, region=Region("yj/other"))
    try:
        assert service.item("pack-day5", confined) == index.item("pack-day5", confined)
        assert service.item("no-such", confined) is None
        assert service.item("a/b c?d", confined) is None
        with pytest.raises(SystemBroken, match="没有地区"):
            service.item("pack-day5", elsewhere)
    finally:
        index.close()
        service.close()


@pytest.mark.real
def test_a_missing_or_wrong_key_names_the_setting(tmp_path: Path, encoder: Encoder) -> None:
    index = small_index(tmp_path / "index", encoder)
    keys = {"ZHIKU_API_KEYS": "first,second"}
    with running(index, env=keys, log=tmp_path / "serve.log") as server:
        for key in ("", "third"):
            with pytest.raises(SystemBroken, match="ZHIKU_API_KEYS"):
                ServiceOpener(server.url, key).open()
        system = ServiceOpener(server.url, "second").open()
        assert system.ask(ASKED).ranked[0] == "pack-day5"
        system.close()


@pytest.mark.real
def test_knowledge_that_changes_in_the_middle_stops_the_run(
    tmp_path: Path, encoder: Encoder
) -> None:
    index = small_index(tmp_path / "index", encoder)
    with running(index, log=tmp_path / "serve.log") as server, server.client() as client:
        system = ServiceOpener(server.url).open()
        before = system.describe()["index"]["version"]
        assert system.ask(ASKED).ranked
        after = publish(index, encoder, make_item("new"), created_at="2026-03-02T09:00:00")
        deadline = time.monotonic() + 20.0
        while client.get("/readyz").json()["index_version"] != after:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with pytest.raises(SystemBroken, match=rf"从 {before} 变成了 {after}.+--restart"):
            system.ask(ASKED)
        system.close()


READY = {
    "index_version": "v1",
    "encoder": "e",
    "encoder_fingerprint": "f",
    "analyzer_fingerprint": "a",
    "items": 1,
    "passages": 2,
    "constants": {"fitted": True, "fingerprint": "f", "threshold": 0.5, "digest": "d"},
}
VERSION = {"X-Zhiku-Version": "v1"}
HITS = Given({"hits": [{"item_id": "b"}, {"item_id": "a"}, {"item_id": "b"}]}, headers=VERSION)
Script = Callable[[Request], Given]


FACET = {"kind": "price", "audience": "agent", "official": "每月5元", "customer": None, "steps": []}
ITEM = {
    "facets": [FACET],
    "templates": ["tpl-a"],
    "relations": [{"kind": "tip", "target": "tip-a"}],
    "variant_of": None,
    "must_say": False,
}


def service_with(**paths: Given | Script) -> Script:
    """A service whose paths, named by their last part, reply differently."""
    known: dict[str, Given | Script] = {
        "readyz": Given(READY, headers=VERSION),
        "labels": Given({"regions": [{"value": "yj", "label": "云江省"}]}, headers=VERSION),
        "search": HITS,
        "answer": Given({"outcome": "unknown"}, headers=VERSION),
        **paths,
    }

    def reply(request: Request) -> Given:
        given = known[request.path.rpartition("/")[2]]
        return given if isinstance(given, Given) else given(request)

    return reply


def test_what_the_filter_says_is_what_is_sent() -> None:
    wanted = Filter(
        DAY,
        Audience.CUSTOMER,
        frozenset({SubLibrary.TIPS, SubLibrary.BUSINESS}),
        Region("yj"),
    )
    with scripted(service_with()) as server:
        system = ServiceOpener(server.url, "k1", QUICK).open()
        reply = system.ask(Asked("a&b=c", wanted, 7))
        system.close()

    assert reply.ranked == ("b", "a")
    search, answer = server.requests[-2:]
    scope = {"as_of": "2026-03-01", "audience": "customer", "region": "yj"}
    assert search.query == {"q": "a&b=c", "k": "7", "library": "tips", **scope}
    assert search.headers["x-api-key"] == "k1"
    filters = {**scope, "library": ["business", "tips"]}
    assert json.loads(answer.body) == {"query": "a&b=c", "filters": filters}


def test_a_refused_question_is_a_reply_and_not_an_error() -> None:
    for path in ("search", "answer"):
        refusing = {path: problem(422, "问题超过 500 字", **VERSION)}
        with scripted(service_with(**refusing)) as server:
            system = ServiceOpener(server.url, waits=QUICK).open()
            assert system.ask(ASKED).problem == "问题超过 500 字"
            system.close()


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ({"search": Given({"hits": [{"id": "x"}]}, headers=VERSION)}, "不是检索结果"),
        ({"search": Given([], headers=VERSION)}, "不是 JSON 对象"),
        ({"search": Given("<html>", headers=VERSION)}, "不是 JSON，开头是：<html>"),
        ({"search": Given("nothing here", 404)}, "/v1/search 回应 404：nothing here"),
        ({"search": Given("moved", 301, {"Location": "/other"})}, "回应 301"),
        ({"answer": Given("[]", headers=VERSION)}, "/v1/answer 回来的不是 JSON 对象"),
        ({"search": Given("denied", 401)}, "ZHIKU_API_KEYS"),
        ({"search": Given({"hits": []}, headers={"X-Zhiku-Version": "v2"})}, "从 v1 变成了 v2"),
    ],
)
def test_a_reply_that_is_not_the_contract_is_broken(paths: dict[str, Given], told: str) -> None:
    with scripted(service_with(**paths)) as server:
        system = ServiceOpener(server.url, waits=QUICK).open()
        with pytest.raises(SystemBroken, match=told) as caught:
            system.ask(ASKED)
        system.close()

    assert not isinstance(caught.value, SystemDown)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ({"readyz": Given({"status": "ready", "index_version": "v1"})}, "版本太旧，请先升级"),
        ({"readyz": Given("hello")}, "不是 JSON"),
        ({"labels": Given({"regions": []})}, "X-Zhiku-Version"),
        ({"labels": Given({}, headers=VERSION)}, "不是可选值"),
        (
            {"labels": Given({"regions": [{"value": "YJ", "label": "省"}]}, headers=VERSION)},
            "不是可选值",
        ),
    ],
)
def test_what_is_not_a_service_of_this_kind_is_not_opened(
    paths: dict[str, Given], told: str
) -> None:
    with scripted(service_with(**paths)) as server, pytest.raises(SystemBroken, match=told):
        ServiceOpener(server.url, waits=QUICK).open()


def test_a_service_that_is_busy_for_a_moment_is_asked_again() -> None:
    busy = in_turn(problem(503, "忙"), problem(500, "错"), HITS)
    with scripted(service_with(search=busy)) as server:
        system = ServiceOpener(server.url, waits=QUICK).open()
        assert system.ask(ASKED).ranked == ("b", "a")
        system.close()


def test_an_item_is_read_once_however_often_it_is_looked_at() -> None:
    with scripted(service_with(x=Given(ITEM, headers=VERSION))) as server:
        system = ServiceOpener(server.url, waits=QUICK).open()
        for day in (DAY, DAY, dt.date(2026, 4, 1)):
            assert system.item("x", Filter(day)) == ITEM
        system.close()

    read = [request.query for request in server.requests if request.path == "/v1/items/x"]
    assert [query["as_of"] for query in read] == ["2026-03-01", "2026-04-01"]
    assert {query["audience"] for query in read} == {"internal"}


@pytest.mark.parametrize("url", ["http://", "http://h:1/?x=1", "http://h#x", "http://[bad"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(SystemBroken, match="不是服务的地址"):
        ServiceOpener(url).open()


def test_an_opener_is_a_plain_value_that_keeps_its_secrets() -> None:
    opener = ServiceOpener("http://me:pw@host", "s3cret")

    assert pickle.loads(pickle.dumps(opener)) == opener
    assert "pw" not in repr(opener)
    assert "s3cret" not in repr(opener)
    assert not opener.in_processes


@pytest.mark.parametrize(
    "broken",
    [
        {"facets": None},
        {"facets": ["x"]},
        {"facets": [{**FACET, "kind": "x"}]},
        {"facets": [{**FACET, "customer": 5}]},
        {"facets": [{**FACET, "steps": None}]},
        {"facets": [{"kind": "price"}]},
        {"templates": [1]},
        {"templates": None},
        {"relations": [{}]},
        {"variant_of": 5},
        {"must_say": ...},
    ],
)
def test_an_item_that_no_verdict_can_be_made_from_is_broken(broken: dict[str, Any]) -> None:
    lacking = {name: value for name, value in {**ITEM, **broken}.items() if value is not ...}
    with scripted(service_with(x=Given(lacking, headers=VERSION))) as server:
        system = ServiceOpener(server.url, waits=QUICK).open()
        with pytest.raises(SystemBroken, match="/v1/items/x 回来的不是条目"):
            system.item("x", ASKED.wanted)
        system.close()
