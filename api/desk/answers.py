"""What the API says about desks."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from api.desk.acknowledgements import Acknowledgement, Decision
from api.desk.changes import ChangeKind
from api.desk.feedback import Feedback, FeedbackKind
from api.reply_parts import Reply
from corpora.types import FacetKind, SaleStatus, SubLibrary


class FeedbackTaken(Reply):
    """收下的反馈。一分钟内同样的再来一次，回同一个编号和 200。"""

    id: str
    kind: FeedbackKind
    received_at: dt.datetime


class FeedbackView(Reply):
    """一条反馈；item_version、index_version 是反馈时所用的版本。"""

    id: str
    kind: FeedbackKind
    received_at: dt.datetime
    caller: str
    staff: str
    hall: str
    query: str
    item_id: str | None
    item_version: int | None
    sub_library: SubLibrary | None
    facet: FacetKind | None
    text: str
    trace_id: str
    index_version: str

    @classmethod
    def of(cls, kept: Feedback) -> FeedbackView:
        """As it is kept."""
        return cls(
            id=kept.id,
            kind=kept.kind,
            received_at=kept.received_at,
            caller=kept.caller,
            staff=kept.staff,
            hall=kept.hall,
            query=kept.query,
            item_id=kept.item_id or None,
            item_version=kept.item_version,
            sub_library=SubLibrary(kept.sub_library) if kept.sub_library else None,
            facet=FacetKind(kept.facet) if kept.facet else None,
            text=kept.text,
            trace_id=kept.trace_id,
            index_version=kept.index_version,
        )


class FeedbackList(Reply):
    """反馈，最新的在前；next 不是空的，就用它作 after 翻下一页。"""

    feedback: list[FeedbackView]
    next: str | None


class AcknowledgementTaken(Reply):
    """记下的知晓确认。"""

    id: str
    recorded_at: dt.datetime


class WarnedView(Reply):
    """显示过的一条提醒，和当时的版本。"""

    item_id: str
    item_version: int
    tip_id: str | None
    tip_version: int | None


class AcknowledgementView(Reply):
    """一次知晓确认。"""

    id: str
    recorded_at: dt.datetime
    caller: str
    staff: str
    hall: str
    order: str
    screen: str
    codes: list[str]
    warnings: list[WarnedView]
    decision: Decision
    index_version: str

    @classmethod
    def of(cls, kept: Acknowledgement) -> AcknowledgementView:
        """As it is kept."""
        told = kept.told
        return cls(
            id=kept.id,
            recorded_at=kept.recorded_at,
            caller=kept.caller,
            staff=kept.staff,
            hall=kept.hall,
            order=told.order,
            screen=told.screen,
            codes=list(told.codes),
            warnings=[
                WarnedView(
                    item_id=one.item_id,
                    item_version=one.item_version,
                    tip_id=one.tip_id or None,
                    tip_version=one.tip_version,
                )
                for one in told.warnings
            ],
            decision=told.decision,
            index_version=kept.index_version,
        )


class AcknowledgementList(Reply):
    """知晓确认，最新的在前；next 不是空的，就用它作 after 翻下一页。"""

    acknowledgements: list[AcknowledgementView]
    next: str | None


class CuratedView(Reply):
    """编辑选的常用查询；title 是按钮上的字，没有就用 query。"""

    query: str
    title: str | None


class HallLookupView(Reply):
    """本厅近 30 天有几个人查过。"""

    query: str
    count: int


class OwnLookupView(Reply):
    """自己查过的问题。"""

    query: str
    at: dt.datetime


class FavouriteView(Reply):
    """收藏的条目；available 为假的是现在不生效或看不到的，title 是收藏时的标题。"""

    item_id: str
    title: str
    sub_library: SubLibrary
    sale_status: SaleStatus | None
    available: bool


class DeskReply(Reply):
    """工作台：常用查询、收藏，和上一班最后在这里的时间。"""

    staff: str
    hall: str
    curated: list[CuratedView]
    hall_lookups: list[HallLookupView]
    own_lookups: list[OwnLookupView]
    favourites: list[FavouriteView]
    last_shift_at: dt.datetime | None


class ChangeView(Reply):
    """一处变化。at 只知道是哪一天时是那天零点；快要发生的（…_soon）at 在将来。"""

    item_id: str
    title: str
    sub_library: SubLibrary
    change: ChangeKind = Field(
        description="new 新增、changed 有改动、withdrawn 失效或下线、"
        "ends_soon 一周内到期、begins_soon 一周内生效"
    )
    version: int
    at: dt.datetime
    summary: str


class ChangesReply(Reply):
    """变化，最新的在前。"""

    since: dt.datetime
    until: dt.datetime
    changes: list[ChangeView]


class CountView(Reply):
    """一个子库或一组，和里面的条数。"""

    value: str
    label: str
    count: int


class CatalogueItem(Reply):
    """目录里的一条。"""

    item_id: str
    title: str
    sub_library: SubLibrary
    category: str
    sale_status: SaleStatus
    region: str | None
    effective_from: dt.date | None
    effective_to: dt.date | None


class CatalogueReply(Reply):
    """目录：六个子库各多少条；选了子库，还有各组多少条和条目（按标题拼音排）。"""

    libraries: list[CountView]
    categories: list[CountView]
    items: list[CatalogueItem]
    total: int = Field(description="选中的子库和分组一共多少条")
    next: str | None
