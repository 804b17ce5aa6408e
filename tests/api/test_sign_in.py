"""Signing in on Zhiku's own pages, and what the cookie of it is good for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from api.entrance import SESSION_COOKIE
from api.keys import KeyScope, Shown
from api.tokens import LONGEST
from tests.api.page_access import BOSS, FOREIGN, HTML, OWN, Service, locked
from tests.api.test_errors import problem


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return locked(tmp_path)


def test_a_browser_that_asks_for_a_page_gets_one_to_sign_in_on(service: Service) -> None:
    for path in ("/", "/docs", "/openapi.json", "/demo/boss"):
        page = service.ask("GET", path, accept=HTML)
        assert page.status_code == 401
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert '<input id="key" name="key" type="password"' in page.text
        assert "style=" not in page.text
        assert (
            page.text.count("<script")
            == page.text.count('<script type="module" src="/static/')
            == 1
        )
        problem(service.ask("GET", path, accept="application/json"), 401, "unauthorized")
    for method, path in (("GET", "/v1/labels"), ("POST", "/"), ("DELETE", "/docs")):
        problem(service.ask(method, path, accept=HTML), 401, "unauthorized")


def test_signing_in_gives_a_cookie_that_scripts_cannot_read(service: Service) -> None:
    key = service.key(KeyScope.ADMINISTER)
    body = {"key": f" {key}\n", "staff": "A0012"}
    signed_in = service.ask("POST", "/v1/session", body=body, sec_fetch_site="same-origin")
    assert signed_in.json() == {
        "mode": "session",
        "staff": "A0012",
        "hall": "",
        "scopes": ["read", "send"],
        "expires_at": "2026-03-01T21:30:00Z",
    }
    assert signed_in.headers["cache-control"] == "no-store"
    value, *attributes = signed_in.headers["set-cookie"].split("; ")
    assert set(attributes) == {"HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict"}
    assert key not in signed_in.text + value
    assert service.ask("GET", "/", cookie=value, accept=HTML).status_code == 200
    assert service.ask("GET", "/v1/session", cookie=value).json() == signed_in.json()
    sent = service.ask("POST", "/send", cookie=value, origin=OWN).json()
    assert sent == {"id": key[3:11], "staff": "A0012", "hall": "", "by": Shown.SESSION}
    problem(service.ask("GET", "/v1/nothing", cookie=value), 404, "no_such_route")
    service.clocks.passed = LONGEST + dt.timedelta(seconds=6)
    problem(service.ask("GET", "/v1/session", cookie=value), 401, "session_ended")


def test_a_page_that_came_by_https_gets_a_cookie_for_https_alone(service: Service) -> None:
    body = {"key": service.key()}
    secure = OWN.replace("http:", "https:")
    behind = service.ask("POST", "/v1/session", body=body, origin=secure)
    assert "; Secure" in behind.headers["set-cookie"]
    assert "; Secure" not in service.ask("POST", "/v1/session", body=body).headers["set-cookie"]
    left = service.ask("DELETE", "/v1/session", origin=secure)
    assert left.status_code == 204
    value, *attributes = left.headers["set-cookie"].split("; ")
    assert value == f'{SESSION_COOKIE}=""'
    assert {"Max-Age=0", "Path=/", "HttpOnly", "SameSite=strict", "Secure"} <= set(attributes)


@pytest.mark.parametrize("key", ["", "wrong", "zk_0a1b2c3d_" + "x" * 43, "密钥", "x" * 5000])
def test_a_wrong_key_signs_nobody_in(service: Service, key: str) -> None:
    refused = service.ask("POST", "/v1/session", body={"key": key})
    assert "核对" in problem(refused, 401, "unauthorized")["detail"]
    assert "set-cookie" not in refused.headers


def test_a_mistyped_key_is_not_repeated(service: Service) -> None:
    for key in (1234567, ["secret-key"], {"secret-key": 1}, None):
        refused = service.ask("POST", "/v1/session", body={"key": key})
        problem(refused, 422, "invalid_request")
        assert "secret" not in refused.text
        assert "1234567" not in refused.text


UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]


@pytest.mark.parametrize("method", UNSAFE)
@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"origin": FOREIGN},
        {"origin": BOSS},
        {"origin": "null"},
        {"origin": "http://zhiku.example.cn:8001"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "same-origin", "origin": FOREIGN},
        {"sec_fetch_site": "cross-site", "origin": OWN},
        {"referer": f"{OWN}/"},
    ],
)
def test_a_cookie_alone_changes_nothing(
    service: Service, method: str, proof: dict[str, str]
) -> None:
    cookie = service.cookie(service.key())
    refused = service.ask(method, "/send", cookie=cookie, **proof)
    problem(refused, 403, "origin_refused")


@pytest.mark.parametrize(
    "proof", [{"sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}, {"origin": OWN}]
)
def test_a_cookie_from_an_own_page_does(service: Service, proof: dict[str, str]) -> None:
    cookie = service.cookie(service.key())
    assert service.ask("POST", "/send", cookie=cookie, **proof).status_code == 200


def test_reading_by_a_cookie_takes_no_proof_but_no_foreign_page_either(service: Service) -> None:
    cookie = service.cookie(service.key())
    assert service.ask("GET", "/v1/session", cookie=cookie).status_code == 200
    arrived = {"sec_fetch_site": "same-site", "accept": HTML}  # a link on another page
    assert service.ask("GET", "/", cookie=cookie, **arrived).status_code == 200
    for origin in (BOSS, FOREIGN, "null"):
        refused = service.ask("GET", "/v1/session", cookie=cookie, origin=origin)
        problem(refused, 403, "origin_refused")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "came", [{"origin": BOSS}, {"origin": "null"}, {"sec_fetch_site": "same-site"}]
)
def test_no_other_page_signs_anybody_in_or_out(
    service: Service, method: str, came: dict[str, str]
) -> None:
    body = {"key": service.key()} if method == "POST" else None
    refused = service.ask(method, "/v1/session", body=body, **came)
    problem(refused, 403, "origin_refused")
    assert "set-cookie" not in refused.headers
