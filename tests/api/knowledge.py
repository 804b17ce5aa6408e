"""A little knowledge that has one of everything: codes, tips, messages, regions, routes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from corpora.lexicon import Lexicon, Route
from corpora.push_template import (
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from corpora.regions import NamedRegion, Regions
from corpora.template_life import content_code
from corpora.triggers import Trigger, TriggerEvent
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Code,
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SubLibrary,
    Tariff,
)
from indexer.backends.embedded.writer import EmbeddedWriter
from indexer.build import stage
from indexer.encoders.protocol import Encoder
from indexer.release import Release
from tests.builders import make_facet, make_held, make_item

REGIONS = Regions((NamedRegion("yj", "云江省"), NamedRegion("yj/yundu", "云都市")))
FRAUD = Route(
    id="fraud",
    label="诈骗",
    route="反诈专席 FZZX",
    say="请先不要转账。我现在为您转接反诈专席。",
    check=("是否已转账",),
    record=("对方号码", "链接或账户"),
    patterns=("我.{0,4}被骗",),
)
ENQUIRY = PushTemplate(
    id="tpl-day-enquiry",
    title="日包咨询回复",
    channel=PushChannel.SMS,
    purpose=Purpose.NOTICE,
    situation=Situation.ENQUIRY,
    body="您咨询的{{ product }}，一次性收费{{ fee }}，当天24点到期，不续订。详询10086。",
    placeholders=(
        Placeholder("product", PlaceholderType.TEXT, source="item.title"),
        Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.one_time_fee"),
    ),
)
GREETING = PushTemplate(
    id="tpl-greeting",
    title="称呼客户",
    channel=PushChannel.PROMPT_BOX,
    purpose=Purpose.CARE,
    situation=Situation.AFTER,
    body="{{ name }}，感谢来电。",
    placeholders=(Placeholder("name", PlaceholderType.TEXT, max_length=8, example="王女士"),),
)
OFFER = PushTemplate(
    id="tpl-day-offer",
    title="日包推荐",
    channel=PushChannel.SMS,
    purpose=Purpose.MARKETING,
    situation=Situation.AFTER,
    body="今天流量不够用？{{ product }}，一次{{ fee }}，当天24点到期。想要请回复{{ command }}",
    placeholders=(
        Placeholder("product", PlaceholderType.TEXT, source="item.title"),
        Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.one_time_fee"),
        Placeholder("command", PlaceholderType.CHARDIGIT, source="item.actions.open.sms"),
    ),
)
UNAPPROVED = replace(OFFER, id="tpl-day-unapproved", title="未审批的推荐")
CONFIRM = PushTemplate(
    id="tpl-once-confirm",
    title="二次确认",
    channel=PushChannel.SMS,
    purpose=Purpose.NOTICE,
    situation=Situation.AT,
    body="您正在订购{{ product }}，一次收{{ fee }}，{{ effect }}。同意请在{{ deadline }}前回复Y。咨询10086。",
    placeholders=(
        Placeholder("product", PlaceholderType.TEXT, source="item.title"),
        Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.one_time_fee"),
        Placeholder("effect", PlaceholderType.TEXT, label="生效说明", example="办理成功即生效"),
        Placeholder(
            "deadline", PlaceholderType.DATETIME, label="截止时间", example="2026-12-01 18:00"
        ),
    ),
)
ENDING = replace(
    ENQUIRY,
    id="tpl-day-ending",
    title="日包到期提醒",
    situation=Situation.REMINDER,
    body="您的{{ product }}还有3天到期，到期就停，不续订，不再收费。",
    placeholders=ENQUIRY.placeholders[:1],
    trigger=Trigger(TriggerEvent.PRODUCT_ENDS, days_before=3),
)
SURVEY = replace(
    GREETING,
    id="tpl-survey",
    title="办结回访",
    channel=PushChannel.SMS,
    trigger=Trigger(TriggerEvent.COMPLAINT_CLOSED, days_after=1),
)


def approved(template: PushTemplate) -> PushTemplate:
    """As somebody approved it."""
    return replace(
        template,
        approved_by="市场经营部",
        approved_on=dt.date(2026, 1, 5),
        approved_content=content_code(template),
    )


def month_pack(fee: int, gb: int) -> KnowledgeItem:
    """One of several siblings that differ in their numbers only."""
    title = f"{fee}元{gb}GB流量月包"
    return make_item(
        f"pack-month{fee}",
        title,
        facets=(
            make_facet(FacetKind.PRICE, f"月费{fee}元，含{gb}GB", f"每月{fee}元，有{gb}GB流量。"),
            make_facet(FacetKind.OPEN, "拨打10086办理", "在营业厅或者打10086就能开通。"),
            make_facet(
                FacetKind.CANCEL,
                "拨打10086退订，次月1日起不再收",
                "打10086就能取消，次月1日起不再收。",
            ),
        ),
        similar_questions=("流量月包多少钱", "流量月包怎么取消"),
        codes=(f"LLB-M{fee}",),
    )


def day_pack() -> KnowledgeItem:
    """The item with one of everything."""
    return KnowledgeItem(
        id="pack-day5",
        title="5元1GB流量日包",
        sub_library=SubLibrary.BUSINESS,
        facets=(
            Facet(FacetKind.PRICE, "一次性收取5元，含1GB。", "一次收5元，给1GB流量，当天有效。"),
            Facet(
                FacetKind.OPEN,
                "发送KTLLB5到10086，核对后回复Y，费用5元。",
                "发短信KTLLB5到10086就能开通。",
                ("编辑短信KTLLB5发到10086", "核对5元费用后回复Y"),
                questions=("日包要发啥短信", "日包回复Y才算开吗"),
            ),
            Facet(
                FacetKind.RULES,
                "坐席须核对余额。",
                audience=Audience.AGENT,
                questions=("开日包前先给客户核对什么",),
            ),
            Facet(FacetKind.LESSON, "内部口径秘密。", audience=Audience.INTERNAL),
        ),
        similar_questions=("日包怎么开", "日包多少钱", "今天流量没了加一个G多少钱"),
        aliases=("日包",),
        codes=(Code("boss", "30010002"), Code("marketing", "LLB-D5")),
        screens=("CPBG",),
        tariff=Tariff(one_time_fee=Decimal(5)),
        owner="市场经营部",
        filing_number="云江资费2025-0011号",
        weight=100,
        actions=(
            Action(ActionKind.OPEN, Channel.SMS, "短信开通", "KTLLB5@10086"),
            Action(ActionKind.OPEN, Channel.HOTLINE, "热线办理", "10086"),
        ),
        relations=(
            Relation(RelationKind.TIP, "tip-no-refund"),
            Relation(RelationKind.SIBLING, "pack-month10"),
        ),
        templates=("tpl-day-enquiry", "tpl-day-ending"),
    )


def items() -> list[KnowledgeItem]:
    """Everything that the small index holds."""
    return [
        day_pack(),
        month_pack(10, 1),
        month_pack(20, 3),
        month_pack(30, 10),
        KnowledgeItem(
            id="tip-no-refund",
            title="退费提醒",
            sub_library=SubLibrary.TIPS,
            facets=(Facet(FacetKind.WARNING, "日包不退费。", "日包开通后不能退，当天自动失效。"),),
            must_say=True,
        ),
        make_item(
            "screen-cpbg",
            "产品变更操作（CPBG）",
            SubLibrary.TECHNICAL,
            (
                Facet(
                    FacetKind.OPERATION,
                    "进入CPBG，录入号码。",
                    steps=("进入CPBG", "录入号码"),
                    audience=Audience.AGENT,
                ),
            ),
            screens=("CPBG",),
        ),
        make_item(
            "broadband",
            "宽带移机",
            facets=(make_facet(customer="搬家<b>可以</b>移机，打10086。", official="拨打10086。"),),
        ),
        make_item("hall-yundu", "云都市营业时间", region="yj/yundu"),
    ]


def release(*more: KnowledgeItem) -> Release:
    """The small knowledge with ``more`` items."""
    return Release(
        tuple(make_held(item) for item in [*items(), *more]),
        (ENQUIRY, GREETING, approved(OFFER), UNAPPROVED, CONFIRM, ENDING, SURVEY),
        Lexicon(words=("日包", "流量月包"), routes=(FRAUD,)),
        REGIONS,
    )


def publish(root: Path, encoder: Encoder, *more: KnowledgeItem, created_at: str) -> str:
    """Builds and publishes the small knowledge at ``root``; returns the version's name."""
    writer = EmbeddedWriter(root)
    built = stage(release(*more), encoder, writer, root / "cache", created_at=created_at)
    writer.publish(built.version)
    return built.version
