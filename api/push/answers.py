"""What the API says about pushes; numbers are masked everywhere but in orders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import Field

from api.push.plan import Step
from api.push.rules import Decline
from api.push.sending import Accepted
from api.push.tables import State
from api.reply_parts import Reply
from corpora.push_template import Purpose, PushChannel


class DeclineView(Reply):
    """不发的一条理由；allowed_from 是只和时间有关时，什么时候起可以。"""

    code: str
    reason: str
    allowed_from: dt.datetime | None = None

    @classmethod
    def of(cls, decline: Decline) -> DeclineView:
        """As the rules say it."""
        return cls(code=decline.code, reason=decline.reason, allowed_from=decline.allowed_from)


class AcceptedView(Reply):
    """已经存下，到时会发；repeated 表示这个幂等键以前来过，没有再存一次。"""

    message_id: str
    state: State
    at: dt.datetime
    repeated: bool

    @classmethod
    def of(cls, accepted: Accepted) -> AcceptedView:
        """Of a stored message."""
        return cls(
            message_id=accepted.message_id,
            state=accepted.state,
            at=accepted.at,
            repeated=accepted.repeated,
        )


class ResultView(Reply):
    """一批里一条的结果：accepted，或者 code、detail（以及全部理由 declines）。"""

    idempotency_key: str
    accepted: AcceptedView | None = None
    code: str | None = None
    detail: str | None = None
    declines: list[DeclineView] = Field(default_factory=list)


class BatchReply(Reply):
    """每条一个结果，次序和请求相同。"""

    accepted: int
    refused: int
    results: list[ResultView]


class ReasonView(Reply):
    """为什么这样安排。"""

    code: str
    text: str


class AgainstView(Reply):
    """一个没有选上的内容和理由。"""

    template_id: str
    declines: list[DeclineView]


class StepView(Reply):
    """对一位客户会怎样：send 为真时，会在 at 用 channel 发 preview。"""

    number: str
    send: bool
    template_id: str | None = None
    item_id: str | None = None
    channel: PushChannel | None = None
    at: dt.datetime | None = None
    preview: str | None = None
    segments: int | None = None
    reasons: list[ReasonView] = Field(default_factory=list)
    against: list[AgainstView] = Field(default_factory=list)

    @classmethod
    def of(cls, step: Step) -> StepView:
        """A step of a plan."""
        against = [
            AgainstView(
                template_id=one.template_id,
                declines=[DeclineView.of(decline) for decline in one.declines],
            )
            for one in step.against
        ]
        if step.wanted is None or step.ready is None:
            return cls(number=step.masked, send=False, against=against)
        message = step.ready.message
        return cls(
            number=step.masked,
            send=True,
            template_id=message.template_id,
            item_id=step.wanted.item_id,
            channel=message.channel,
            at=step.at,
            preview=message.text,
            segments=len(message.segments) if message.segments else None,
            reasons=[ReasonView(code=one.code, text=one.text) for one in step.reasons],
            against=against,
        )


class PlanReply(Reply):
    """计划；expected_calls 是按以往估计的来电数，发得太少时没有。"""

    steps: list[StepView]
    sent: int
    not_sent: int
    codes: dict[str, int] = Field(description="各条首要理由的客户数")
    segments: int
    expected_calls: float | None


class EventView(Reply):
    """一条消息经过的一件事。"""

    kind: str
    detail: str
    at: dt.datetime


class RecordReply(Reply):
    """一条消息的记录：发的到底是什么，用的是模板、条目的哪一版，经过了什么。"""

    message_id: str
    number: str
    channel: PushChannel
    purpose: Purpose
    template_id: str
    template_version: int
    item_versions: list[str]
    campaign: str
    wave: int
    source: str
    text: str
    state: State
    tries: int
    problem: str
    detail: str
    gateway: str
    caller: str
    accepted_at: dt.datetime
    planned_at: dt.datetime
    sent_at: dt.datetime | None
    ended_at: dt.datetime | None
    fallback_of: str | None
    history: list[EventView]

    @classmethod
    def of(cls, row: Any, history: Sequence[Any]) -> RecordReply:
        """Of a row and its events."""
        return cls(
            message_id=row.id,
            number=row.number_masked,
            item_versions=orjson.loads(row.item_versions),
            history=[EventView(kind=e.kind, detail=e.detail, at=e.at) for e in history],
            **{
                name: getattr(row, name)
                for name in (
                    *("channel", "purpose", "template_id", "template_version", "campaign", "wave"),
                    *("source", "text", "state", "tries", "problem", "detail", "gateway", "caller"),
                    *("accepted_at", "planned_at", "sent_at", "ended_at", "fallback_of"),
                )
            },
        )


class WishView(Reply):
    """客户说过的一次同意或拒收；until 为空就是现在仍有效。"""

    what: str
    channel: str
    evidence: str
    recorded_by: str
    since: dt.datetime
    until: dt.datetime | None
    ended_by: str


class HistoryReply(Reply):
    """一个号码的同意、拒收和发过的消息，新的在前。"""

    number: str
    consents: list[WishView]
    refusals: list[WishView]
    messages: list[RecordReply]


class TakenView(Reply):
    """一条回执或回复归到了哪条消息；message_id 为空是没有找到。"""

    message_id: str | None
    meant: str | None = Field(default=None, description="回复的意思；重复的回复为空")
    code: str | None = None
    detail: str | None = None


class TakenReply(Reply):
    """次序和请求相同。"""

    taken: list[TakenView]


class OrderView(Reply):
    """一次短信办理。只有 ordered 才是客户两次明确回复的订购。"""

    order_id: str
    number: str = Field(description="ordered 的三天内是完整号码，给受理系统用；其余打码")
    item_id: str
    item_version: str
    command: str
    state: str
    first_reply: str
    second_reply: str
    asked_at: dt.datetime
    ended_at: dt.datetime | None
    message_id: str
    confirmation_id: str


class OrdersReply(Reply):
    """新的在前。"""

    orders: list[OrderView]


class EffectView(Reply):
    """一个活动里一个模板的效果。"""

    campaign: str
    template_id: str
    accepted: int
    declined: int
    waiting: int
    sent: int
    delivered: int
    failed: int = Field(description="网关没有收下，或者报告没有送达")
    refused: int = Field(description="网关报告客户拒收")
    uncertain: int
    dead: int
    withdrawn: int
    replied: int
    opted_out: int
    ordered: int
    called: int


class EffectReply(Reply):
    """按活动、模板分列。"""

    since: dt.datetime
    until: dt.datetime
    effects: list[EffectView]


class OutboxReply(Reply):
    """各状态的条数，和要人看的：发不出去的、不知道发没发的。"""

    states: dict[str, int]
    oldest_waiting: dt.datetime | None
    dead: list[RecordReply]
    uncertain: list[RecordReply]
