"""What clerks' pages send; every field is bounded."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from api.desk.acknowledgements import Decision
from api.desk.feedback import FeedbackKind
from api.desk.masking import MOBILE, PAPER, masked_text
from api.push.bodies import Kept, Moment
from api.schemas import MAX_CODES, Request, Scope
from corpora.types import FacetKind, SubLibrary

MAX_PAGE: Final = 200
_ITEM_ID: Final = r"^[a-z0-9][a-z0-9._-]{0,79}$"
_OR_NOTHING: Final = r"^([a-z0-9][a-z0-9._-]{0,79})?$"
_PAPER_SIGNS: Final = 18


def _no_person(order: str) -> str:
    """Numbers of orders may be long; one that is somebody's own is a mistake."""
    kind = masked_text(order)
    if kind == MOBILE or (kind == PAPER and len(order) == _PAPER_SIGNS):
        raise ValueError("应为受理单号，不能是手机号或证件号")
    return order


ItemId = Annotated[str, Field(max_length=80, pattern=_ITEM_ID, examples=["biz-pack-month10"])]
MaybeItem = Annotated[str, Field(max_length=80, pattern=_OR_NOTHING)]
Opaque = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._-]{0,64}$")]
Order = Annotated[Kept, Field(max_length=64), AfterValidator(_no_person)]
RowId = Annotated[str, Field(max_length=16, pattern=r"^[0-9a-f]{0,16}$")]
Question = Annotated[Kept, Field(max_length=500)]

_STAFF: Final = "谁：不透明的工号。令牌里有工号的不用填；用密钥的要填；本机模式默认 local"
_HALL: Final = "哪个营业厅：不透明的编号"


class Whose(Request):
    """谁在哪个营业厅。"""

    staff: Opaque = Field(default="", description=_STAFF, examples=["s-1024"])
    hall: Opaque = Field(default="", description=_HALL, examples=["h-017"])


class FeedbackBody(Whose):
    """一条反馈；query、item_id、text 至少要有一项。文字里的号码、证件号、卡号在保存前打码。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "outdated",
                    "query": "流量月包怎么退订",
                    "item_id": "biz-pack-cancel",
                    "facet": "cancel",
                    "text": "界面上的入口改名了",
                    "staff": "s-1024",
                    "hall": "h-017",
                }
            ]
        },
    )
    kind: FeedbackKind = Field(
        description="wrong 不对、missing 没说全、outdated 过时了、suggestion 建议"
    )
    query: Question = Field(default="", description="当时问的问题")
    item_id: MaybeItem = Field(default="", description="说的是哪个条目")
    facet: FacetKind | None = Field(default=None, description="说的是条目的哪一面")
    text: Annotated[Kept, Field(max_length=1000)] = Field(default="", description="补充说明")
    trace_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:-]{0,64}$")] = Field(
        default="", description="答案里的 trace_id"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.query.strip() or self.item_id or self.text.strip()):
            raise ValueError("query、item_id、text 至少要有一项")
        return self


class WarningBody(Request):
    """显示过的一条提醒：item_id 是提醒所属的条目，tip_id 是提示信息库里的那一条。"""

    item_id: ItemId
    tip_id: MaybeItem = Field(default="", examples=["tip-pack-no-refund"])


class AcknowledgementBody(Whose):
    """知晓确认：办理前显示了哪些提醒，是继续办还是不办了。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "order": "SL20261126-0001",
                    "screen": "CPBG",
                    "codes": ["30010001"],
                    "warnings": [{"item_id": "biz-pack-month10", "tip_id": "tip-pack-no-refund"}],
                    "decision": "acknowledged",
                    "staff": "s-1024",
                    "hall": "h-017",
                }
            ]
        },
    )
    order: Order = Field(default="", description="受理单号")
    screen: Annotated[Kept, Field(max_length=64)] = Field(default="", description="界面编号")
    codes: list[Annotated[Kept, Field(max_length=64)]] = Field(
        default_factory=list, max_length=MAX_CODES, description="界面上的产品编码"
    )
    warnings: list[WarningBody] = Field(max_length=100, description="显示过的提醒")
    decision: Decision = Field(description="acknowledged 已知晓，继续办；turned_back 不办了")


class LookupBody(Whose):
    """查过的一个问题；超过 100 字的不记。"""

    query: Question = Field(description="问的问题", examples=["流量月包怎么退订"])
    item_id: MaybeItem = Field(default="", description="打开了哪个条目")


class DeskQuery(Scope, Whose):
    """谁的工作台，和看知识的范围。"""


class FeedbackQuery(Request):
    """看哪些反馈。"""

    since: Moment | None = Field(default=None, description="从什么时候起")
    kind: list[FeedbackKind] = Field(default_factory=list, max_length=4, description="哪几类")
    library: SubLibrary | None = Field(default=None, description="条目在哪个子库")
    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="最多几条")
    after: RowId = Field(default="", description="上一页的 next")


class AcknowledgementQuery(Request):
    """看哪些知晓确认。"""

    order: Order = Field(default="", description="受理单号")
    since: Moment | None = Field(default=None, description="从什么时候起")
    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="最多几条")
    after: RowId = Field(default="", description="上一页的 next")


class ChangesQuery(DeskQuery):
    """从什么时候起的变化。"""

    since: Moment | None = Field(
        default=None, description="不写就是这个人上一班离开的时候；没有记录就是一天前"
    )
    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="最多几条")


class CatalogueQuery(Scope):
    """翻目录的参数。"""

    category: Annotated[Kept, Field(max_length=80)] = Field(
        default="", description="分组，取 categories 里的 value", examples=["家庭业务部"]
    )
    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="最多几条")
    after: MaybeItem = Field(default="", description="上一页的 next")
