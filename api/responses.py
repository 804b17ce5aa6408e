"""What callers get, for OpenAPI and the contract tests; routes reply without going through it."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.answer_example import ANSWERED
from api.explain_parts import ExplainedHitView
from api.reply_parts import (
    ActionView,
    Card,
    CitationView,
    ClarifyView,
    ConflictView,
    FacetView,
    FactView,
    FitView,
    HandoverView,
    HelpItem,
    HitView,
    ItemHead,
    Label,
    MissingCard,
    NearestView,
    NoteView,
    PreviewView,
    RelatedView,
    RelationView,
    Reply,
    SuggestionView,
    TipView,
)
from corpora.push_template import PushChannel
from corpora.types import FacetKind
from retriever.answer import Outcome


class SearchReply(Reply):
    """检索结果，最好的在前；degraded 列出没有按时完成的部分。"""

    hits: list[ExplainedHitView | HitView]
    took_ms: float
    degraded: list[str]


class FurtherAnswer(Reply):
    """答案的全部内容，more 除外；问题里的其他问句各是这样一个答案，query 是补全后的那一句。"""

    query: str
    outcome: Outcome
    answered: bool
    confidence: float
    reason: str
    text: str = Field(description="可以对客户说的话；里面的每个数都在 facts 里有出处")
    agent_text: str = Field(description="只给工作人员看的业务口径，不能念给客户，也不能推送")
    facet: FacetKind | None
    item: ItemHead | None
    citations: list[CitationView]
    facts: list[FactView]
    tips: list[TipView]
    actions: list[ActionView]
    push: list[PreviewView]
    related: list[RelatedView]
    conflicts: list[ConflictView] = Field(
        description="说法和答案不一致的条目；不是空的，就先核实再答复客户"
    )
    notes: list[NoteView] = Field(description="这个地区、日期、品牌有什么不同")
    clarify: ClarifyView | None
    handover: HandoverView | None
    nearest: list[NearestView]
    degraded: list[str]
    trace_id: str
    took_ms: float
    fit: FitView | None = Field(
        default=None, description="请求里有客户情况、看的人是工作人员时才有这一项"
    )


class AnswerReply(FurtherAnswer):
    """答案。outcome：answered 已回答、clarify 需要确认、handover 转办、unknown 暂无把握。"""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ANSWERED]})

    more: list[FurtherAnswer] = Field(
        description="问题里还问了别的：每个一个答案，和前面说的是不同的条目或不同的一面"
    )


class SuggestReply(Reply):
    """联想。"""

    suggestions: list[SuggestionView]


class FollowReply(Reply):
    """知识跟随：每个编码一张卡片，次序和请求相同。"""

    cards: list[Card | MissingCard]


class HelpReply(Reply):
    """一个界面的操作帮助。"""

    screen: str
    items: list[HelpItem]


class ItemReply(Reply):
    """条目全文（看的人有权看到的部分）。"""

    item: ItemHead
    similar_questions: list[str]
    aliases: list[str]
    screens: list[str]
    suited_to: str
    excludes: list[str]
    requires: list[str]
    variant_of: str | None
    must_say: bool
    relations: list[RelationView]
    identity_check: str
    handling_time: str
    at_end: str
    errors: list[str]
    device: dict[str, Any] | None
    tariff: dict[str, Any] | None
    facets: list[FacetView]
    actions: list[ActionView]
    templates: list[str]
    related: list[RelatedView]


class SmsPieceView(BaseModel):
    """短信的一段，按网关要的字节写成十六进制；header 是长短信的拼接头（UDH），单条为空。"""

    header: str
    body: str
    data_coding: int


class CardRow(BaseModel):
    """一项内容：名称和值。"""

    label: str
    value: str


class CardView(BaseModel):
    """双屏、受理单按行拆好的内容；客户能看到的只有这几项。"""

    title: str
    rows: list[CardRow]
    notes: list[str]
    to_be_signed: bool


class PushReply(BaseModel):
    """一条完整的推送内容；短信等是 text，彩信是 parts 和备用短信 fallback。"""

    model_config = ConfigDict(extra="allow")
    template_id: str
    template_version: int
    approved: bool = Field(description="为假的只能给工作人员看，不能发送")
    channel: PushChannel
    text: str | None = None
    parts: list[dict[str, Any]] | None = None
    fallback: str | None = None
    wire: list[SmsPieceView] | None = None
    card: CardView | None = None
    encoding: str | None
    characters: int
    segments: list[str] | None
    signature: str
    unsubscribe: str
    bytes: int
    missing: list[str]
    warnings: list[str]
    item_versions: list[str]


class LabelsReply(Reply):
    """筛选条件可以取的值，和各种值在界面上的叫法。"""

    libraries: list[Label]
    regions: list[Label]
    audiences: list[Label]
    facets: list[Label]
    sale_statuses: list[Label]
    outcomes: list[Label]
    channels: list[Label]
    relations: list[Label]


class LiveReply(Reply):
    """进程在运行。"""

    status: Literal["ok"]


class ConstantsView(Reply):
    """排序和“何时作答”的常数；fitted 表示它们是按这个向量模型拟合的，adapted 表示向量模型适配过这套知识；
    reconsidered 是再读一遍后重新判断的常数照着哪个读题模型拟合，与 taught 相同才用上，没有就空着。
    """

    fitted: bool
    fingerprint: str
    threshold: float
    adapted: bool
    reconsidered: str
    digest: str


class ReadyReply(Reply):
    """能不能服务；problem 是最近一个打不开的新版本的原因，服务照常用上一个版本。

    指纹、常数和 taught（再读一遍的模型，没有就空着）相同的两个服务，对同样的知识回答相同。
    """

    status: Literal["ready"]
    index_version: str
    encoder: str
    encoder_fingerprint: str
    analyzer_fingerprint: str
    items: int
    passages: int
    constants: ConstantsView
    taught: str
    problem: str | None


_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 的问题说明",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "哪里不对、该怎么改"},
        "code": {"type": "string", "description": "给程序判断用，不会变"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_WHEN: Final = {
    400: "请求无法解析",
    401: "缺少凭证、凭证不对或已过期",
    403: "凭证没有这个地址需要的权限，或不能从这个网页使用",
    404: "没有找到",
    409: "有规则不允许，或和以前的请求冲突",
    413: "请求体超过 256 KB",
    422: "请求内容不能用",
    503: "暂时不能服务",
}


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The replies of a route by status, for OpenAPI: success and the problems that it may have."""
    replies: dict[int | str, dict[str, Any]] = {200: {"description": "成功"}}
    for status in statuses:
        content = {"application/problem+json": {"schema": _PROBLEM}}
        replies[status] = {"description": _WHEN[status], "content": content}
    return replies
