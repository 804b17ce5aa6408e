"""Servers of their own: tokens that every worker process takes, and signing in over a real port."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.keys import KeyScope
from api.keys_store import KeyRing
from corpora.migrations import open_database
from tests.api.page_access import BOSS, CRM, FOREIGN, HTML
from tests.api.serving import Server, running
from tests.api.test_errors import problem

pytestmark = pytest.mark.real
NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
ATTEMPTS = 8  # of connections of their own, so that both workers get some


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('access') / 'store.db'}"


@pytest.fixture(scope="module")
def ring(store: str) -> Iterator[KeyRing]:
    engine = open_database(store, create=True)
    yield KeyRing(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def key(ring: KeyRing) -> str:
    return ring.create("BOSS", {KeyScope.SEND}, NOW)[1]


@pytest.fixture(scope="module")
def service(
    index: Path, store: str, key: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two worker processes that ask for keys, for pages of two origins."""
    env = {"ZHIKU_STORE_URL": store, "ZHIKU_PAGE_ORIGINS": f"{BOSS},{CRM}"}
    log = tmp_path_factory.mktemp("served") / "serve.log"
    with running(index, "--workers", "2", env=env, log=log) as server:
        yield server
    written = log.read_text(encoding="utf-8")
    assert key not in written
    assert "eyJ" not in written  # how every token begins


def statuses(service: Server, headers: dict[str, str]) -> list[int]:
    def once() -> int:
        with service.client(headers=headers) as client:
            return client.get("/v1/suggest", params={"q": "rb"}).status_code

    return [once() for _ in range(ATTEMPTS)]


def test_a_token_of_one_process_is_good_in_all_and_ends_with_its_key(
    service: Server, ring: KeyRing
) -> None:
    short_lived, secret = ring.create("临时", {KeyScope.READ}, NOW)
    with service.client() as client:
        made = client.post("/v1/tokens", json={"staff": "A0012"}, headers={"X-API-Key": secret})
    left = dt.datetime.fromisoformat(made.json()["expires_at"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(minutes=14) < left <= dt.timedelta(minutes=15)
    shown = {"Authorization": f"Bearer {made.json()['token']}", "Origin": BOSS}
    assert statuses(service, shown) == [200] * ATTEMPTS
    assert statuses(service, {**shown, "Origin": FOREIGN}) == [403] * ATTEMPTS
    ring.revoke(short_lived.id, NOW)
    time.sleep(1.05)
    assert statuses(service, shown) == [401] * ATTEMPTS


def test_a_browser_signs_in_works_and_signs_out(service: Server, key: str) -> None:
    own = {"Origin": service.url}
    with service.client() as client:
        page = client.get("/", headers={"Accept": HTML})
        assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")
        for asset in ("/static/signin.js", "/static/signin.css", "/static/style.css"):
            assert asset in page.text
            assert client.get(asset).status_code == 200
        problem(client.post("/v1/session", json={"key": key + "x"}), 401, "unauthorized")
        signed_in = client.post(
            "/v1/session", json={"key": key, "staff": "A0012", "hall": "H01"}, headers=own
        )
        assert signed_in.json()["scopes"] == ["read", "send"]
        assert "知库" in client.get("/", headers={"Accept": HTML}).raise_for_status().text
        assert client.get("/v1/session").json() == signed_in.json()
        asked = {"query": "日包多少钱"}
        assert client.post("/v1/answer", json=asked, headers=own).status_code == 200
        problem(client.post("/v1/answer", json=asked), 403, "origin_refused")
        problem(client.get("/v1/session", headers={"Origin": BOSS}), 403, "origin_refused")
        assert client.delete("/v1/session", headers=own).status_code == 204
        assert not client.cookies
        problem(client.get("/v1/session"), 401, "unauthorized")


def test_what_is_said_to_browsers_reaches_them(service: Server, key: str) -> None:
    with service.client() as client:
        asked = {"Origin": CRM, "Access-Control-Request-Method": "POST"}
        preflight = client.options("/v1/answer", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == CRM
        assert client.options("/v1/answer", headers={**asked, "Origin": FOREIGN}).status_code == 401

        shown = {"X-API-Key": key, "Origin": CRM}
        first = client.get("/v1/follow", params={"codes": "30010002"}, headers=shown)
        known = {**shown, "If-None-Match": first.headers["etag"]}
        again = client.get("/v1/follow", params={"codes": "30010002"}, headers=known)
        large = client.post("/v1/answer", content=b" " * 300_000, headers=shown)
        refused = client.get("/v1/labels", headers={"Origin": CRM})
        for response, status in ((first, 200), (again, 304), (large, 413), (refused, 401)):
            assert response.status_code == status
            assert response.headers["access-control-allow-origin"] == CRM
            assert "Origin" in response.headers["vary"]
            assert "ETag" in response.headers["access-control-expose-headers"]
            framing = f"frame-ancestors 'self' {BOSS} {CRM};"
            assert framing in response.headers["content-security-policy"]
        assert httpx.get(f"{service.url}/static/app.js", trust_env=False).status_code == 200
