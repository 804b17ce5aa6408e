"""Builders with sensible defaults, free of problems: a test names only what it is about."""

from __future__ import annotations

import datetime as dt
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
FEE = Placeholder("fee", PlaceholderType.MONEY, source="item.tariff.monthly_fee")
DATE = Placeholder("date", PlaceholderType.DATETIME)

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
    official: str = "月费10元，含国内通用流量1GB。",
    *,
    kind: FacetKind = FacetKind.PRICE,
    steps: tuple[str, ...] = (),
) -> Facet:
    return Facet(kind, official, customer, steps)


def make_internal(official: str) -> Facet:
    return Facet(FacetKind.HANDLING, official, audience=Audience.INTERNAL)


def said(customer: str, official: str | None = None) -> KnowledgeItem:
    """An item that says ``customer`` to customers; its official text says the same."""
    return make_item(facets=(make_facet(customer, official or f"月费10元，含1GB。{customer}"),))


def make_item(item_id: str = "biz-pack", **fields: Any) -> KnowledgeItem:
    facets = tuple(
        make_facet(kind=kind)
        for kind in (FacetKind.PRICE, FacetKind.OPEN, FacetKind.CANCEL, FacetKind.EFFECTIVE)
    )
    defaults: dict[str, Any] = {
        "title": "10元1GB流量月包",
        "sub_library": SubLibrary.BUSINESS,
        "facets": facets,
        "similar_questions": ("月包怎么开", "月包多少钱", "月包怎么退"),
        "tariff": PACK,
        "actions": (Action(ActionKind.OPEN, Channel.SMS, "短信开通", "KTLLB10@10086"),),
    }
    if "facets" in fields:  # a test on one wording is not about what else should be there
        defaults["sub_library"] = SubLibrary.TIPS
    return KnowledgeItem(id=item_id, **(defaults | fields))


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
