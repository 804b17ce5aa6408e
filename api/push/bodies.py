"""What callers send about pushes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, StrictBool

from api.push.gateways.protocol import Fate
from api.push.plan import Planned
from api.push.request import Request as SendRequest
from api.push.rules import Refused
from api.push.triggered import Event
from api.push.wanted import OrderByReply, Wanted
from api.schemas import CustomerBody, IsoDate, Line, Request, Words
from corpora.push_template import PushChannel
from corpora.triggers import TriggerEvent
from retriever.context import customer_from

MAX_MESSAGES: Final = 500
MAX_PLANNED: Final = 1_000
_MAX_OFFERS: Final = 10
_MAX_REPORTS: Final = 1_000
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2999


def _with_zone(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("要写明时区，例如 2026-03-02T12:00:00+08:00")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:  # some cannot be told in another zone
        raise ValueError(f"年份应在 {_FIRST_YEAR} 到 {_LAST_YEAR} 之间")
    return moment


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("含有空字符（NUL），请去掉")
    return text


Moment = Annotated[dt.datetime, AfterValidator(_with_zone)]
Kept = Annotated[Words, AfterValidator(_without_nul)]
"""Words that are written down or looked for: PostgreSQL knows no NUL."""
Campaign = Annotated[Kept, Field(max_length=80)]
Key = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
# what follows it names a template, in a column of 80
EventKey = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._:-]+$")]
Number = Annotated[
    str, Field(min_length=1, max_length=32, description="手机号", examples=["13800001234"])
]


class OfferBody(Request):
    """一个模板，和填它的条目、变量。"""

    template_id: Words = Field(description="推送模板的编号")
    channel: PushChannel = Field(description="渠道：sms 或 mms；彩信模板用 sms 就发它的备用短信")
    item_id: Words | None = Field(default=None, description="知识条目；价格等从这里取")
    values: dict[Words, Line] = Field(
        default_factory=dict, max_length=50, description="模板里条目不能填的变量"
    )
    region: Words = Field(default="", description="客户归属地的编码或中文名")

    def wanted(self) -> Wanted:
        """As the house knows it."""
        return Wanted(self.template_id, self.channel, self.item_id, self.values, self.region)


class OrderBody(Request):
    """客户回复开通指令可以订购：先发这个二次确认，再明确回复才算；变量 deadline 由系统填。"""

    template_id: Words = Field(examples=["tpl-sms-order-confirm"])
    values: dict[Words, Line] = Field(
        default_factory=dict, max_length=50, examples=[{"effect": "办理成功即生效"}]
    )


class MessageBody(OfferBody):
    """发一条消息。不写 at 就是现在；写了 until，遇到静默时段等只和时间有关的限制就顺延。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "number": "13800001234",
                    "template_id": "tpl-sms-plan-enquiry",
                    "channel": "sms",
                    "item_id": "biz-plan-cx59",
                }
            ]
        },
    )
    number: Number
    campaign: Campaign = Field(default="", description="营销活动的编号")
    wave: int = Field(default=0, ge=0, le=99, description="活动的第几波，0 为不分波")
    at: Moment | None = Field(default=None, description="什么时候发")
    until: Moment | None = Field(default=None, description="最晚可以顺延到什么时候")
    customer: CustomerBody = Field(default_factory=CustomerBody)
    order: OrderBody | None = Field(default=None, description="可以回复订购")

    def request(self, key: str) -> SendRequest:
        """As the house knows it."""
        return SendRequest(
            key=key,
            number=self.number,
            wanted=replace(self.wanted(), order=self._order()),
            campaign=self.campaign,
            wave=self.wave,
            at=self.at,
            until=self.until,
            customer=customer_from(self.customer.model_dump(mode="json")),
        )

    def _order(self) -> OrderByReply | None:
        order = self.order
        return OrderByReply(order.template_id, order.values) if order else None


class KeyedMessage(MessageBody):
    """一批里的一条。"""

    idempotency_key: Key = Field(description="幂等键：同一个键只发一次")


class BatchBody(Request):
    """一批消息，各自判断，一起存下。"""

    messages: list[KeyedMessage] = Field(min_length=1, max_length=MAX_MESSAGES)


class EventBody(Request):
    """客户身上发生（或将在某天发生）的一件事；等着它的模板到了日子就发。免打扰优先于触发。"""

    event: TriggerEvent
    on: IsoDate = Field(description="哪一天发生", examples=["2026-12-31"])
    number: Number
    item_id: Words | None = Field(
        default=None, description="和哪个条目有关；不写就只发不带条目的模板"
    )
    values: dict[Words, Line] = Field(
        default_factory=dict, max_length=50, description="模板要的变量；没有用到的不管"
    )
    region: Words = ""
    customer: CustomerBody = Field(default_factory=CustomerBody)

    def as_event(self, key: str) -> Event:
        """As the house knows it."""
        known = customer_from(self.customer.model_dump(mode="json"))
        return Event(
            key, self.event, self.on, self.number, self.item_id, self.values, self.region, known
        )


class PlannedBody(Request):
    """计划里的一位客户。"""

    number: Number
    customer: CustomerBody = Field(default_factory=CustomerBody)
    values: dict[Words, Line] = Field(default_factory=dict, max_length=50)
    region: Words = ""

    def planned(self) -> Planned:
        """As the house knows it."""
        known = customer_from(self.customer.model_dump(mode="json"))
        return Planned(self.number, known, self.values, self.region)


class PlanBody(Request):
    """给这些客户，这些内容，会发什么、什么时候发、为什么不发。什么都不会发出去。"""

    offers: list[OfferBody] = Field(min_length=1, max_length=_MAX_OFFERS)
    customers: list[PlannedBody] = Field(min_length=1, max_length=MAX_PLANNED)
    campaign: Campaign = ""
    wave: int = Field(default=0, ge=0, le=99)
    at: Moment | None = Field(default=None, description="打算什么时候发，不写就是现在")
    until: Moment | None = Field(
        default=None, description="最晚可以顺延到什么时候，不写就是 at 以后三天"
    )


class ReceiptBody(Request):
    """网关对一条消息的回执。gateway_id、message_id 至少有一个，或者 number 和 source 都有。"""

    fate: Fate = Field(
        description="delivered 送达、failed 没有送达、refused 客户拒收（会登记）、on_its_way 在途"
    )
    at: Moment | None = None
    gateway_id: Kept = Field(default="", max_length=80)
    message_id: Kept = Field(default="", max_length=32)
    number: str = Field(default="", max_length=32)
    source: Kept = Field(default="", max_length=20)
    problem: Kept = Field(default="", max_length=80, description="网关的错误码")


class ReceiptsBody(Request):
    """一批回执；同一个回执来几次都一样。"""

    receipts: list[ReceiptBody] = Field(min_length=1, max_length=_MAX_REPORTS)


class ReplyBody(Request):
    """客户发来的一条短信。"""

    number: Number
    source: Kept = Field(
        max_length=20, description="客户发到哪个号码，含扩展号", examples=["1008600"]
    )
    text: Line
    at: Moment | None = None
    gateway_id: Kept = Field(default="", description="网关给这条短信的编号，用来识别重复")


class RepliesBody(Request):
    """一批客户回复。"""

    replies: list[ReplyBody] = Field(min_length=1, max_length=_MAX_REPORTS)


class ConsentBody(Request):
    """登记客户同意（或撤回同意）接收营销消息。"""

    number: Number
    given: StrictBool = Field(default=True, description="false 为撤回")
    channel: PushChannel | None = Field(default=None, description="只同意一个渠道；不写为全部")
    evidence: Kept = Field(
        min_length=2,
        description="凭据：受理单号、录音编号、页面记录等",
        examples=["受理单 SL20260302-0001"],
    )
    at: Moment | None = Field(default=None, description="客户什么时候说的")


class RefusalBody(Request):
    """登记客户拒收营销（marketing）或免打扰（all）；lifted 为解除免打扰。"""

    number: Number
    kind: Refused = Refused.MARKETING
    lifted: StrictBool = False
    evidence: Kept = Field(min_length=2, description="凭据", examples=["10086 来电要求"])
    at: Moment | None = None


class NumberBody(Request):
    """一个号码。"""

    number: Number


class CallBody(Request):
    """客户来电：算在最近发给他的消息头上。"""

    number: Number
    at: Moment | None = None


class DecisionBody(Request):
    """对一条发不出去或不知道发没发的消息，由人决定：再发一次，或者作罢。"""

    decision: Literal["resend", "withdraw"]
    reason: Kept = Field(min_length=2)
