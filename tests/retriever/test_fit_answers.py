"""Answers for a customer of whom something is known: what is offered beside them, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from corpora.push_template import MmsPart, Purpose, PushChannel
from corpora.types import (
    Audience,
    Device,
    DeviceKind,
    FacetKind,
    Relation,
    RelationKind,
    SubLibrary,
)
from retriever.context import CallContext, Customer
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from tests.builders import make_facet, make_filter, make_item
from tests.retriever.knowledge import NEVER_SURE, make_base, make_template

PRICE = make_facet(FacetKind.PRICE, "月费5元。", "每月5元。")
OFFER = make_item("mkt-ring", "彩铃半年优惠", SubLibrary.MARKETING)
CASE = make_item("case-ring", "误开彩铃投诉", SubLibrary.CASES)
PHONE = replace(
    make_item("dev-h2", "海蓝 H2 老人机", SubLibrary.TERMINALS, aliases=("海蓝H2",)),
    device=Device(DeviceKind.FEATURE_PHONE),
)
RING = replace(
    make_item("ring", "视频彩铃", facets=[PRICE]),
    templates=("tpl-sell", "tpl-a", "tpl-mms", "tpl-care"),
    relations=(
        Relation(RelationKind.CAMPAIGN, "mkt-ring"),
        Relation(RelationKind.CASE, "case-ring"),
        Relation(RelationKind.DEVICE, "dev-h2"),
    ),
)
IMAGES = replace(
    make_template("tpl-mms", "您咨询的{{ title }}图文。", purpose=Purpose.CARE),
    channel=PushChannel.MMS,
    parts=(MmsPart("text", text="图文。"),),
)
TEMPLATES = [
    make_template("tpl-sell", purpose=Purpose.MARKETING),
    make_template("tpl-a"),
    IMAGES,
    make_template("tpl-care", "谢谢您。", purpose=Purpose.CARE),
]
PRICY = Customer(tariff_sensitive=True)


def opened(root: Path, **known: Any) -> KnowledgeBase:
    return make_base(root, RING, OFFER, CASE, PHONE, templates=TEMPLATES, **known)


def asked(base: KnowledgeBase, customer: Customer, wanted: Filter | None = None) -> dict[str, Any]:
    context = CallContext(customer=customer)
    return base.answer("视频彩铃多少钱", wanted or make_filter(), context).to_json()


def pushed(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["template_id"], message["channel"]) for message in answer["push"]]


def test_an_answer_without_a_customer_says_nothing_of_fitting(tmp_path: Path) -> None:
    answer = asked(opened(tmp_path), Customer())
    assert "fit" not in answer
    assert [name for name, _ in pushed(answer)] == ["tpl-sell", "tpl-a", "tpl-mms", "tpl-care"]
    assert [other["item_id"] for other in answer["related"]] == ["mkt-ring", "case-ring", "dev-h2"]


def test_who_minds_the_price_is_offered_no_campaign_and_the_clerk_sees_why(tmp_path: Path) -> None:
    answer = asked(opened(tmp_path), PRICY)
    assert [name for name, _ in pushed(answer)] == ["tpl-a", "tpl-mms", "tpl-care"]
    assert [other["item_id"] for other in answer["related"]] == ["case-ring", "dev-h2"]
    gone = [(one["template_id"], one["item_id"], one["code"]) for one in answer["fit"]["withheld"]]
    assert gone == [
        ("tpl-sell", "ring", "tariff_sensitive"),
        (None, "mkt-ring", "tariff_sensitive"),
    ]
    assert [remark["code"] for remark in answer["fit"]["remarks"]] == ["tariff_sensitive"]


def test_the_answer_itself_is_the_same_for_every_customer(tmp_path: Path) -> None:
    base = opened(tmp_path)
    plain, fitted = asked(base, Customer()), asked(base, PRICY)
    for key in ("outcome", "text", "facet", "item", "citations", "facts", "tips", "confidence"):
        assert fitted[key] == plain[key]


def test_who_complains_easily_is_cared_for_first(tmp_path: Path) -> None:
    answer = asked(opened(tmp_path), Customer(complaint_sensitive=True))
    assert [name for name, _ in pushed(answer)] == ["tpl-mms", "tpl-care", "tpl-a"]
    assert [other["item_id"] for other in answer["related"]] == ["case-ring", "dev-h2"]


def test_a_model_that_the_catalogue_knows_decides_the_channel(tmp_path: Path) -> None:
    answer = asked(opened(tmp_path), Customer(device="海蓝 h2"))
    assert ("tpl-care", "sms") in pushed(answer)
    withheld = [(one["template_id"], one["code"]) for one in answer["fit"]["withheld"]]
    assert withheld == [("tpl-mms", "device_without_mms")]
    alone = make_base(tmp_path / "alone", RING, PHONE, templates=[IMAGES])
    (message,) = asked(alone, Customer(device="海蓝H2"))["push"]
    assert (message["channel"], message["preview"]) == ("sms", "【示例移动】您咨询的视频彩铃图文。")


def test_nothing_is_told_a_customer_of_how_the_company_sees_one(tmp_path: Path) -> None:
    answer = asked(opened(tmp_path), PRICY, make_filter(audience=Audience.CUSTOMER))
    assert "fit" not in answer
    assert "tpl-sell" not in [name for name, _ in pushed(answer)]


def test_campaigns_leave_what_is_nearest_to_a_question_without_an_answer(tmp_path: Path) -> None:
    base = opened(tmp_path, calibration=dict(NEVER_SURE))
    plain, fitted = asked(base, Customer()), asked(base, PRICY)
    assert plain["outcome"] == fitted["outcome"] == "unknown"
    near = [hit["item_id"] for hit in plain["nearest"]]
    assert "mkt-ring" in near
    assert [hit["item_id"] for hit in fitted["nearest"]] == [n for n in near if n != "mkt-ring"]
    assert [one["item_id"] for one in fitted["fit"]["withheld"]] == ["mkt-ring"]


def test_templates_are_fitted_by_id_for_who_plans_a_push(tmp_path: Path) -> None:
    base = opened(tmp_path)
    found = base.fit(PRICY, [("tpl-sell", "ring"), ("tpl-care", None)], make_filter())
    assert [one.template.id for one in found.fitted] == ["tpl-care"]
    assert [one.item_id for one in found.withheld] == ["ring"]
