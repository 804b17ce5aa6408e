"""Whose desk it is, and when they were here: keys, page tokens and a clock that is moved by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.app import create_app
from api.keys import KeyScope
from api.keys_gate import Gate
from api.push.house import PushHouse
from api.push.policy import Policy
from api.settings import ApiSettings
from retriever.opening import LiveKnowledgeBase
from tests.api.page_access import BOSS, ENV_KEY, Clocks, Ring, Service
from tests.api.serving import MODELS
from tests.api.test_errors import problem

HOUR = dt.timedelta(hours=1)
READ_ROUTES = [
    ("GET", "/v1/desk", None),
    ("POST", "/v1/desk/lookups", {"query": "日包"}),
    ("PUT", "/v1/desk/favourites/pack-day5", None),
    ("DELETE", "/v1/desk/favourites/pack-day5", None),
    ("POST", "/v1/acknowledgements", {"warnings": [], "decision": "acknowledged"}),
]


def service_of(index: Path, database_url: str, gate: Gate | None, clocks: Clocks) -> Service:
    live = LiveKnowledgeBase(f"file:{index}", models=MODELS)
    live.start()
    house = PushHouse(
        database_url,
        policy=Policy(),
        secret=lambda: "known to tests only",
        signature="示例移动",
        now=clocks.now,
    )
    settings = ApiSettings(page_origins=(BOSS,))
    app = create_app(live, settings, lambda: clocks.now().date(), gate, house, now=clocks.now)
    app.state.opened = (live, house)
    return Service(app, Ring(), clocks)


@pytest.fixture
def local(index: Path, database_url: str) -> Iterator[Service]:
    """Nobody is asked for a key."""
    made = service_of(index, database_url, None, Clocks())
    yield made
    for opened in made.app.state.opened:
        opened.close()


@pytest.fixture
def service(index: Path, tmp_path: Path) -> Iterator[Service]:
    """Asks for keys."""
    clocks, ring = Clocks(), Ring()
    gate = Gate([ENV_KEY], ring, clocks.monotonic)
    made = service_of(index, f"sqlite:///{tmp_path / 'store.db'}", gate, clocks)
    made.ring = ring
    yield made
    for opened in made.app.state.opened:
        opened.close()


def test_a_shift_that_ended_is_told_throughout_the_next_one(local: Service) -> None:
    def last_shift() -> object:
        return local.ask("GET", "/v1/desk?staff=s-1").json()["last_shift_at"]

    assert last_shift() is None
    local.clocks.passed = 3 * HOUR
    local.ask("POST", "/v1/desk/lookups", body={"query": "日包", "staff": "s-1"})
    assert last_shift() is None
    for hours in (20, 22):
        local.clocks.passed = hours * HOUR
        assert last_shift() == "2026-03-01T12:30:00Z"


def test_changes_go_back_to_the_last_shift_or_a_day(local: Service) -> None:
    def since(staff: str) -> object:
        return local.ask("GET", f"/v1/changes?staff={staff}").json()["since"]

    local.ask("GET", "/v1/desk?staff=s-1")
    local.clocks.passed = 30 * HOUR
    assert since("s-1") == "2026-03-01T09:30:00Z"
    assert since("s-2") == since("") == "2026-03-01T15:30:00Z"
    given = local.ask("GET", "/v1/changes?staff=s-1&since=2026-02-01T00:00:00%2B08:00").json()
    assert given["since"] == "2026-02-01T00:00:00+08:00"
    assert given["until"] == "2026-03-02T15:30:00Z"


def test_feedback_of_a_minute_ago_is_another_one(local: Service) -> None:
    said = {"kind": "wrong", "query": "日包多少钱", "staff": "s-1"}
    first = local.ask("POST", "/v1/feedback", body=said)
    local.clocks.passed = dt.timedelta(seconds=59)
    assert local.ask("POST", "/v1/feedback", body=said).json() == first.json()
    local.clocks.passed = dt.timedelta(seconds=60)
    again = local.ask("POST", "/v1/feedback", body=said)
    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]


@pytest.mark.parametrize(("method", "path", "body"), READ_ROUTES)
def test_who_holds_a_key_has_to_say_for_whom(
    service: Service, method: str, path: str, body: dict[str, object] | None
) -> None:
    key = service.key(KeyScope.READ)
    found = problem(service.ask(method, path, body=body, x_api_key=key), 422, "person_missing")
    assert [error["field"] for error in found["errors"]] == ["staff"]
    named = body and body | {"staff": "s-1"}
    there = path if body else f"{path}?staff=s-1"
    assert service.ask(method, there, body=named, x_api_key=key).status_code in {200, 201, 204}


@pytest.mark.parametrize(("method", "path", "body"), READ_ROUTES)
def test_a_page_token_speaks_for_its_own_person_and_no_other(
    service: Service, method: str, path: str, body: dict[str, object] | None
) -> None:
    token = service.token(service.key(), staff="s-1", hall="h-1")
    shown = {"authorization": f"Bearer {token}", "origin": BOSS}
    assert service.ask(method, path, body=body, **shown).status_code in {200, 201, 204}
    for field, other in (("staff", "s-2"), ("hall", "h-2")):
        named = body and body | {field: other}
        there = path if body else f"{path}?{field}={other}"
        found = problem(service.ask(method, there, body=named, **shown), 403, "staff_mismatch")
        assert [error["field"] for error in found["errors"]] == [field]


def test_a_token_of_nobody_still_says_that_warnings_were_given(service: Service) -> None:
    administers = service.key(KeyScope.ADMINISTER)
    token = service.token(service.key())
    body = {"warnings": [], "decision": "acknowledged", "order": "SL-7"}
    shown = {"authorization": f"Bearer {token}", "origin": BOSS}
    assert service.ask("POST", "/v1/acknowledgements", body=body, **shown).status_code == 201
    kept = service.ask("GET", "/v1/acknowledgements?order=SL-7", x_api_key=administers).json()
    assert [one["staff"] for one in kept["acknowledgements"]] == [""]


PROGRAMS = [
    ("POST", "/v1/push/receipts", {"receipts": [{"fate": "delivered", "message_id": "m"}]}),
    (
        "POST",
        "/v1/push/replies",
        {"replies": [{"number": "13800001234", "source": "1", "text": "Y"}]},
    ),
    ("GET", "/v1/push/orders?state=ordered", None),
]


@pytest.mark.parametrize(("method", "path", "body"), PROGRAMS)
def test_what_gateways_say_is_said_with_a_key_only(
    service: Service, method: str, path: str, body: dict[str, object] | None
) -> None:
    key = service.key(KeyScope.SEND)
    token = service.token(key, scopes=["send"], staff="s-1")
    shown = {"authorization": f"Bearer {token}", "origin": BOSS}
    problem(service.ask(method, path, body=body, **shown), 403, "key_required")
    assert service.ask(method, path, body=body, x_api_key=key).status_code == 200


def test_a_message_says_who_sent_it(service: Service) -> None:
    key, administers = service.key(KeyScope.SEND), service.key(KeyScope.ADMINISTER)
    token = service.token(key, scopes=["send"], staff="s-1")
    body = {
        "number": "13800001234",
        "template_id": "tpl-day-enquiry",
        "channel": "sms",
        "item_id": "pack-day5",
    }
    shown = {"authorization": f"Bearer {token}", "origin": BOSS, "idempotency_key": "k-1"}
    sent = service.ask("POST", "/v1/push/messages", body=body, **shown)
    assert sent.status_code == 202, sent.text
    path = f"/v1/push/messages/{sent.json()['message_id']}"
    told = service.ask("GET", path, x_api_key=administers).json()
    assert told["caller"].endswith("/s-1")


def test_a_desk_of_a_token_is_that_of_its_person(service: Service) -> None:
    key = service.key()
    token = service.token(key, staff="s-1", hall="h-1")
    shown = {"authorization": f"Bearer {token}", "origin": BOSS}
    service.ask("POST", "/v1/desk/lookups", body={"query": "日包怎么开"}, **shown)
    mine = service.ask("GET", "/v1/desk", **shown).json()
    assert (mine["staff"], mine["hall"]) == ("s-1", "h-1")
    assert [one["query"] for one in mine["own_lookups"]] == ["日包怎么开"]
    same = service.ask("GET", "/v1/desk?staff=s-1&hall=h-1", x_api_key=key).json()
    assert same["own_lookups"] == mine["own_lookups"]


def test_what_clerks_said_is_read_by_administrators_only(service: Service) -> None:
    said = {"kind": "suggestion", "text": "按钮再大一点"}
    key, administers = service.key(KeyScope.SEND), service.key(KeyScope.ADMINISTER)
    assert service.ask("POST", "/v1/feedback", body=said, x_api_key=key).status_code == 201
    for path in ("/v1/feedback", "/v1/acknowledgements"):
        problem(service.ask("GET", path, x_api_key=key), 403, "scope_missing")
    heard = service.ask("GET", "/v1/feedback", x_api_key=administers)
    (kept,) = heard.json()["feedback"]
    assert (kept["staff"], kept["caller"], kept["text"]) == ("", key[3:11], "按钮再大一点")


def test_two_hundred_favourites_are_enough(local: Service) -> None:
    from api.desk.favourites import MOST, keep
    from api.desk.tables import writing
    from tests.builders import make_item

    _, house = local.app.state.opened
    with writing(house.engine) as connection:
        for n in range(MOST):
            keep(connection, "s-1", make_item(f"i-{n}"), local.clocks.now())
    full = local.ask("PUT", "/v1/desk/favourites/pack-day5?staff=s-1")
    assert "200" in problem(full, 409, "too_many_favourites")["detail"]
    shown = local.ask("GET", "/v1/desk?staff=s-1").json()["favourites"]
    assert len(shown) == MOST
    assert not any(one["available"] for one in shown)


def test_curated_look_ups_come_with_the_knowledge_by_region_and_library(local: Service) -> None:
    from corpora.knowledge import Knowledge
    from corpora.lookups import CommonLookup, Lookups
    from corpora.store import Store
    from corpora.types import SubLibrary

    entries = (
        CommonLookup("日包怎么开", "日包"),
        CommonLookup("云都周末补卡", regions=("yj/yundu",)),
        CommonLookup("断网怎么办", libraries=(SubLibrary.TECHNICAL,)),
    )
    _, house = local.app.state.opened
    Store(house.engine).import_knowledge(
        Knowledge(lookups=Lookups(entries)), author="李工", recorded_at=local.clocks.now()
    )

    def offered(**params: str) -> list[str]:
        query = "&".join(f"{key}={value}" for key, value in params.items())
        found = local.ask("GET", f"/v1/desk?{query}").json()["curated"]
        return [one["title"] or one["query"] for one in found]

    assert offered() == ["日包", "断网怎么办"]
    assert offered(region="yj/yundu") == ["日包", "云都周末补卡", "断网怎么办"]
    assert offered(library="business") == ["日包"]
