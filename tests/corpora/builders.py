"""Builders with sensible defaults, free of problems: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

from corpora.checks import check
from corpora.knowledge import Knowledge, PriceRow
from corpora.push_template import (
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
)
from corpora.regions import NamedRegion, Regions
from corpora.source import Problem, Severity
from corpora.types import (
    Action,
    ActionKind,
    Audience,
    Channel,
    Code,
    DataAllowance,
    DataKind,
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SubLibrary,
    Tariff,
)

PACK = Tariff(
    price_book="LLB_M10",
    monthly_fee=Decimal("10.00"),
    data=(DataAllowance(DataKind.GENERAL, Decimal(1)),),
)
REGIONS = Regions((NamedRegion("yj", "云江省"), NamedRegion("yj/wanghai", "望海市")))
PRICE_BOOK = {"LLB_M10": PriceRow("LLB_M10", "10元1GB流量月包", PACK)}
REMINDER = Relation(RelationKind.TIP, "tip-order")
FEE = Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.monthly_fee")
DATE = Placeholder("date", PlaceholderType.DATETIME, label="生效日期")

ITEM_YAML = """\
- id: biz-pack
  title: 10元1GB流量月包
  similar_questions: [月包怎么开, 月包多少钱, 月包怎么退]
  codes:
    - {system: boss, value: "30010001"}
  effective_from: 2025-01-01
  facets:
    - kind: overview
      official: 月费10元，含1GB。
      customer: 每月10元，有1GB流量。
"""


def make_facet(
    customer: str = "每月10元，有1GB流量。",
    official: str = "月费10元，含国内通用流量1GB。",  # short: near-duplicates need more text
    *,
    kind: FacetKind = FacetKind.PRICE,
    steps: tuple[str, ...] = (),
    questions: tuple[str, ...] = (),
) -> Facet:
    return Facet(kind, official, customer, steps, questions=questions)


def make_internal(official: str, questions: tuple[str, ...] = ()) -> Facet:
    return Facet(FacetKind.HANDLING, official, audience=Audience.INTERNAL, questions=questions)


def said(customer: str, official: str | None = None) -> KnowledgeItem:
    """An item that says ``customer`` to customers; its official text says the same."""
    return make_item(facets=(make_facet(customer, official or f"月费10元，含1GB。{customer}"),))


def make_item(item_id: str = "biz-pack", **fields: Any) -> KnowledgeItem:
    official = f"月费10元，含国内通用流量1GB（{item_id}）。"  # no near-duplicate of another item
    facets = tuple(
        make_facet(kind=kind, official=official)
        for kind in (FacetKind.PRICE, FacetKind.OPEN, FacetKind.CANCEL, FacetKind.EFFECTIVE)
    )
    defaults: dict[str, Any] = {
        "title": "10元1GB流量月包",
        "sub_library": SubLibrary.BUSINESS,
        "facets": facets,
        "similar_questions": tuple(f"{item_id} {q}" for q in ("怎么开", "多少钱", "怎么退")),
        "tariff": PACK,
        "actions": (Action(ActionKind.OPEN, Channel.SMS, "短信开通", "KTLLB10@10086"),),
        "codes": (make_code(f"3{zlib.crc32(item_id.encode()) % 10**7:07d}"),),
        "relations": (REMINDER,),
    }
    if "facets" in fields:  # a test on one wording is not about what else should be there
        defaults |= {"sub_library": SubLibrary.TIPS, "relations": ()}
    if fields.get("sub_library", SubLibrary.BUSINESS) is not SubLibrary.BUSINESS:
        defaults["relations"] = ()
    return KnowledgeItem(id=item_id, **(defaults | fields))


def make_tip(item_id: str = REMINDER.target) -> KnowledgeItem:
    return KnowledgeItem(
        id=item_id,
        title="办理前提醒",
        sub_library=SubLibrary.TIPS,
        facets=(Facet(FacetKind.WARNING, "办理前核对业务名称。", "办理前请您核对一下业务名称。"),),
        similar_questions=tuple(f"{item_id} {q}" for q in ("说什么", "提醒什么", "怎么说")),
    )


def make_template(
    body: str = "您已办理流量包，每月{{ fee }}，当月生效。",
    *placeholders: Placeholder,
    template_id: str = "tpl-pack",
    situation: Situation = Situation.AFTER,
    effective_to: dt.date | None = None,
) -> PushTemplate:
    if not placeholders and "{{ fee }}" in body:
        placeholders = (FEE,)
    return PushTemplate(
        id=template_id,
        title="流量包通知",
        channel=PushChannel.SMS,
        purpose=Purpose.NOTICE,
        situation=situation,
        body=body,
        placeholders=placeholders,
        effective_to=effective_to,
    )


def make_code(value: str = "30010001", system: str = "boss") -> Code:
    return Code(system, value)


def problems_of(
    *things: KnowledgeItem | PushTemplate, as_of: dt.date | None = None
) -> list[Problem]:
    """What the checks say of these things, which come from no file."""
    items = tuple(thing for thing in things if isinstance(thing, KnowledgeItem))
    ids = {item.id for item in items}
    if REMINDER.target not in ids and any(REMINDER in item.relations for item in items):
        items = (*items, make_tip())
    templates = tuple(thing for thing in things if isinstance(thing, PushTemplate))
    knowledge = Knowledge(items, templates, regions=REGIONS, price_book=PRICE_BOOK)
    return check(knowledge, {}, as_of=as_of)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def found(*things: KnowledgeItem, field: str, severity: Severity, says: str) -> None:
    problem = only(problems_of(*things))
    assert (problem.field, problem.severity) == (field, severity)
    assert says in problem.problem
