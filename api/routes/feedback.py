"""``POST /v1/feedback`` and what became of it: ``GET /v1/feedback``."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AtDesk, reply
from api.desk.answers import FeedbackList, FeedbackTaken, FeedbackView
from api.desk.at_desk import everything_on, said
from api.desk.bodies import FeedbackBody, FeedbackQuery
from api.desk.feedback import Said, listed, take
from api.desk.records import AtRecords
from api.desk.shift import note_seen
from api.desk.tables import writing
from api.desk.whose import whose
from api.keys import KeyScope
from api.keys_needs import AtCaller, needs
from api.responses import described
from corpora.migrations import reading

router = APIRouter(tags=["反馈"])


@router.post(
    "/v1/feedback",
    response_model=FeedbackTaken,
    status_code=201,
    dependencies=[needs(KeyScope.READ)],
    responses={
        **described(400, 401, 403, 413, 422, 503),
        200: {"description": "一分钟内同样的反馈已经收下", "model": FeedbackTaken},
    },
    summary="反馈",
)
def feedback(desk: AtDesk, records: AtRecords, caller: AtCaller, asked: FeedbackBody) -> Response:
    """说哪里不对、没说全、过时了，或者提建议；连同当时的条目版本、索引版本一起存下。"""
    person = whose(caller, asked.staff, asked.hall, needed=False)
    with desk.serving() as base:
        held = base.held([asked.item_id], everything_on(desk.today())) if asked.item_id else []
        told = Said(
            asked.kind,
            asked.query.strip(),
            asked.item_id,
            held[0] if held else None,
            asked.facet,
            asked.text.strip(),
            asked.trace_id,
        )
        now = records.now()
        with writing(records.engine) as connection:
            if person.staff:
                note_seen(connection, person.staff, now)
            kept, is_new = take(connection, told, person, caller.id, base.manifest.version, now)
        view = FeedbackTaken(id=kept.id, kind=kept.kind, received_at=kept.received_at)
        return reply(base, view.model_dump(mode="json"), status=201 if is_new else 200)


@router.get(
    "/v1/feedback",
    response_model=FeedbackList,
    dependencies=[needs(KeyScope.ADMINISTER)],
    responses=described(401, 403, 422, 503),
    summary="看反馈",
)
def all_feedback(records: AtRecords, asked: Annotated[FeedbackQuery, Query()]) -> Response:
    """收到的反馈，最新的在前；新来的不会打乱翻页。"""
    with reading(records.engine) as connection:
        page = listed(
            connection,
            since=asked.since,
            kinds=asked.kind,
            library=asked.library,
            limit=asked.limit,
            after=asked.after,
        )
    views = [FeedbackView.of(one) for one in page.rows]
    return said(FeedbackList(feedback=views, next=page.next or None))
