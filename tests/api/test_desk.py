"""The desk through a real server: look-ups, favourites, shifts, changes, the catalogue."""

from __future__ import annotations

import datetime as dt
import itertools

import httpx
import pytest

from api.desk import answers
from tests.api.test_errors import problem

_people = itertools.count(1)


@pytest.fixture
def staff() -> str:
    """Nobody who was here before."""
    return f"s-{next(_people)}"


def desk_of(client: httpx.Client, staff: str, hall: str = "") -> answers.DeskReply:
    response = client.get("/v1/desk", params={"staff": staff, "hall": hall})
    assert response.status_code == 200, response.text
    return answers.DeskReply.model_validate_json(response.content)


def look_up(client: httpx.Client, query: str, staff: str, hall: str = "") -> None:
    body = {"query": query, "staff": staff, "hall": hall}
    assert client.post("/v1/desk/lookups", json=body).status_code == 204


def test_a_desk_is_empty_at_first_and_local_without_a_name(client: httpx.Client) -> None:
    mine = client.get("/v1/desk").json()
    assert (mine["staff"], mine["hall"], mine["curated"]) == ("local", "", [])
    assert set(mine) == {
        *("staff", "hall", "curated", "hall_lookups", "own_lookups", "favourites"),
        "last_shift_at",
    }


def test_own_look_ups_are_there_once_each_the_newest_first(
    client: httpx.Client, staff: str
) -> None:
    for query in ("日包怎么开", "流量月包怎么退", "日包怎么开？"):
        look_up(client, query, staff)
    assert [one.query for one in desk_of(client, staff).own_lookups] == [
        "日包怎么开？",
        "流量月包怎么退",
    ]
    assert desk_of(client, f"{staff}-other").own_lookups == []


def test_numbers_of_people_are_masked_before_they_are_kept(
    client: httpx.Client, staff: str
) -> None:
    look_up(client, "13800001234怎么停机", staff)
    (kept,) = desk_of(client, staff).own_lookups
    assert kept.query == "[手机号]怎么停机"


def test_what_is_no_question_or_a_long_story_is_not_kept(client: httpx.Client, staff: str) -> None:
    look_up(client, "？？", staff)
    look_up(client, "日" * 101, staff)
    assert desk_of(client, staff).own_lookups == []


def test_a_hall_sees_what_several_of_its_people_looked_up(client: httpx.Client, staff: str) -> None:
    hall = f"h-{staff}"
    for _ in range(3):
        look_up(client, "日包怎么开", f"{staff}-a", hall)
    assert desk_of(client, f"{staff}-c", hall).hall_lookups == []
    look_up(client, "日包怎么开!", f"{staff}-b", hall)
    (found,) = desk_of(client, f"{staff}-c", hall).hall_lookups
    assert (found.query, found.count) == ("日包怎么开!", 2)
    assert desk_of(client, f"{staff}-c").hall_lookups == []


def test_favourites_are_kept_once_and_let_go(client: httpx.Client, staff: str) -> None:
    path, params = "/v1/desk/favourites/pack-day5", {"staff": staff}
    for _ in range(2):
        assert client.put(path, params=params).status_code == 204
    (kept,) = desk_of(client, staff).favourites
    assert kept.model_dump(mode="json") == {
        "item_id": "pack-day5",
        "title": "5元1GB流量日包",
        "sub_library": "business",
        "sale_status": "on_sale",
        "available": True,
    }
    for _ in range(2):
        assert client.delete(path, params=params).status_code == 204
    assert desk_of(client, staff).favourites == []


def test_what_nobody_knows_is_no_favourite(client: httpx.Client, staff: str) -> None:
    problem(client.put("/v1/desk/favourites/nothing"), 404, "not_found")
    problem(client.put("/v1/desk/favourites/NO%20ID"), 422, "invalid_request")
    assert client.delete("/v1/desk/favourites/nothing").status_code == 204


def test_the_first_visit_knows_no_shift_before(client: httpx.Client, staff: str) -> None:
    assert desk_of(client, staff).last_shift_at is None


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/v1/desk?staff=不是编号", None, "staff"),
        ("POST", "/v1/desk/lookups", {}, "query"),
        ("POST", "/v1/desk/lookups", {"query": "日包", "hall": "a b"}, "hall"),
        ("POST", "/v1/desk/lookups", {"query": "日包", "item_id": "A"}, "item_id"),
        ("POST", "/v1/desk/lookups", {"query": "日" * 501}, "query"),
        ("GET", "/v1/changes?since=2026-03-01", None, "since"),
        ("GET", "/v1/changes?limit=0", None, "limit"),
        ("GET", "/v1/changes?region=火星", None, "region"),
        ("GET", "/v1/catalogue?library=nowhere", None, "library.0"),
        ("GET", "/v1/catalogue?limit=201", None, "limit"),
        ("GET", "/v1/catalogue?library=business&after=nothing", None, "after"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(
    client: httpx.Client, method: str, path: str, body: object, field: str
) -> None:
    response = client.request(method, path, json=body) if body is not None else client.get(path)
    content = problem(response, 422, "invalid_request")
    assert [error["field"] for error in content["errors"]] == [field]


def test_nothing_changed_in_an_index_whose_versions_have_no_days(client: httpx.Client) -> None:
    response = client.get("/v1/changes")
    content = answers.ChangesReply.model_validate_json(response.content)
    assert content.changes == []
    assert content.until - content.since == dt.timedelta(days=1)


def test_a_catalogue_counts_the_six_libraries(client: httpx.Client) -> None:
    response = client.get("/v1/catalogue")
    content = answers.CatalogueReply.model_validate_json(response.content)
    assert [(one.value, one.count) for one in content.libraries] == [
        ("business", 6),
        ("marketing", 0),
        ("tips", 1),
        ("terminals", 0),
        ("technical", 1),
        ("cases", 0),
    ]
    assert content.libraries[0].label == "业务知识库"
    assert (content.categories, content.items, content.total, content.next) == ([], [], 0, None)


def test_a_library_is_turned_over_page_by_page_in_the_order_of_its_titles(
    client: httpx.Client,
) -> None:
    titles: list[str] = []
    after = ""
    for _ in range(3):
        params = {"library": "business", "limit": 2, "after": after}
        page = answers.CatalogueReply.model_validate(
            client.get("/v1/catalogue", params=params).json()
        )
        assert page.total == 6
        titles += [one.title for one in page.items]
        after = page.next or ""
    assert after == ""
    assert titles == [
        "10元1GB流量月包",
        "20元3GB流量月包",
        "30元10GB流量月包",
        "5元1GB流量日包",
        "宽带移机",
        "云都市营业时间",
    ]


def test_a_catalogue_has_groups_and_keeps_to_one(client: httpx.Client) -> None:
    page = client.get("/v1/catalogue", params={"library": "business"}).json()
    counted = {one["value"]: one["count"] for one in page["categories"]}
    assert sum(counted.values()) == 6
    assert counted["市场经营部"] == 1
    only = client.get(
        "/v1/catalogue", params={"library": "business", "category": "市场经营部"}
    ).json()
    assert [one["item_id"] for one in only["items"]] == ["pack-day5"]
    assert only["categories"] == page["categories"]


def test_a_catalogue_shows_each_reader_what_is_meant_for_them(client: httpx.Client) -> None:
    for audience, count in (("customer", 0), ("agent", 1)):
        page = client.get("/v1/catalogue", params={"library": "technical", "audience": audience})
        assert page.json()["total"] == count


def test_a_catalogue_that_the_caller_has_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/v1/catalogue", params={"library": "business"})
    assert first.headers["cache-control"] == "private, max-age=60"
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get("/v1/catalogue", params={"library": "business"}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    for other in ({"library": "tips"}, {"library": "business", "limit": "2"}):
        assert client.get("/v1/catalogue", params=other, headers=known).status_code == 200
