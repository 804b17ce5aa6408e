"""What callers send: each field is checked here, and a key that means nothing is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    StrictBool,
    WithJsonSchema,
    model_validator,
)

from corpora.push_template import PushChannel
from corpora.types import Audience, SubLibrary
from retriever.context import Reaction

MAX_CODES: Final = 200
MAX_HITS: Final = 50
_MAX_LINES: Final = 200
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_date(value: object) -> object:
    """A date as 2026-03-01, in no other form: pydantic takes 20260301 for seconds since 1970."""
    if value is None or isinstance(value, dt.date):
        return value
    try:
        if isinstance(value, str) and _ISO_DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("应为日期，例如 2026-03-01")


def _encodable(value: str) -> str:
    """JSON may hold half of a surrogate pair, which no reply could repeat."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("含有不成对的代理字符，请换成正常文字") from None
    return value


def _split_codes(value: str) -> str:
    codes = codes_in(value)
    if not codes:
        raise ValueError("至少给一个编码，多个编码用逗号隔开")
    if len(codes) > MAX_CODES:
        raise ValueError(f"一次最多 {MAX_CODES} 个编码，现在有 {len(codes)} 个；请分几次查")
    if too_long := next((code for code in codes if len(code) > 64), ""):
        raise ValueError(f"编码 {too_long[:12]}… 太长，最多 64 个字符")
    return value


def codes_in(listed: str) -> list[str]:
    """The codes of a list with commas, each once, in the order given."""
    return list(dict.fromkeys(code for part in listed.split(",") if (code := part.strip())))


IsoDate = Annotated[
    dt.date, BeforeValidator(_iso_date), WithJsonSchema({"type": "string", "format": "date"})
]
Text = Annotated[str, AfterValidator(_encodable)]
Words = Annotated[Text, Field(max_length=200)]
Line = Annotated[Text, Field(max_length=2000)]
Names = Annotated[list[Words], Field(max_length=_MAX_LINES)]


class Request(BaseModel):
    """Base of all requests."""

    model_config = ConfigDict(extra="forbid")


class Scope(Request):
    """查什么范围：子库、地区、身份和日期。都不填就是全部子库、不分地区、坐席身份、今天。"""

    library: list[SubLibrary] = Field(
        default_factory=list, max_length=6, description="子库，可以多个；不填为全部"
    )
    region: Words | None = Field(
        default=None, description="地区编码或中文名", examples=["yj/yundu", "云都市"]
    )
    audience: Audience | None = Field(
        default=None, description="谁在看：customer 客户、agent 坐席（默认）、internal 内部"
    )
    as_of: IsoDate | None = Field(
        default=None, description="按哪一天的知识回答", examples=["2026-03-01"]
    )

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: Any) -> Any:
        """Forms send what was left open as an empty value; it restricts nothing."""
        if not isinstance(values, Mapping):
            return values
        kept = {key: value for key, value in values.items() if key not in _SCOPE or value != ""}
        if isinstance(kept.get("library"), list):
            kept["library"] = [name for name in kept["library"] if name != ""]
        return kept


_SCOPE: Final = frozenset({"library", "region", "audience", "as_of"})


class SearchQuery(Scope):
    """检索的参数。"""

    q: str = Field(description="问题，最多 500 字", examples=["5元日包怎么开"])
    k: int = Field(default=5, ge=1, le=MAX_HITS, description="最多几条")
    explain: bool = Field(default=False, description="是否说明每条为什么被找到")


class SuggestQuery(Scope):
    """联想的参数。"""

    q: str = Field(max_length=200, description="已经输入的字、拼音或首字母", examples=["liuliang"])
    limit: int = Field(default=10, ge=1, le=MAX_HITS, description="最多几条")


class FollowQuery(Scope):
    """知识跟随的参数。"""

    codes: Annotated[str, AfterValidator(_split_codes)] = Field(
        description=f"产品编码，用逗号隔开，最多 {MAX_CODES} 个", examples=["30010002,LLB-D5"]
    )


class ScoreBody(Request):
    """别的分制下的一个评分。"""

    value: FiniteFloat = Field(description="得分")
    min: FiniteFloat = Field(default=0, description="最低分")
    max: FiniteFloat = Field(default=100, description="最高分")


class ContactBody(Request):
    """以前的一次接触：推荐或发送了什么，客户怎么回应。"""

    at: Words = Field(description="日期，可以带时间", examples=["2026-03-01"])
    channel: Words = Field(default="", description="渠道")
    item_id: Words = Field(default="", description="说的是哪个条目")
    template_id: Words = Field(default="", description="发的是哪个模板")
    response: Reaction | None = Field(
        default=None,
        description=(
            "accepted 接受、undecided 考虑、declined 拒绝、complained 投诉、"
            "unsubscribed 拒收、no_answer 没有回应"
        ),
    )


def _score(value: object) -> object:
    """A bare number is a score from 0 to 100."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return {"value": value} if plain else value


class CustomerBody(Request):
    """调用方系统知道的客户情况；不要传姓名、号码、位置等能认出本人或其行踪的内容。

    给了任何一项，答案就按客户情况挑选、排序推送内容，并在 fit 里说明。
    """

    brand: Words = Field(default="", description="品牌", examples=["全球通"])
    device: Words | Names = Field(
        default="",
        description="终端型号；或终端能力的列表，列表里没有 mms 就改发短信",
        examples=["云鹿 Y5", ["5g", "mms"]],
    )
    tags: Names = Field(default_factory=list, description="客户标签")
    tariff_sensitive: StrictBool = Field(default=False, description="资费敏感")
    complaint_sensitive: StrictBool = Field(default=False, description="投诉敏感")
    scores: dict[Words, Annotated[ScoreBody, BeforeValidator(_score)]] = Field(
        default_factory=dict,
        max_length=_MAX_LINES,
        description=(
            "各项评分，0 到 100，别的分制写成 {value, min, max}；认识 tariff_sensitivity 资费敏感、"
            "complaint_sensitivity 投诉敏感、churn 流失倾向、value 价值、credit 信用"
        ),
        examples=[{"churn": 82, "credit": {"value": 3, "min": 1, "max": 5}}],
    )
    complaints: int = Field(default=0, ge=0, le=10_000, description="近期投诉次数")
    do_not_disturb: StrictBool = Field(default=False, description="客户要求免打扰")
    preferred_channels: Names = Field(
        default_factory=list, description="偏好的渠道，最喜欢的在前", examples=[["sms", "mms"]]
    )
    contacts: list[ContactBody] = Field(
        default_factory=list, max_length=_MAX_LINES, description="历次接触"
    )


class ContextBody(Request):
    """这通电话或这笔业务的情况，全部可以不填；问题没说清时用来补全。"""

    boss_code: Words = Field(default="", description="界面上的产品编码", examples=["30010002"])
    screen: Words = Field(default="", description="界面编号", examples=["CPBG"])
    region: Words | None = Field(default=None, description="地区编码或中文名")
    audience: Audience | None = Field(default=None, description="谁在看")
    channel: Words = Field(default="", description="触点；本版本收下但不使用")
    as_of: IsoDate | None = Field(default=None, description="按哪一天的知识回答")
    dialog: list[Line] = Field(
        default_factory=list, max_length=_MAX_LINES, description="之前的对话，早的在前"
    )
    customer: CustomerBody = CustomerBody()


class AnswerBody(Request):
    """问答的请求。filters 和 context 里都有的条件，以 filters 为准。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"query": "5元日包怎么开"},
                {
                    "query": "怎么取消",
                    "context": {"boss_code": "30010002", "customer": {"tariff_sensitive": True}},
                    "filters": {"library": ["business"], "region": "yj/yundu"},
                },
            ]
        },
    )
    query: Text = Field(description="问题，最多 500 字")
    context: ContextBody = ContextBody()
    filters: Scope = Scope()

    def scope(self) -> Scope:
        """The filters, with what only the context says added."""
        return Scope(
            library=self.filters.library,
            region=self.filters.region or self.context.region,
            audience=self.filters.audience or self.context.audience,
            as_of=self.filters.as_of or self.context.as_of,
        )


class RenderBody(Request):
    """生成一条推送内容。values 里的值都是文字；条目里有的值不用填。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "template_id": "tpl-sms-plan-enquiry",
                    "channel": "sms",
                    "item_id": "biz-plan-cx59",
                    "values": {},
                }
            ]
        },
    )
    template_id: Words = Field(description="推送模板的编号")
    channel: PushChannel = Field(description="渠道，要和模板的渠道相同")
    item_id: Words | None = Field(default=None, description="知识条目；价格等从这里取")
    values: dict[Words, Line] = Field(
        default_factory=dict, max_length=50, description="模板里条目不能填的变量"
    )
    region: Words | None = Field(default=None, description="地区编码或中文名")
    as_of: IsoDate | None = Field(default=None, description="按哪一天的知识")
