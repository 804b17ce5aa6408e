"""Feedback and acknowledgements through a real server."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest

from api.desk import answers
from tests.api.test_errors import problem

_people = itertools.count(1)
KNOWN = {"item_id": "pack-day5", "tip_id": "tip-no-refund"}


@pytest.fixture
def staff() -> str:
    """Nobody who was here before."""
    return f"f-{next(_people)}"


def say(client: httpx.Client, staff: str, /, **changes: Any) -> httpx.Response:
    body = {"kind": "wrong", "query": "日包多少钱", "item_id": "pack-day5", "staff": staff}
    return client.post("/v1/feedback", json=body | changes)


def heard(client: httpx.Client, staff: str, **params: Any) -> list[answers.FeedbackView]:
    response = client.get("/v1/feedback", params={"limit": 200} | params)
    assert response.status_code == 200, response.text
    content = answers.FeedbackList.model_validate_json(response.content)
    return [one for one in content.feedback if one.staff == staff]


def test_feedback_is_kept_with_the_versions_that_the_reader_had(
    client: httpx.Client, staff: str
) -> None:
    response = say(client, staff, facet="price", hall="h-1", trace_id="call-2026-0001", text="贵了")
    assert response.status_code == 201
    taken = answers.FeedbackTaken.model_validate_json(response.content)
    (kept,) = heard(client, staff)
    assert kept.model_dump() == {
        "id": taken.id,
        "kind": "wrong",
        "received_at": taken.received_at,
        "caller": "local",
        "staff": staff,
        "hall": "h-1",
        "query": "日包多少钱",
        "item_id": "pack-day5",
        "item_version": 1,
        "sub_library": "business",
        "facet": "price",
        "text": "贵了",
        "trace_id": "call-2026-0001",
        "index_version": response.headers["x-zhiku-version"],
    }


def test_a_double_click_is_one_piece_of_feedback(client: httpx.Client, staff: str) -> None:
    first, again = say(client, staff), say(client, staff)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = say(client, staff, kind="outdated")
    assert other.status_code == 201
    assert len(heard(client, staff)) == 2


def test_words_that_follow_a_click_are_not_lost(client: httpx.Client, staff: str) -> None:
    say(client, staff)
    assert say(client, staff, text="应该是6元").status_code == 201
    assert [one.text for one in heard(client, staff)] == ["应该是6元", ""]


def test_numbers_of_people_are_masked_in_question_and_text(
    client: httpx.Client, staff: str
) -> None:
    say(
        client,
        staff,
        query="138 0000 1234 欠费",
        text="身份证 11010119900101123X，卡 6222021234567890123",
    )
    (kept,) = heard(client, staff)
    assert kept.query == "[手机号] 欠费"
    assert kept.text == "身份证 [证件号]，卡 [卡号]"


def test_feedback_about_an_item_that_is_gone_is_kept_without_a_version(
    client: httpx.Client, staff: str
) -> None:
    assert say(client, staff, item_id="long-gone").status_code == 201
    (kept,) = heard(client, staff)
    assert (kept.item_id, kept.item_version, kept.sub_library) == ("long-gone", None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "wrong"}, "body"),
        ({"kind": "wrong", "query": "  "}, "body"),
        ({"kind": "angry", "text": "x"}, "kind"),
        ({"kind": "wrong", "text": "字" * 1001}, "text"),
        ({"kind": "wrong", "text": "a\x00b"}, "text"),
        ({"kind": "wrong", "item_id": "NO ID"}, "item_id"),
        ({"kind": "wrong", "query": "日包", "staff": "张 三"}, "staff"),
        ({"kind": "wrong", "query": "日包", "facet": "colour"}, "facet"),
        ({"kind": "wrong", "query": "日包", "phone": "1"}, "phone"),
    ],
)
def test_feedback_that_cannot_be_used_is_refused_field_by_field(
    client: httpx.Client, body: dict[str, str], field: str
) -> None:
    content = problem(client.post("/v1/feedback", json=body), 422, "invalid_request")
    assert [error["field"] for error in content["errors"]] == [field]


def test_feedback_is_listed_newest_first_and_by_kind_and_library(
    client: httpx.Client, staff: str
) -> None:
    for kind, item in (("wrong", "pack-day5"), ("missing", "tip-no-refund"), ("suggestion", "")):
        say(client, staff, kind=kind, item_id=item)
    assert [one.kind.value for one in heard(client, staff)] == ["suggestion", "missing", "wrong"]
    only = heard(client, staff, kind=["missing", "suggestion"])
    assert [one.kind.value for one in only] == ["suggestion", "missing"]
    assert [one.item_id for one in heard(client, staff, library="tips")] == ["tip-no-refund"]
    later = heard(client, staff)[0].received_at
    assert [one.kind.value for one in heard(client, staff, since=later.isoformat())] == [
        "suggestion"
    ]


def test_pages_go_on_where_the_last_one_ended_whatever_comes_in(
    client: httpx.Client, staff: str
) -> None:
    for n in range(4):
        say(client, staff, text=f"第{n}条")
    first = client.get("/v1/feedback", params={"limit": 2}).json()
    say(client, staff, text="后来的")
    second = client.get("/v1/feedback", params={"limit": 2, "after": first["next"]}).json()
    texts = [one["text"] for page in (first, second) for one in page["feedback"]]
    assert texts == ["第3条", "第2条", "第1条", "第0条"]
    problem(client.get("/v1/feedback", params={"after": "0" * 16}), 422, "unknown_page")


def acknowledge(client: httpx.Client, staff: str, /, **changes: Any) -> httpx.Response:
    body = {
        "staff": staff,
        "order": f"SL-{staff}",
        "screen": "CPBG",
        "codes": ["30010002"],
        "warnings": [KNOWN],
        "decision": "acknowledged",
        "hall": "h-1",
    }
    return client.post("/v1/acknowledgements", json=body | changes)


def acknowledged(client: httpx.Client, staff: str) -> list[dict[str, Any]]:
    response = client.get("/v1/acknowledgements", params={"order": f"SL-{staff}"})
    answers.AcknowledgementList.model_validate_json(response.content)
    found: list[dict[str, Any]] = response.json()["acknowledgements"]
    return found


def test_an_acknowledgement_is_kept_with_the_versions_of_its_warnings(
    client: httpx.Client, staff: str
) -> None:
    response = acknowledge(client, staff)
    assert response.status_code == 201, response.text
    (kept,) = acknowledged(client, staff)
    assert kept == {
        "id": response.json()["id"],
        "recorded_at": response.json()["recorded_at"],
        "caller": "local",
        "staff": staff,
        "hall": "h-1",
        "order": f"SL-{staff}",
        "screen": "CPBG",
        "codes": ["30010002"],
        "warnings": [
            {
                "item_id": "pack-day5",
                "item_version": 1,
                "tip_id": "tip-no-refund",
                "tip_version": 1,
            }
        ],
        "decision": "acknowledged",
        "index_version": response.headers["x-zhiku-version"],
    }


def test_turning_back_is_a_decision_of_its_own(client: httpx.Client, staff: str) -> None:
    acknowledge(client, staff)
    acknowledge(client, staff, decision="turned_back", warnings=[{"item_id": "tip-no-refund"}])
    last, first = acknowledged(client, staff)
    assert (last["decision"], first["decision"]) == ("turned_back", "acknowledged")
    assert last["warnings"][0]["tip_id"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"warnings": [KNOWN, {"item_id": "nothing"}]}, "warnings.1.item_id"),
        ({"warnings": [{"item_id": "pack-day5", "tip_id": "nothing"}]}, "warnings.0.tip_id"),
        ({"warnings": [KNOWN] * 101}, "warnings"),
        ({"codes": ["1"] * 201}, "codes"),
        ({"order": "x" * 65}, "order"),
        ({"order": "13800001234"}, "order"),
        ({"order": "11010119900101123X"}, "order"),
        ({"decision": "perhaps"}, "decision"),
        ({"staff": "张三"}, "staff"),
    ],
)
def test_an_acknowledgement_that_cannot_be_used_is_refused_field_by_field(
    client: httpx.Client, staff: str, changes: dict[str, Any], field: str
) -> None:
    content = problem(acknowledge(client, staff, **changes), 422, "invalid_request")
    assert field in [error["field"] for error in content["errors"]]
    assert acknowledged(client, staff) == []
    assert "13800001234" not in str(content)
    assert "11010119900101123" not in str(content)
