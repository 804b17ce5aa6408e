from __future__ import annotations

import datetime as dt

import orjson
import pytest

from retriever.context import (
    CallContext,
    Contact,
    Customer,
    Reaction,
    Score,
    context_from_json,
    customer_from,
)
from retriever.errors import BadQuery


def test_everything_is_optional() -> None:
    for raw in (b"{}", b'{"customer": null, "dialog": null, "boss_code": null}'):
        assert context_from_json(raw) == CallContext()
    assert not CallContext().customer.is_known


def test_every_key_of_the_contract_is_taken() -> None:
    known = {
        "boss_code": "0030",
        "screen": "CPBG",
        "region": "yj/yundu",
        "audience": "customer",
        "channel": "hall",
        "as_of": "2026-03-01",
        "dialog": ["您好", ""],
        "customer": {
            "brand": "全球通",
            "device": "X1",
            "tags": ["老客户"],
            "tariff_sensitive": True,
            "complaint_sensitive": False,
            "scores": {"churn": 82, "credit": {"value": 2, "min": 1, "max": 5}},
            "preferred_channels": ["sms"],
            "contacts": [
                {"at": "2026-02-01T09:30:00+08:00", "item_id": "mkt-a", "response": "declined"},
                {"at": "2026-02-02", "channel": "sms", "template_id": "tpl-a"},
            ],
            "complaints": 2,
            "do_not_disturb": True,
        },
    }
    assert context_from_json(orjson.dumps(known)) == CallContext(
        boss_code="0030",
        screen="CPBG",
        dialog=("您好", ""),
        customer=Customer(
            "全球通",
            "X1",
            ("老客户",),
            tariff_sensitive=True,
            preferred_channels=("sms",),
            scores={"churn": Score(82), "credit": Score(2, 1, 5)},
            contacts=(
                Contact(dt.date(2026, 2, 1), item_id="mkt-a", reaction=Reaction.DECLINED),
                Contact(dt.date(2026, 2, 2), channel="sms", template_id="tpl-a"),
            ),
            complaints=2,
            do_not_disturb=True,
        ),
        region="yj/yundu",
        audience="customer",
        as_of="2026-03-01",
    )


def test_a_device_is_a_name_or_what_it_can_do() -> None:
    assert customer_from({"device": "云鹿 Y5"}) == Customer(device="云鹿 Y5")
    assert customer_from({"device": ["MMS", "5G"]}).capabilities == {"mms", "5g"}
    assert customer_from({"device": []}) == Customer()


def test_a_score_counts_in_percent_of_its_scale() -> None:
    assert Score(2, 1, 5).percent == 25.0
    assert Score(82).percent == 82.0


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("", "JSON"),
        ("[]", "对象"),
        ('{"customer": 5}', "customer"),
        ('{"customer": {"tags": "老客户"}}', "tags"),
        ('{"customer": {"preferred_channels": 5}}', "preferred_channels"),
        ('{"customer": {"tariff_sensitive": 1}}', "tariff_sensitive"),
        ('{"customer": {"complaints": "2"}}', "complaints"),
        ('{"customer": {"complaints": -1}}', "complaints"),
        ('{"customer": {"scores": [1]}}', "scores"),
        ('{"customer": {"scores": {"churn": "82"}}}', "churn"),
        ('{"customer": {"scores": {"churn": 120}}}', "120"),
        ('{"customer": {"scores": {"churn": {"value": 1, "min": 5, "max": 5}}}}', "min"),
        ('{"customer": {"scores": {"churn": {"value": 1, "of": 5}}}}', "of"),
        ('{"customer": {"contacts": ["昨天来电"]}}', "contacts"),
        ('{"customer": {"contacts": [{"at": "昨天"}]}}', "at"),
        ('{"customer": {"contacts": [{"at": "2026-02-30"}]}}', "at"),
        ('{"customer": {"contacts": [{"at": "2026-02-01", "response": "maybe"}]}}', "response"),
        ('{"dialog": "您好"}', "dialog"),
        ('{"dialog": [{"text": "您好"}]}', "dialog"),
        ('{"boss_code": 30010001}', "boss_code"),
        ('{"screen": ["CPBG"]}', "screen"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(raw: str, named: str) -> None:
    with pytest.raises(BadQuery, match=named):
        context_from_json(raw.encode())


@pytest.mark.parametrize(
    "customer",
    [
        {"base_station": "460-00-1234"},
        {"location": "云都"},
        {"tags": ["常驻基站 460-00-1234"]},
        {"tags": ["轨迹：云都—望海"]},
        {"scores": {"基站漫游次数": 3}},
        {"device": ["mms", "cell_id 1234"]},
        {"contacts": [{"at": "2026-02-01", "cell": "1234"}]},
    ],
)
def test_where_a_customer_was_is_never_part_of_a_context(customer: dict[str, object]) -> None:
    with pytest.raises(BadQuery):
        customer_from(customer)
