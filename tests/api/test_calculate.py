from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.calculation import CalculateReply
from indexer.encoders.protocol import Encoder
from tests.api.knowledge import publish
from tests.api.serving import CREATED_AT, running
from tests.api.test_errors import problem
from tests.corpora.shipped import shipped_knowledge

SHIPPED = {
    *("biz-qqt-59", "biz-qqt-79", "biz-roam-gat", "biz-pack-day5", "biz-close"),
    *("mkt-hyzx3", "mkt-hy24", "mkt-c240", "mkt-kdxy"),
}
REPLY_KEYS = {
    *("item", "title", "version", "calculation", "charge", "formula", "from", "words", "notes"),
    *("facts", "beyond", "comparison"),
}


@pytest.fixture(scope="module")
def desk(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a server over a few items of the shipped knowledge, most words left out."""
    root = tmp_path_factory.mktemp("calculate")
    items = shipped_knowledge().items
    publish(
        root / "index",
        encoder,
        *(
            replace(item, facets=item.facets[:1], similar_questions=())
            for item in items
            if item.id in SHIPPED
        ),
        created_at=CREATED_AT,
    )
    with running(root / "index", log=root / "serve.log") as server, server.client() as client:
        yield client


def calculated(desk: httpx.Client, **body: Any) -> dict[str, Any]:
    response = desk.post("/v1/calculate", json={"as_of": "2026-11-10", **body})
    assert response.status_code == 200, response.text
    CalculateReply.model_validate_json(response.content)
    found: dict[str, Any] = response.json()
    assert set(found) == REPLY_KEYS
    return found


def test_a_month_is_calculated_with_its_formula_and_the_fields_used(desk: httpx.Client) -> None:
    found = calculated(desk, item="biz-qqt-59", usage={"gb": 12})
    assert found["item"] == "biz-qqt-59"
    assert found["version"] == 1
    assert found["calculation"] == "month"
    assert found["charge"] == 69.0
    assert found["formula"] == "59 + (12 − 10) × 5 = 69元"
    assert found["from"] == [
        *("tariff.monthly_fee", "tariff.data.general", "tariff.over_data_per_gb"),
    ]
    assert found["beyond"] == {"charge": 10.0, "formula": "(12 − 10) × 5 = 10元"}
    assert found["comparison"] is None
    assert {"value": "12", "formula": "", "from": ["usage.gb"]} in found["facts"]


@pytest.mark.parametrize(
    ("body", "calculation", "formula"),
    [
        ({"item": "biz-qqt-59"}, "month", "59元"),
        (
            {"item": "biz-qqt-59", "usage": {"gb": 12.5, "minutes": 150}},
            "month",
            "59 + (12.5 − 10) × 5 + (150 − 100) × 0.15 = 79元",
        ),
        ({"item": "biz-roam-gat", "usage": {"days": 5}}, "month", "20 × 5 = 100元"),
        (
            {"item": "biz-qqt-59", "joined_on": "2026-03-25"},
            "first_month",
            "59 × 7 ÷ 31 ≈ 13.32元",
        ),
        ({"item": "mkt-hyzx3", "months": 12}, "total", "0 × 3 + 15 × 9 = 135元"),
        ({"item": "mkt-hy24", "leaves_after": 10}, "penalty", "99 × 14 × 30% = 415.8元"),
        ({"item": "mkt-c240"}, "returned", "20 × 12 = 240元"),
        ({"item": "mkt-c240", "months": 5}, "returned", "20 × 5 = 100元"),
        ({"item": "pack-day5"}, "month", "5元"),
    ],
)
def test_every_kind_of_calculation_has_its_request(
    desk: httpx.Client, body: dict[str, Any], calculation: str, formula: str
) -> None:
    found = calculated(desk, **body)
    assert (found["calculation"], found["formula"]) == (calculation, formula)


def test_two_products_are_compared_for_one_usage(desk: httpx.Client) -> None:
    found = calculated(desk, item="biz-qqt-59", usage={"gb": 12}, compare_with="biz-qqt-79")
    assert found["charge"] == 69.0
    other = found["comparison"]
    assert (other["item"], other["charge"], other["cheaper"]) == ("biz-qqt-79", 79.0, "biz-qqt-59")
    assert other["turning_points"] == [
        {"gb": 14.0, "cheaper": "biz-qqt-79"},
        {"gb": 56.0, "cheaper": "biz-qqt-59"},
    ]
    assert "流量超过14GB" in other["words"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"item": "nothing"}, 404, "not_found", None),
        ({"item": "biz-qqt-59", "compare_with": "nothing"}, 404, "not_found", None),
        ({"item": "tip-no-refund"}, 422, "no_tariff", None),
        (
            {"item": "biz-qqt-59", "usage": {"sms": 3}},
            *(422, "missing_tariff_field", "tariff.over_sms"),
        ),
        ({"item": "mkt-kdxy", "months": 30}, 422, "missing_tariff_field", "tariff.price_after"),
        ({"item": "biz-qqt-59", "leaves_after": 3}, 422, "missing_tariff_field", None),
        ({"item": "biz-qqt-59", "usage": {"gb": -1}}, 422, "bad_usage", "usage.gb"),
        ({"item": "biz-qqt-59", "usage": {"gb": 0.00001}}, 422, "bad_usage", "usage.gb"),
        ({"item": "biz-qqt-59", "months": 0}, 422, "bad_usage", "months"),
        ({"item": "biz-roam-gat"}, 422, "bad_usage", "usage.days"),
        (
            {"item": "mkt-hy24", "months": 3, "leaves_after": 3},
            *(422, "bad_usage", "leaves_after"),
        ),
        ({"item": "mkt-hy24", "months": 3, "usage": {"gb": 1}}, 422, "bad_usage", "usage"),
        (
            {"item": "biz-qqt-59", "joined_on": "2026-03-25", "compare_with": "biz-qqt-79"},
            *(422, "bad_usage", "compare_with"),
        ),
        ({"item": "biz-qqt-59", "usage": {"gb": "12"}}, 422, "invalid_request", "usage.gb"),
        ({"item": "biz-qqt-59", "usage": {"mb": 12}}, 422, "invalid_request", "usage.mb"),
        (
            {"item": "biz-qqt-59", "usage": {"minutes": 1.5}},
            422,
            "invalid_request",
            "usage.minutes",
        ),
        ({"item": "biz-qqt-59", "joined_on": "25号"}, 422, "invalid_request", "joined_on"),
        ({"item": "biz-qqt-59", "region": "火星"}, 422, "invalid_request", "region"),
        ({}, 422, "invalid_request", "item"),
    ],
)
def test_what_cannot_be_calculated_is_a_problem_that_names_the_field(
    desk: httpx.Client, body: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    content = problem(desk.post("/v1/calculate", json=body), status, code)
    if field is not None:
        assert [error["field"] for error in content["errors"]] == [field]


def test_of_two_products_the_one_that_states_too_little_is_named(desk: httpx.Client) -> None:
    body = {"item": "biz-qqt-59", "compare_with": "mkt-hyzx3"}
    content = problem(desk.post("/v1/calculate", json=body), 422, "missing_tariff_field")
    assert "会员" in content["detail"]


def test_openapi_has_an_example_of_each_kind(desk: httpx.Client) -> None:
    described = desk.get("/openapi.json").json()
    assert described["paths"]["/v1/calculate"]["post"]["summary"] == "资费计算"
    examples = described["components"]["schemas"]["CalculateBody"]["examples"]
    assert len(examples) == 5
    for example in examples:
        calculated(desk, **example)
