"""Builders with sensible defaults: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from corpora.push_template import (
    MmsPart,
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Facet,
    FacetKind,
    FirstMonth,
    KnowledgeItem,
    SubLibrary,
    Tariff,
)
from retriever.push import PushMessage, PushPreview, PushSettings, preview, render

IMAGES = Path(__file__).parents[2] / "corpora" / "templates" / "images"

FEE = Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.monthly_fee")
TITLE = Placeholder("title", PlaceholderType.TEXT, source="item.title")
NAME = Placeholder("name", PlaceholderType.TEXT, max_length=8, example="王女士")


def make_template(
    body: str = "{{ title }}每月{{ fee }}，当月生效。",
    *placeholders: Placeholder,
    channel: PushChannel = PushChannel.SMS,
    purpose: Purpose = Purpose.NOTICE,
    parts: tuple[MmsPart, ...] = (),
) -> PushTemplate:
    if not placeholders and "{{" in body:
        placeholders = (TITLE, FEE)
    return PushTemplate(
        id="pack-open",
        title="流量包开通",
        channel=channel,
        purpose=purpose,
        situation=Situation.AFTER,
        body=body,
        placeholders=placeholders,
        parts=parts,
    )


def make_mms(*parts: MmsPart, purpose: Purpose = Purpose.NOTICE) -> PushTemplate:
    return make_template("详情见彩信。", channel=PushChannel.MMS, purpose=purpose, parts=parts)


def words(text: str) -> MmsPart:
    return MmsPart("text", text=text)


def picture(name: str) -> MmsPart:
    return MmsPart("image", image=name)


def make_item(title: str = "10元1GB流量月包", tariff: Tariff | None = None) -> KnowledgeItem:
    return KnowledgeItem(
        id="llb-m10",
        title=title,
        sub_library=SubLibrary.BUSINESS,
        facets=(
            Facet(FacetKind.PRICE, official="官方口径秘密", customer="每月10元。"),
            Facet(FacetKind.LESSON, official="内部口径秘密", audience=Audience.INTERNAL),
        ),
        effective_to=dt.date(2026, 12, 1),
        tariff=tariff
        or Tariff(
            price_book="LLB_M10",
            monthly_fee=Decimal("10.00"),
            over_voice_per_minute=Decimal("0.15"),
            first_month=FirstMonth.FULL,
            validity_days=30,
        ),
        actions=(
            Action(ActionKind.OPEN, Channel.APP, "App办理", "app://open"),
            Action(ActionKind.OPEN, Channel.SMS, "短信办理", "TDLLB10@10086"),
        ),
    )


def rendered(
    template: PushTemplate,
    values: Mapping[str, str] | None = None,
    *,
    item: KnowledgeItem | None = None,
    settings: PushSettings | None = None,
    images: Mapping[str, bytes] | None = None,
) -> PushMessage:
    """``render`` with the defaults of a test; pictures come from ``images`` or the shipped ones."""
    return render(
        template,
        values or {},
        item=item,
        item_version="3",
        settings=settings or PushSettings(),
        load_image=shipped_image if images is None else images.__getitem__,
    )


def previewed(
    template: PushTemplate, item: KnowledgeItem | None = None
) -> PushMessage | PushPreview:
    return preview(
        template, item, item_version="3", settings=PushSettings(), load_image=shipped_image
    )


def shipped_image(name: str) -> bytes:
    return (IMAGES / name).read_bytes()


def only(kind: PlaceholderType, *, source: str = "", max_length: int = 30) -> PushTemplate:
    """A message that is one value between two marks, so that a test reads the value itself."""
    placeholder = Placeholder("gap", kind, max_length=max_length, source=source)
    return make_template("值〈{{ gap }}〉", placeholder, channel=PushChannel.PROMPT_BOX)


def value_in(message: PushMessage) -> str:
    return message.text.removeprefix("值〈").removesuffix("〉")
