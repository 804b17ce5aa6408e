"""The parts of replies: each a value of the domain as callers see it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from corpora.push_template import PlaceholderType, PushChannel
from corpora.types import (
    ActionKind,
    Audience,
    Channel,
    FacetKind,
    RelationKind,
    SaleStatus,
    SubLibrary,
)
from retriever.answer import NoteKind
from retriever.fit import Level


class Reply(BaseModel):
    """Base of all replies: every key is always there, and there are no others."""

    model_config = ConfigDict(extra="forbid")


class SnippetView(Reply):
    """摘要；spans 是要高亮的位置，以字为单位，含头不含尾。"""

    text: str
    spans: list[tuple[int, int]]


class HitView(Reply):
    """一条命中。"""

    item_id: str
    title: str
    sub_library: SubLibrary
    score: float
    snippet: SnippetView
    facet: FacetKind | None
    sale_status: SaleStatus
    effective_from: dt.date | None
    effective_to: dt.date | None
    region: str | None
    reasons: list[str]


class CodeView(Reply):
    """条目在某个系统里的编码。"""

    system: str
    value: str


class ItemHead(Reply):
    """条目的抬头。"""

    id: str
    title: str
    sub_library: SubLibrary
    version: int
    effective_from: dt.date | None
    effective_to: dt.date | None
    sale_status: SaleStatus
    region: str | None
    codes: list[CodeView]
    owner: str
    filing_number: str


class CitationView(Reply):
    """text 的哪一段出自哪个条目的哪一面。"""

    item_id: str
    facet: FacetKind
    span: tuple[int, int]


class FactView(Reply):
    """text 里的一个数和它的出处：条目里的字段，或者算出它的算式和用到的数。"""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    value: str
    item_id: str | None = None
    field: str | None = None
    formula: str | None = None
    sources: list[str] | None = Field(default=None, alias="from")


class TipView(Reply):
    """随答案的提示；must_say 为真的必须先告知客户。"""

    item_id: str
    title: str
    text: str
    must_say: bool


class ActionView(Reply):
    """在某个触点怎么办。"""

    kind: ActionKind
    label: str
    target: str
    channel: Channel


class BlankView(Reply):
    """还要填的一个变量，和界面上怎么问。"""

    name: str
    label: str
    type: PlaceholderType
    max_length: int
    example: str


class PreviewView(Reply):
    """推送内容的预览；missing 里是还要填的变量（blanks 里是它们的叫法），全填了才能发。"""

    template_id: str
    channel: PushChannel
    preview: str
    segments: int
    missing: list[str]
    title: str
    item_id: str | None
    blanks: list[BlankView]


class RelatedView(Reply):
    """有关的条目。"""

    item_id: str
    title: str
    sub_library: SubLibrary
    relation: str


class RelationView(Reply):
    """条目指向的另一个条目，照原样列出。"""

    kind: RelationKind
    target: str


class OptionView(Reply):
    """反问的一个选项；选了就用 query 再问。"""

    label: str
    query: str
    item_id: str


class ClarifyView(Reply):
    """反问一句，二到四个选项。"""

    question: str
    options: list[OptionView]


class HandoverView(Reply):
    """转办：转到哪里，先核对什么，记录什么。"""

    route: str
    where: str
    check: list[str]
    record: list[str]


class ConflictView(Reply):
    """和答案矛盾的另一个条目：答案说 says，它说 other_says；line 是给工作人员看的一句话。"""

    item_id: str
    title: str
    facet: FacetKind
    field: str
    says: str
    other_says: str
    line: str


class NoteView(Reply):
    """地区、日期、客户品牌带来的不同；from 是用到的字段。只给工作人员看。"""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: NoteKind
    text: str
    item_id: str
    sources: list[str] = Field(alias="from")


class FitReasonView(Reply):
    """一条推送内容为什么排在这里、走这个渠道。"""

    template_id: str
    item_id: str | None
    channel: PushChannel
    code: str
    text: str


class WithheldView(Reply):
    """没有推荐的模板或条目，和原因；code 给程序判断用，不会变。"""

    template_id: str | None
    item_id: str | None
    title: str
    code: str
    text: str


class RemarkView(Reply):
    """客户情况的解读；level 为 red 的用红色提醒。"""

    code: str
    level: Level
    text: str


class FitView(Reply):
    """按客户情况怎样挑选：只给工作人员看。"""

    reasons: list[FitReasonView]
    withheld: list[WithheldView]
    remarks: list[RemarkView]


class NearestView(Reply):
    """没有把握时最接近的条目。"""

    item_id: str
    title: str
    sub_library: SubLibrary
    score: float


class SuggestionView(Reply):
    """一条联想。"""

    text: str
    kind: str
    item_id: str
    title: str
    sub_library: SubLibrary
    code: str | None


class FacetView(Reply):
    """条目的一面；questions 是只问这一面的问法；official 是业务口径，客户身份看不到。"""

    kind: FacetKind
    label: str
    audience: Audience
    customer: str | None
    steps: list[str]
    questions: list[str]
    official: str | None


class MissingCard(Reply):
    """没有知识的编码。"""

    code: str
    found: Literal[False]


class Card(Reply):
    """一个编码的知识卡片。"""

    code: str
    found: Literal[True]
    item: ItemHead
    short: str
    facets: list[FacetView]
    tips: list[TipView]
    actions: list[ActionView]
    templates: list[str]
    related: list[RelatedView]


class HelpItem(Reply):
    """一条操作说明。"""

    item: ItemHead
    facets: list[FacetView]


class Label(Reply):
    """一个值和它的中文名。"""

    value: str
    label: str
