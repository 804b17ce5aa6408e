"""Every route refuses callers without a key, and those whose key is for something else."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Mount, Route

from api.app import create_app, for_holders_of_keys
from api.keys import Caller, KeyScope
from api.keys_gate import Gate
from api.keys_needs import OPEN_PATHS, OPEN_REQUESTS, AtCaller, asks_for_no_key, declared, needs
from api.keys_store import KeyRing, StoredKeys
from api.settings import ApiSettings
from corpora.migrations import StoreError, open_database
from retriever.opening import LiveKnowledgeBase
from tests.api.test_errors import problem

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
WITHOUT_A_ROUTER = {"/openapi.json", "/static"}


def own_routes() -> APIRouter:
    """A router as a later one will be: one route for senders, and one that says nothing."""
    router = APIRouter()

    @router.post("/send", dependencies=[needs(KeyScope.SEND)])
    async def send(caller: AtCaller) -> str:
        return f"{caller.id}/{caller.name}"

    @router.get("/forgotten")
    async def forgotten() -> str:
        return "seen"

    return router


def app_of(folder: Path, gate: Gate | None) -> FastAPI:
    live = LiveKnowledgeBase(f"file:{folder / 'index'}", models=folder)
    app = create_app(live, ApiSettings(), lambda: dt.date(2026, 3, 1), gate)
    app.include_router(own_routes())
    return app


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def ring(url: str) -> Iterator[KeyRing]:
    engine = open_database(url, create=True)
    yield KeyRing(engine)
    engine.dispose()


@pytest.fixture
def app(ring: KeyRing, url: str, tmp_path: Path) -> Iterator[FastAPI]:
    """An app that asks for keys; nothing is opened, so what a reader asks for is a 503."""
    with closing(StoredKeys(url)) as stored:
        yield app_of(tmp_path, Gate(["env-key"], stored))


def asked(
    app: FastAPI, requests: Iterable[tuple[str, str]], secret: str = ""
) -> list[httpx.Response]:
    headers = {"X-API-Key": secret} if secret else {}

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=headers
        ) as client:
            return [await client.request(method, path) for method, path in requests]

    return asyncio.run(ask())


def one(app: FastAPI, method: str, path: str, secret: str = "") -> httpx.Response:
    return asked(app, [(method, path)], secret)[0]


def every_route(routes: Iterable[BaseRoute]) -> Iterator[Route | Mount]:
    """All routes; later releases of FastAPI keep those of an included router together."""
    for route in routes:
        if (inner := getattr(route, "original_router", None)) is not None:
            yield from every_route(inner.routes)
        else:
            assert isinstance(route, Route | Mount), route
            yield route


def requests_of(route: Route | Mount) -> Iterator[tuple[str, str]]:
    path = re.sub(r"\{.+?\}", "x", route.path)
    if isinstance(route, Mount):
        yield "GET", f"{path}/app.js"
        return
    for method in sorted(route.methods or ()):
        yield method, path


def test_every_route_says_which_scope_it_needs(tmp_path: Path) -> None:
    routes = every_route(app_of(tmp_path, None).routes)
    said = [(route, declared(route)) for route in routes]
    assert len(said) > 15
    silent = {route.path for route, scopes in said if not scopes}
    assert silent == {*WITHOUT_A_ROUTER, "/forgotten"}, "dependencies=[needs(…)]"
    opened = {pair for route, scopes in said if None in scopes for pair in requests_of(route)}
    assert opened == OPEN_REQUESTS | {("GET", path) for path in OPEN_PATHS}


def test_every_route_but_health_signing_in_and_program_files_refuses_a_caller_without_a_key(
    app: FastAPI, ring: KeyRing
) -> None:
    revoked, secret = ring.create("旧", {KeyScope.ADMINISTER}, NOW)
    ring.revoke(revoked.id, NOW)
    requests = [pair for route in every_route(app.routes) for pair in requests_of(route)]
    requests += [("GET", "/v1/nothing"), ("DELETE", "/v1/search"), ("HEAD", "/v1/search")]
    requests += [("PUT", "/v1/session"), ("GET", "/static"), ("GET", "/v1/static/app.js")]
    assert len(requests) > 15
    for offered in ("", "wrong", secret, secret[:-1]):
        for (method, path), response in zip(requests, asked(app, requests, offered), strict=True):
            if asks_for_no_key(method, path):
                assert response.status_code in {200, 204, 422, 503}
            elif method == "HEAD":
                assert response.status_code == 401
            else:
                problem(response, 401, "unauthorized")
                assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (KeyScope.READ, {KeyScope.READ}),
        (KeyScope.SEND, {KeyScope.READ, KeyScope.SEND}),
        (KeyScope.ADMINISTER, set(KeyScope)),
    ],
)
def test_a_key_may_use_the_routes_of_its_scope_and_no_other(
    app: FastAPI, ring: KeyRing, scope: KeyScope, allowed: set[KeyScope]
) -> None:
    _, secret = ring.create("网页", {scope}, NOW)
    own: set[int] = set()
    others: set[int] = set()
    for route in every_route(app.routes):
        requests = [pair for pair in requests_of(route) if pair[1] not in {"/send", "/forgotten"}]
        found = {response.status_code for response in asked(app, requests, secret)}
        needed = {need for need in declared(route) if need is not None}
        (own if needed <= allowed else others).update(found)
    assert not own & {401, 403, 404, 500}
    assert others == (set() if scope is KeyScope.ADMINISTER else {403})
    problem(one(app, "GET", "/v1/nothing", secret), 404, "no_such_route")


@pytest.mark.parametrize(
    ("scope", "may_send", "may_administer"),
    [
        (KeyScope.READ, False, False),
        (KeyScope.SEND, True, False),
        (KeyScope.ADMINISTER, True, True),
    ],
)
def test_a_key_without_the_scope_is_told_which_one_it_lacks(
    app: FastAPI, ring: KeyRing, scope: KeyScope, may_send: bool, may_administer: bool
) -> None:
    key, secret = ring.create("短信平台", {scope}, NOW)
    sent = one(app, "POST", "/send", secret)
    forgotten = one(app, "GET", "/forgotten", secret)
    if may_send:
        assert sent.json() == f"{key.id}/短信平台"
    else:
        detail = problem(sent, 403, "scope_missing")["detail"]
        assert "短信平台" in detail
        assert "send（推送）" in detail
        assert secret not in sent.text
    if may_administer:
        assert forgotten.json() == "seen"
    else:
        assert "administer" in problem(forgotten, 403, "scope_missing")["detail"]


def test_a_key_that_allows_nothing_known_reads_nothing(
    app: FastAPI, ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = ring.create("网页", {KeyScope.READ}, NOW)
    monkeypatch.setattr(Caller, "may", lambda *_: False)
    for path in ("/openapi.json", "/", "/v1/nothing"):
        problem(one(app, "GET", path, secret), 403, "scope_missing")


def test_routes_learn_who_asks(app: FastAPI, tmp_path: Path) -> None:
    assert one(app, "POST", "/send", "env-key").json() == "env/ZHIKU_API_KEYS"
    assert one(app, "GET", "/forgotten", "env-key").json() == "seen"
    local = app_of(tmp_path, None)
    assert one(local, "POST", "/send").json() == "local/本机"
    assert one(local, "GET", "/forgotten").json() == "seen"


def test_while_the_store_is_away_an_unknown_key_is_no_way_in(ring: KeyRing, tmp_path: Path) -> None:
    class Away:
        def read(self) -> object:
            raise StoreError("知识库用不了")

        def close(self) -> None:
            pass

    _, secret = ring.create("网页", {KeyScope.READ}, NOW)
    app = app_of(tmp_path, Gate(["env-key"], Away()))  # type: ignore[arg-type]
    for path in ("/v1/labels", "/openapi.json", "/v1/nothing"):
        problem(one(app, "GET", path, secret), 503, "store_unavailable")
        problem(one(app, "GET", path), 401, "unauthorized")
    assert one(app, "GET", "/livez").status_code == 200
    assert one(app, "GET", "/static/app.js").status_code == 200
    assert one(app, "GET", "/openapi.json", "env-key").status_code == 200


def test_a_worker_that_starts_after_the_last_key_was_revoked_stays_closed(
    ring: KeyRing, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = ring.create("网页", {KeyScope.READ}, NOW)
    ring.revoke(key.id, NOW)
    monkeypatch.delenv("ZHIKU_API_KEYS", raising=False)
    monkeypatch.setenv("ZHIKU_STORE_URL", url)
    monkeypatch.setenv("ZHIKU_INDEX_URL", f"file:{tmp_path / 'index'}")
    app = for_holders_of_keys()
    for offered in ("", secret):
        problem(one(app, "GET", "/v1/labels", offered), 401, "unauthorized")
