from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import httpx
import pytest

import corpora
import indexer
import retriever
from api.app import create_app
from api.errors import KINDS
from api.settings import ApiSettings
from retriever.opening import LiveKnowledgeBase

PROBLEM_KEYS = {"type", "title", "status", "detail", "code", "trace_id"}
# caught where they are raised: the loader and the fetching of models tell them in their own words
STAY_INSIDE = {
    "SyntaxProblem",
    "SourceFailed",
    # of workbooks, which no request brings
    "CellProblem",
    "Conflict",  # between writers, who tell it in their own words
    "ExportError",
    "InTheWay",
    "Unkeepable",
    "UnusableBook",
}


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = response.json()
    assert set(content) in (PROBLEM_KEYS, PROBLEM_KEYS | {"errors"})
    assert content["status"] == status
    assert content["code"] == code, content
    assert content["type"] == f"urn:zhiku:problem:{code}"
    assert content["trace_id"] == response.headers["x-trace-id"]
    assert any("一" <= char <= "鿿" for char in content["detail"])
    return content


@pytest.mark.parametrize("query", ["", "   ", "\x00\x07\x1b", "？！……", "日" * 501])
def test_a_question_that_cannot_be_used_is_refused_with_what_to_change(
    client: httpx.Client, query: str
) -> None:
    answered = client.post("/v1/answer", json={"query": query})
    assert "请" in problem(answered, 422, "bad_query")["detail"]
    problem(client.get("/v1/search", params={"q": query}), 422, "bad_query")


def test_ten_thousand_characters_are_refused_with_how_many_may_be_sent(
    client: httpx.Client,
) -> None:
    content = problem(client.post("/v1/answer", json={"query": "日" * 10_000}), 422, "bad_query")
    assert "10000" in content["detail"]
    assert "500" in content["detail"]


@pytest.mark.parametrize(
    ("params", "field", "told"),
    [
        ({}, "q", "缺少"),
        ({"q": "日包", "library": "nowhere"}, "library.0", "business、marketing、tips"),
        ({"q": "日包", "audience": "boss"}, "audience", "customer、agent、internal"),
        ({"q": "日包", "as_of": "2026-02-30"}, "as_of", "2026-03-01"),
        ({"q": "日包", "as_of": "20260301"}, "as_of", "2026-03-01"),
        ({"q": "日包", "as_of": "0"}, "as_of", "应为日期"),
        ({"q": "日包", "region": "火星"}, "region", "yj/yundu（云都市）"),
        ({"q": "日包", "k": "0"}, "k", "不能小于 1"),
        ({"q": "日包", "k": "51"}, "k", "不能大于 50"),
        ({"q": "日包", "k": "many"}, "k", "应为整数"),
        ({"q": "日包", "explain": "perhaps"}, "explain", "true 或 false"),
        ({"q": "日包", "libary": "tips"}, "libary", "没有这一项"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_it_may_be(
    client: httpx.Client, params: dict[str, str], field: str, told: str
) -> None:
    content = problem(client.get("/v1/search", params=params), 422, "invalid_request")
    assert [error["field"] for error in content["errors"]] == [field]
    assert told in content["errors"][0]["detail"]
    assert told in content["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": 5}, "query"),
        ({"query": ["日包"]}, "query"),
        ({"query": "日包", "k": 5}, "k"),
        ({"query": "日包", "context": {"bosscode": "1"}}, "context.bosscode"),
        ({"query": "日包", "context": {"customer": {"phone": "1"}}}, "context.customer.phone"),
        ({"query": "日包", "context": {"dialog": "不是列表"}}, "context.dialog"),
        ({"query": "日包", "context": []}, "context"),
        ({"query": "日包", "filters": {"library": ["nowhere"]}}, "filters.library.0"),
        ({"query": "日包", "filters": {"as_of": 20260301}}, "filters.as_of"),
        ({"query": "日包", "context": {"region": "火星"}}, "region"),
        ([], "body"),
        ("日包", "body"),
        (None, "body"),
    ],
)
def test_a_wrong_body_is_refused_field_by_field(
    client: httpx.Client, body: object, field: str
) -> None:
    content = problem(client.post("/v1/answer", json=body), 422, "invalid_request")
    assert [error["field"] for error in content["errors"]] == [field]


@pytest.mark.parametrize("body", [b"{", b"{'query': 1}", b"\xff\xfe", b"[" * 100_000, b"nul"])
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/answer", content=body, headers=headers)
    assert response.status_code == 400
    assert "JSON" in response.json()["detail"]


def test_half_of_a_surrogate_pair_is_refused_and_never_breaks_the_reply(
    client: httpx.Client,
) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b'{"query": "\\ud800"}', b'{"query": "x", "\\udfff": 1}'):
        response = client.post("/v1/answer", content=body, headers=headers)
        problem(response, 422, "invalid_request")


def test_a_form_instead_of_json_is_told_which_content_type_to_send(client: httpx.Client) -> None:
    content = problem(client.post("/v1/answer", data={"query": "日包"}), 422, "invalid_request")
    assert "application/json" in content["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "no_such_route"),
        ("GET", "/static/nothing.js", 404, "no_such_route"),
        ("GET", "/static/../app.py", 404, "no_such_route"),
        ("DELETE", "/v1/search", 405, "method_not_allowed"),
        ("GET", "/v1/answer", 405, "method_not_allowed"),
        ("GET", "/v1/items/no-such-item", 404, "not_found"),
        ("GET", "/v1/help/NOPE", 404, "unknown_code"),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = client.request(method, path)
    problem(response, status, code)
    assert (status == 405) == ("allow" in response.headers)


@pytest.mark.parametrize("codes", ["", " , ", ",".join(f"C{n}" for n in range(201)), "A" * 65])
def test_follow_refuses_no_codes_too_many_and_overlong_ones(
    client: httpx.Client, codes: str
) -> None:
    response = client.get("/v1/follow", params={"codes": codes})
    assert problem(response, 422, "invalid_request")["errors"][0]["field"] == "codes"


def test_200_codes_are_not_too_many(client: httpx.Client) -> None:
    response = client.get("/v1/follow", params={"codes": ",".join(f"C{n}" for n in range(200))})
    assert len(response.json()["cards"]) == 200


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"template_id": "tpl-none"}, 404, "not_found"),
        ({"channel": "mms"}, 404, "not_found"),
        ({"channel": "pigeon"}, 422, "invalid_request"),
        ({"item_id": "screen-cpbg"}, 404, "not_found"),
        ({"item_id": None}, 422, "missing_value"),
        ({"values": {"fee": "1"}}, 422, "conflicting_value"),
        ({"values": {"nobody": "1"}}, 422, "unknown_value"),
        ({"values": {"fee": 1}}, 422, "invalid_request"),
    ],
)
def test_a_message_that_cannot_be_rendered_names_what_is_at_fault(
    client: httpx.Client, changed: dict[str, object], status: int, code: str
) -> None:
    whole = {"template_id": "tpl-day-enquiry", "channel": "sms", "item_id": "pack-day5"}
    problem(client.post("/v1/push/render", json={**whole, **changed}), status, code)


def test_every_missing_variable_is_named_at_once(client: httpx.Client) -> None:
    body = {"template_id": "tpl-day-enquiry", "channel": "sms"}
    content = problem(client.post("/v1/push/render", json=body), 422, "missing_value")
    assert [error["field"] for error in content["errors"]] == ["product", "fee"]


@pytest.mark.parametrize("size", [256 * 1024 + 1, 1_000_000, 5_000_000])
def test_a_body_over_the_limit_is_refused(client: httpx.Client, size: int) -> None:
    headers = {"Content-Type": "application/json"}
    problem(client.post("/v1/answer", content=b" " * size, headers=headers), 413, "body_too_large")

    def pieces() -> Any:
        yield from (b" " * 65_536 for _ in range(size // 65_536 + 1))

    response = client.post("/v1/answer", content=pieces(), headers=headers)
    problem(response, 413, "body_too_large")


def test_a_body_just_under_the_limit_is_read_whole(client: httpx.Client) -> None:
    body = b'{"query": "\xe6\x97\xa5\xe5\x8c\x85"' + b" " * (256 * 1024 - 20) + b"}"
    assert len(body) <= 256 * 1024
    response = client.post("/v1/answer", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200


def public_errors() -> set[type[Exception]]:
    """Every public exception class that the packages below define."""
    found: set[type[Exception]] = set()
    for package in (corpora, indexer, retriever):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".versions" in module.name or module.name.endswith(".env"):
                continue  # alembic runs these; they are not modules to import
            if module.name == "indexer.encoders.st.encoder":
                continue  # needs torch, which has an environment of its own
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, Exception):
                    found.add(value)
    ours = tuple(f"{package.__name__}." for package in (corpora, indexer, retriever))
    return {
        cls for cls in found if cls.__module__.startswith(ours) and not cls.__name__.startswith("_")
    }


def test_every_public_error_of_the_packages_below_has_a_status() -> None:
    errors = {cls for cls in public_errors() if cls.__name__ not in STAY_INSIDE}
    assert len(errors) > 20
    unmapped = sorted(f"{cls.__module__}.{cls.__qualname__}" for cls in errors - set(KINDS))
    assert not unmapped, f"give these a status and a code in api.errors.KINDS: {unmapped}"


def test_codes_are_stable_words_and_no_two_errors_share_one_by_accident() -> None:
    codes = [kind.code for kind in KINDS.values()]
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)
    assert len(set(codes)) == len(codes)


def asked_in_process(path: str, folder: Path) -> httpx.Response:
    """A request to an app whose knowledge was never opened, with a route that fails."""
    live = LiveKnowledgeBase(f"file:{folder}", models=folder)
    app = create_app(live, ApiSettings(), lambda: dt.date(2026, 3, 1))

    def broken() -> None:
        raise RuntimeError("secret /etc/path")

    app.add_api_route("/broken", broken)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_an_unexpected_error_is_a_500_with_a_trace_id_and_without_a_traceback(
    tmp_path: Path,
) -> None:
    response = asked_in_process("/broken", tmp_path)
    content = problem(response, 500, "internal_error")
    assert content["trace_id"] in content["detail"]
    assert "secret" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize("path", ["/readyz", "/v1/search?q=x", "/v1/labels"])
def test_without_opened_knowledge_everything_but_livez_is_unavailable(
    tmp_path: Path, path: str
) -> None:
    response = asked_in_process(path, tmp_path)
    problem(response, 503, "not_serving")
    assert response.headers["x-zhiku-version"] == "none"
    assert asked_in_process("/livez", tmp_path).status_code == 200
