"""What pages of other origins may send, read, frame and load."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.origins import is_own
from tests.api.page_access import BOSS, CRM, FOREIGN, Service, locked, unlocked
from tests.api.test_errors import problem


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return locked(tmp_path)


def test_a_preflight_of_an_allowed_origin_is_answered_without_a_key(service: Service) -> None:
    asked = {"access_control_request_method": "POST"}
    for path in ("/v1/answer", "/v1/nothing", "/static/app.js"):
        answered = service.ask("OPTIONS", path, **asked, origin=BOSS)
        assert answered.status_code == 204
        assert answered.headers["access-control-allow-origin"] == BOSS
        assert answered.headers["access-control-allow-methods"] == "GET, POST, PUT, DELETE"
        taken = set(answered.headers["access-control-allow-headers"].split(", "))
        assert taken == {
            *("authorization", "content-type", "x-trace-id", "if-none-match", "last-event-id"),
            "idempotency-key",
        }
        assert answered.headers["access-control-max-age"] == "600"
        assert answered.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answered.headers
    for origin in (FOREIGN, "null", "*", "", BOSS.upper(), f"{BOSS}.example.com"):
        refused = service.ask("OPTIONS", "/v1/answer", **asked, origin=origin)
        problem(refused, 401, "unauthorized")
        assert not [name for name in refused.headers if name.startswith("access-control-")]
    # without the header that makes it a preflight it is a request like any other
    problem(service.ask("OPTIONS", "/v1/answer", origin=BOSS), 401, "unauthorized")


def test_pages_of_allowed_origins_read_replies_and_errors_and_others_nothing(
    service: Service,
) -> None:
    key = {"x_api_key": service.key()}
    requests: list[tuple[str, str, object, dict[str, str], int]] = [
        ("GET", "/v1/session", None, key, 200),
        ("GET", "/v1/session", None, {}, 401),
        (
            "POST",
            "/v1/tokens",
            {},
            {"authorization": f"Bearer {service.token(service.key())}"},
            403,
        ),
        ("GET", "/v1/nothing", None, key, 404),
        ("POST", "/v1/tokens", {"minutes": 0}, key, 422),
        ("POST", "/v1/tokens", {"hall": "x" * 300_000}, key, 413),
        ("GET", "/broken", None, key, 500),
        ("GET", "/v1/labels", None, key, 503),
    ]
    for method, path, body, headers, status in requests:
        for origin in (BOSS, FOREIGN, None):
            named = headers if origin is None else {**headers, "origin": origin}
            response = service.ask(method, path, body=body, **named)
            if not (origin == FOREIGN and "authorization" in headers):
                assert response.status_code == status, path
            granted = response.headers.get("access-control-allow-origin")
            assert granted == (BOSS if origin == BOSS else None), (path, origin)
            assert response.headers["vary"] == "Origin"  # also for caches that saw no origin
            if origin == BOSS:
                shown = set(response.headers["access-control-expose-headers"].split(", "))
                assert shown == {"ETag", "X-Trace-Id", "X-Zhiku-Version", "Retry-After"}
            assert "access-control-allow-credentials" not in response.headers


def test_without_page_origins_nothing_is_said_of_origins(tmp_path: Path) -> None:
    alone = unlocked(tmp_path)
    for response in (
        alone.ask("GET", "/v1/session", origin=BOSS),
        alone.ask("OPTIONS", "/v1/session", origin=BOSS, access_control_request_method="GET"),
    ):
        assert not [name for name in response.headers if name.startswith("access-control-")]
        assert "vary" not in response.headers
        assert "frame-ancestors 'self'; " in response.headers["content-security-policy"]


def test_pages_of_allowed_origins_may_frame_and_nothing_else_is_relaxed(service: Service) -> None:
    policy = service.ask("GET", "/livez").headers["content-security-policy"]
    assert policy == (
        "default-src 'self'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors 'self' {BOSS} {CRM}; object-src 'none'"
    )


def test_program_files_are_open_to_pages_of_any_origin(service: Service) -> None:
    for path in ("/static/app.js", "/static/style.css", "/static/signin.js"):
        for headers in ({}, {"origin": BOSS}, {"origin": FOREIGN}, {"origin": "null"}):
            response = service.ask("GET", path, **headers)
            assert response.status_code == 200
            assert response.headers["access-control-allow-origin"] == "*"
            assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    for path in (
        "/static/nothing.js",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/../v1/session",
    ):
        assert service.ask("GET", path).status_code in {401, 404}


@pytest.mark.parametrize(
    ("origin", "host", "scheme", "own"),
    [
        ("http://zhiku:8000", "zhiku:8000", "http", True),
        ("http://ZHIKU:8000", "zhiku:8000", "http", True),
        ("https://zhiku", "zhiku", "https", True),
        ("https://zhiku", "zhiku", "http", True),
        ("http://zhiku", "zhiku", "https", False),
        ("http://zhiku:8001", "zhiku:8000", "http", False),
        ("http://zhiku", "zhiku:8000", "http", False),
        ("http://zhiku.evil", "zhiku", "http", False),
        ("http://evil/zhiku", "zhiku", "http", False),
        ("null", "null", "http", False),
        ("", "", "http", False),
        ("http://", "", "http", False),
    ],
)
def test_the_own_origin_is_the_host_that_was_asked(
    origin: str, host: str, scheme: str, own: bool
) -> None:
    assert is_own(origin, host, scheme) is own
