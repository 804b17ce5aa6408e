"""``POST /v1/tokens``, and what a token lets a page do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from api.entrance import SESSION_COOKIE
from api.keys import KeyScope
from api.tokens import SELF
from tests.api.page_access import (
    BOSS,
    CRM,
    ENV_KEY,
    FOREIGN,
    HTML,
    OWN,
    Service,
    app_of,
    locked,
    unlocked,
)
from tests.api.test_errors import problem


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return locked(tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> Service:
    return unlocked(tmp_path, BOSS)


def test_a_token_speaks_for_its_person_and_hall_until_it_expires(service: Service) -> None:
    key = service.key()
    asked = {"staff": "A0012", "hall": "H01", "scopes": ["send"], "minutes": 2}
    made = service.ask("POST", "/v1/tokens", body=asked, authorization=f"Bearer {key}")
    assert made.headers["cache-control"] == "no-store"
    content = made.json()
    token = content.pop("token")
    assert content == {
        "expires_at": "2026-03-01T09:32:00Z",
        "origins": [SELF, BOSS, CRM],
        "scopes": ["read", "send"],
        "staff": "A0012",
        "hall": "H01",
    }
    sent = service.ask("POST", "/send", authorization=f"Bearer {token}", origin=BOSS)
    assert sent.json() == {"id": key[3:11], "staff": "A0012", "hall": "H01", "by": "token"}
    whoami = service.ask("GET", "/v1/session", authorization=f"Bearer {token}").json()
    assert whoami.pop("expires_at") == "2026-03-01T09:32:00Z"
    assert whoami == {"mode": "token", "staff": "A0012", "hall": "H01", "scopes": ["read", "send"]}
    service.clocks.passed = dt.timedelta(minutes=2, seconds=5)
    late = service.ask("POST", "/send", authorization=f"Bearer {token}", origin=BOSS)
    assert "重新签发" in problem(late, 401, "token_expired")["detail"]
    assert late.headers["access-control-allow-origin"] == BOSS
    assert late.headers["www-authenticate"] == "Bearer"


def test_a_token_reads_for_fifteen_minutes_unless_more_is_asked_for(service: Service) -> None:
    made = service.ask("POST", "/v1/tokens", body={}, x_api_key=service.key()).json()
    assert made["expires_at"] == "2026-03-01T09:45:00Z"
    assert (made["scopes"], made["staff"], made["hall"]) == (["read"], "", "")
    refused = service.ask("POST", "/send", authorization=f"Bearer {made['token']}")
    detail = problem(refused, 403, "scope_missing")["detail"]
    assert "页面令牌没有 send（推送）权限" in detail
    assert "BOSS" not in detail  # a page need not know whose key stands behind it


def test_revoking_a_key_ends_its_tokens_and_sign_ins_within_a_second(service: Service) -> None:
    key = service.key()
    token, cookie = service.token(key), service.cookie(key)
    assert service.ask("GET", "/v1/session", authorization=f"Bearer {token}").status_code == 200
    assert service.ask("GET", "/v1/session", cookie=cookie).status_code == 200
    service.ring.keys.clear()
    service.clocks.passed = dt.timedelta(seconds=1.1)
    by_token = service.ask("GET", "/v1/session", authorization=f"Bearer {token}")
    assert "已吊销" in problem(by_token, 401, "token_invalid")["detail"]
    by_cookie = service.ask("GET", "/v1/session", cookie=cookie)
    assert "重新登录" in problem(by_cookie, 401, "session_ended")["detail"]
    page = service.ask("GET", "/", cookie=cookie, accept=HTML)
    assert (page.status_code, "<form" in page.text) == (401, True)


@pytest.mark.parametrize(
    ("scope", "wanted", "code"),
    [
        (KeyScope.READ, ["send"], "scope_missing"),
        (KeyScope.READ, ["read", "send"], "scope_missing"),
        (KeyScope.ADMINISTER, ["administer"], "invalid_request"),
        (KeyScope.SEND, ["export"], "invalid_request"),
        (KeyScope.SEND, [], "invalid_request"),
    ],
)
def test_no_token_may_do_more_than_its_key_or_administer(
    service: Service, scope: KeyScope, wanted: list[str], code: str
) -> None:
    key = service.key(scope)
    refused = service.ask("POST", "/v1/tokens", body={"scopes": wanted}, x_api_key=key)
    problem(refused, 403 if code == "scope_missing" else 422, code)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"minutes": "15"}, "minutes"),
        ({"staff": "王小明"}, "staff"),
        ({"staff": ""}, "staff"),
        ({"hall": "x" * 65}, "hall"),
        ({"hall": "H 01"}, "hall"),
        ({"origins": []}, "origins"),
        ({"origins": [FOREIGN]}, "origins"),
        ({"origins": ["*"]}, "origins"),
        ({"origins": [BOSS + "/"]}, "origins"),
        ({"origins": [BOSS, "null"]}, "origins"),
        ({"phone": "13800001234"}, "phone"),
    ],
)
def test_what_a_token_may_not_be_is_named(
    service: Service, asked: dict[str, object], field: str
) -> None:
    refused = service.ask("POST", "/v1/tokens", body=asked, x_api_key=service.key())
    (error,) = problem(refused, 422, "invalid_request")["errors"]
    assert error["field"] == field


def test_tokens_and_sign_ins_make_no_tokens(service: Service) -> None:
    key = service.key()
    token, cookie = service.token(key), service.cookie(key)
    for headers in (
        {"authorization": f"Bearer {token}"},
        {"cookie": cookie, "origin": OWN},
    ):
        refused = service.ask("POST", "/v1/tokens", body={}, **headers)
        problem(refused, 403, "key_required")


@pytest.mark.parametrize(
    ("granted", "origin", "may"),
    [
        (None, BOSS, True),
        (None, CRM, True),
        (None, OWN, True),
        (None, FOREIGN, False),
        (None, "null", False),
        ([BOSS], BOSS, True),
        ([BOSS], CRM, False),
        ([BOSS], OWN, False),
        ([SELF], OWN, True),
        ([OWN], OWN, True),
        ([SELF], BOSS, False),
    ],
)
def test_a_token_is_taken_from_pages_of_its_origins_alone(
    service: Service, granted: list[str] | None, origin: str, may: bool
) -> None:
    asked = {} if granted is None else {"origins": granted}
    token = service.token(service.key(), scopes=["send"], **asked)
    shown = {"authorization": f"Bearer {token}"}
    assert service.ask("POST", "/send", **shown).status_code == 200  # no browser
    response = service.ask("POST", "/send", **shown, origin=origin)
    if may:
        assert response.status_code == 200
    else:
        assert origin in problem(response, 403, "origin_refused")["detail"]
    # also what it may not do can be read by a page that may read at all
    readable = response.headers.get("access-control-allow-origin")
    assert readable == (origin if origin in (BOSS, CRM) else None)


def test_an_origin_that_is_no_longer_allowed_ends_its_tokens(
    service: Service, tmp_path: Path
) -> None:
    token = service.token(service.key(), origins=[CRM])
    gate = service.app.state.entrance.gate
    later = Service(app_of(tmp_path, gate, service.clocks, BOSS), service.ring, service.clocks)
    refused = later.ask("GET", "/v1/session", authorization=f"Bearer {token}", origin=CRM)
    problem(refused, 403, "origin_refused")


def test_a_token_in_an_address_or_in_the_wrong_place_is_no_way_in(service: Service) -> None:
    key = service.key()
    token, session = service.token(key), service.cookie(key).partition("=")[2]
    for path in (f"/v1/session?token={token}", f"/v1/session?access_token={token}"):
        problem(service.ask("GET", path), 401, "unauthorized")
    cookie = f"{SESSION_COOKIE}={token}"
    problem(service.ask("GET", "/v1/session", cookie=cookie), 401, "session_ended")
    bearer = f"Bearer {session}"
    problem(service.ask("GET", "/v1/session", authorization=bearer), 401, "token_invalid")
    # what a header shows counts, also when a cookie would let it in
    wrong = service.ask(
        "GET", "/v1/session", authorization="Bearer x", cookie=f"zhiku_session={session}"
    )
    problem(wrong, 401, "unauthorized")


def test_a_key_of_the_environment_makes_tokens_when_it_is_long_enough(service: Service) -> None:
    token = service.token(ENV_KEY, scopes=["send"])
    sent = service.ask("POST", "/send", authorization=f"Bearer {token}", origin=BOSS)
    assert sent.json()["id"] == "env"
    for path, body in (("/v1/tokens", {}), ("/v1/session", {"key": "short"})):
        refused = service.ask("POST", path, body=body, x_api_key="short")
        assert "zhiku key create" in problem(refused, 409, "key_too_short")["detail"]


def test_where_no_keys_are_set_none_is_needed_and_no_token_made(local: Service) -> None:
    for path, body in (("/v1/tokens", {}), ("/v1/session", {"key": "x"})):
        refused = local.ask("POST", path, body=body)
        assert "没有设置密钥" in problem(refused, 409, "no_keys_set")["detail"]
    assert local.ask("GET", "/v1/session").json() == {
        "mode": "local",
        "staff": "",
        "hall": "",
        "scopes": ["read", "send", "administer"],
        "expires_at": None,
    }
    assert local.ask("DELETE", "/v1/session").status_code == 204


def test_who_shows_a_key_is_told_what_it_may_do(service: Service) -> None:
    told = service.ask("GET", "/v1/session", x_api_key=service.key()).json()
    assert told == {
        "mode": "key",
        "staff": "",
        "hall": "",
        "scopes": ["read", "send"],
        "expires_at": None,
    }
