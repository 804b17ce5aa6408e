"""``GET /v1/desk``, what fills it (look-ups, favourites), and ``GET /v1/changes``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from api.deps import AtDesk, reply
from api.desk.answers import (
    ChangesReply,
    CuratedView,
    DeskReply,
    FavouriteView,
    HallLookupView,
    OwnLookupView,
)
from api.desk.bodies import ChangesQuery, DeskQuery, ItemId, LookupBody, Whose
from api.desk.changed import changes_since
from api.desk.favourites import Favourite, keep, kept_by, let_go
from api.desk.lookups import of_hall, own, record
from api.desk.published import note_served
from api.desk.records import AtRecords
from api.desk.shift import continued, needs_noting, note_seen, shift_of
from api.desk.tables import writing
from api.desk.whose import whose
from api.keys import KeyScope
from api.keys_needs import AtCaller, needs
from api.responses import described
from corpora.migrations import reading
from corpora.store import Store
from retriever.errors import NotFound
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase

router = APIRouter(tags=["工作台"], dependencies=[needs(KeyScope.READ)])
_A_DAY: Final = dt.timedelta(days=1)


def _done(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The replies of a route that says nothing when it is done."""
    return {204: {"description": "成功"}} | {
        status: told for status, told in described(*statuses).items() if status != 200
    }


@router.get(
    "/v1/desk",
    response_model=DeskReply,
    responses=described(401, 403, 422, 503),
    summary="工作台",
)
def mine(
    desk: AtDesk, records: AtRecords, caller: AtCaller, asked: Annotated[DeskQuery, Query()]
) -> Response:
    """常用查询（编辑选的、本厅的、自己的）、收藏、上一班的时间；打开一次算来过一次。"""
    person = whose(caller, asked.staff, asked.hall)
    now = records.now()
    with desk.serving() as base:
        wanted = desk.filter_of(asked, base)
        note_served(records.engine, base.manifest, now)
        with reading(records.engine) as connection:
            before = shift_of(connection, person.staff)
            lately = own(connection, person.staff)
            of_others = of_hall(connection, person.hall, now)
            kept = kept_by(connection, person.staff)
        shift = continued(before, now)
        if needs_noting(before, now):
            with writing(records.engine) as connection:
                shift = note_seen(connection, person.staff, now)
        view = DeskReply(
            staff=person.staff,
            hall=person.hall,
            curated=[
                CuratedView(query=one.query, title=one.title or None)
                for one in Store(records.engine).lookups().entries
                if one.offered_in(wanted.region) and one.offered_for(wanted.libraries)
            ],
            hall_lookups=[HallLookupView(query=one.query, count=one.count) for one in of_others],
            own_lookups=[OwnLookupView(query=one.query, at=one.at) for one in lately],
            favourites=_favourites(base, kept, wanted),
            last_shift_at=shift.previous_seen_at,
        )
        return reply(base, view.model_dump(mode="json"))


@router.post(
    "/v1/desk/lookups",
    status_code=204,
    responses=_done(400, 401, 403, 413, 422, 503),
    summary="记一次查询",
)
def look_up(records: AtRecords, caller: AtCaller, asked: LookupBody) -> Response:
    """查过的问题，给自己和本厅的常用查询；号码打码，超过 100 字的不记，90 天后删去。"""
    person = whose(caller, asked.staff, asked.hall)
    now = records.now()
    with writing(records.engine) as connection:
        note_seen(connection, person.staff, now)
        record(connection, person, asked.query, asked.item_id, now)
    return Response(status_code=204)


@router.put(
    "/v1/desk/favourites/{item_id}",
    status_code=204,
    responses=_done(401, 403, 404, 409, 422, 503),
    summary="收藏",
)
def favourite(
    desk: AtDesk,
    records: AtRecords,
    caller: AtCaller,
    item_id: ItemId,
    asked: Annotated[Whose, Query()],
) -> Response:
    """收藏一个条目；已经收藏的不变。每人最多 200 条。"""
    person = whose(caller, asked.staff, asked.hall)
    with desk.serving() as base:
        held = base.held([item_id], Filter(desk.today()))
        if not held:
            raise NotFound(f"没有条目 {item_id!r}，或它今天不生效、您无权查看")
        now = records.now()
        with writing(records.engine) as connection:
            note_seen(connection, person.staff, now)
            keep(connection, person.staff, held[0].item, now)
    return Response(status_code=204)


@router.delete(
    "/v1/desk/favourites/{item_id}",
    status_code=204,
    responses=_done(401, 403, 422, 503),
    summary="取消收藏",
)
def no_favourite(
    records: AtRecords, caller: AtCaller, item_id: ItemId, asked: Annotated[Whose, Query()]
) -> Response:
    """取消收藏；本来就没有收藏的也算办成。"""
    person = whose(caller, asked.staff, asked.hall)
    now = records.now()
    with writing(records.engine) as connection:
        note_seen(connection, person.staff, now)
        let_go(connection, person.staff, item_id)
    return Response(status_code=204)


@router.get(
    "/v1/changes",
    response_model=ChangesReply,
    responses=described(401, 403, 422, 503),
    summary="知识变化",
)
def changes(
    desk: AtDesk, records: AtRecords, caller: AtCaller, asked: Annotated[ChangesQuery, Query()]
) -> Response:
    """从那时以来新增、改动、失效的条目，和一周内要生效、到期的；只说知道的：生效日期和发布时间。"""
    person = whose(caller, asked.staff, asked.hall, needed=False)
    now = records.now()
    with desk.serving() as base:
        wanted = desk.filter_of(asked, base)
        since = asked.since
        if since is None:
            with reading(records.engine) as connection:
                shift = shift_of(connection, person.staff)
            since = (shift and continued(shift, now).previous_seen_at) or now - _A_DAY
        found = changes_since(base, records.engine, wanted, since, now, asked.limit)
        view = ChangesReply(since=since, until=now, changes=found)
        return reply(base, view.model_dump(mode="json"))


def _favourites(
    base: KnowledgeBase, kept: Sequence[Favourite], wanted: Filter
) -> list[FavouriteView]:
    """Favourites as they are called today; those that do not hold as they were called then."""
    everywhere = Filter(wanted.as_of, wanted.audience, frozenset(), wanted.region)
    held = {one.item.id: one.item for one in base.held([one.item_id for one in kept], everywhere)}
    views = []
    for one in kept:
        item = held.get(one.item_id)
        views.append(
            FavouriteView(
                item_id=one.item_id,
                title=item.title if item else one.title,
                sub_library=item.sub_library if item else one.sub_library,
                sale_status=item.sale_status if item else None,
                available=item is not None,
            )
        )
    return views
