"""What an item of each library must hold before it is of use."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from corpora.source import Severity
from corpora.types import (
    Audience,
    Device,
    DeviceKind,
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SaleStatus,
    SubLibrary,
    Tariff,
)
from tests.corpora.builders import (
    found,
    make_facet,
    make_item,
    make_template,
    make_tip,
    only,
    problems_of,
)

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def told(kind: FacetKind, text: str) -> Facet:
    return Facet(kind, text, audience=Audience.AGENT)


def test_business_that_is_handled_has_a_tip() -> None:
    item = make_item(relations=())
    found(item, field="relations", severity=WARNING, says="提示")
    gone = replace(item, sale_status=SaleStatus.WITHDRAWN, actions=())
    assert not problems_of(gone)


def test_a_case_tells_what_happened_what_was_done_what_was_learned_and_about_what() -> None:
    story = (told(FacetKind.SITUATION, "客户来电。"), told(FacetKind.HANDLING, "核对后退费。"))
    case = make_item(
        "cas-x", sub_library=SubLibrary.CASES, facets=story, tariff=None, actions=(), codes=()
    )
    case = replace(
        case, sub_library=SubLibrary.CASES, relations=(Relation(RelationKind.TIP, "tip-order"),)
    )
    tip = make_tip()
    found(case, tip, field="facets", severity=WARNING, says="启示")
    whole = replace(case, facets=(*story, told(FacetKind.LESSON, "先查后答。")))
    assert not problems_of(whole, tip)
    found(replace(whole, relations=()), field="relations", severity=WARNING, says="没有关联")


def test_a_screen_is_led_through_step_by_step() -> None:
    screen = replace(
        make_tip("tec-x"),
        sub_library=SubLibrary.TECHNICAL,
        screens=("CPBG",),
        facets=(told(FacetKind.OPERATION, "先查后办。"),),
    )
    found(screen, field="facets", severity=WARNING, says="分步")
    stepped = replace(screen.facets[0], steps=("先查", "再办"))
    assert not problems_of(replace(screen, facets=(stepped,)))


def test_what_is_no_longer_sold_cannot_be_ordered() -> None:
    held = make_item(sale_status=SaleStatus.GRANDFATHERED)
    found(held, field="actions[0]", severity=ERROR, says="停售存量")


def test_a_template_that_no_item_offers_is_named() -> None:
    item = make_item(sale_status=SaleStatus.WITHDRAWN, actions=())
    assert only(problems_of(item, make_template())).field == "id"
    assert not problems_of(make_item(templates=("tpl-pack",)), make_template())


def test_a_product_on_sale_can_be_sent_to_the_customer() -> None:
    other = make_item("biz-other", templates=("tpl-pack",))
    problem = only(problems_of(make_item(), other, make_template()))
    assert (problem.field, problem.severity) == ("templates", WARNING)


PHONE = Device(DeviceKind.PHONE, battery_mah=5000, rear_megapixels=13, nfc=False)


def phone(parameters: str, device: Device | None = PHONE) -> KnowledgeItem:
    return make_item(
        "dev-x",
        facets=(make_facet("电池5000毫安。", parameters, kind=FacetKind.PARAMETERS),),
        tariff=Tariff(price_book="DEV_X", one_time_fee=Decimal(899)),
        device=device,
        actions=(),
    )


def device_problems(item: KnowledgeItem) -> list[str]:
    item = replace(item, sub_library=SubLibrary.TERMINALS)
    return [p.field for p in problems_of(item) if p.field.startswith("device")]


def test_structured_parameters_say_what_the_text_says() -> None:
    said = "电池5000mAh，后置1300万像素，不支持NFC。"
    assert not device_problems(phone(said))
    assert device_problems(phone(said, replace(PHONE, battery_mah=6000))) == ["device.battery_mah"]
    assert device_problems(phone(said, replace(PHONE, rear_megapixels=50))) == [
        "device.rear_megapixels"
    ]
    assert device_problems(phone(said, replace(PHONE, nfc=True))) == ["device.nfc"]
    assert device_problems(phone("电池5000mAh，后置1300万像素。", replace(PHONE, esim=True))) == [
        "device.esim"
    ]


def test_a_device_on_sale_can_be_compared() -> None:
    assert device_problems(phone("电池5000mAh。", None)) == ["device"]
