from __future__ import annotations

import orjson
import pytest

from retriever.context import CallContext, Customer, context_from_json
from retriever.errors import BadQuery


def test_everything_is_optional() -> None:
    for raw in (b"{}", b'{"customer": null, "dialog": null, "boss_code": null}'):
        assert context_from_json(raw) == CallContext()


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
            "scores": {"a": 1},
            "preferred_channels": ["sms"],
            "contacts": [],
        },
    }
    assert context_from_json(orjson.dumps(known)) == CallContext(
        boss_code="0030",
        screen="CPBG",
        dialog=("您好", ""),
        customer=Customer(
            "全球通", "X1", ("老客户",), tariff_sensitive=True, preferred_channels=("sms",)
        ),
        region="yj/yundu",
        audience="customer",
        as_of="2026-03-01",
    )


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("", "JSON"),
        ("[]", "对象"),
        ('{"customer": 5}', "customer"),
        ('{"customer": {"tags": "老客户"}}', "tags"),
        ('{"customer": {"preferred_channels": 5}}', "preferred_channels"),
        ('{"dialog": "您好"}', "dialog"),
        ('{"dialog": [{"text": "您好"}]}', "dialog"),
        ('{"boss_code": 30010001}', "boss_code"),
        ('{"screen": ["CPBG"]}', "screen"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(raw: str, named: str) -> None:
    with pytest.raises(BadQuery, match=named):
        context_from_json(raw.encode())
