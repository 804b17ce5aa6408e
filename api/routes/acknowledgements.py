"""``POST /v1/acknowledgements`` and what was acknowledged: ``GET /v1/acknowledgements``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import AtDesk, reply
from api.desk.acknowledgements import Told, Warned, listed, record
from api.desk.answers import AcknowledgementList, AcknowledgementTaken, AcknowledgementView
from api.desk.at_desk import everything_on, said
from api.desk.bodies import AcknowledgementBody, AcknowledgementQuery, WarningBody
from api.desk.records import AtRecords
from api.desk.shift import note_seen
from api.desk.tables import writing
from api.desk.whose import whose
from api.errors import BadField
from api.keys import KeyScope
from api.keys_needs import AtCaller, needs
from api.responses import described
from corpora.migrations import reading
from retriever.knowledge_base import KnowledgeBase

router = APIRouter(tags=["知晓确认"])
_TAKEN = described(400, 401, 403, 413, 422, 503)
del _TAKEN[200]


@router.post(
    "/v1/acknowledgements",
    response_model=AcknowledgementTaken,
    status_code=201,
    dependencies=[needs(KeyScope.READ)],
    responses=_TAKEN,
    summary="知晓确认",
)
def acknowledged(
    desk: AtDesk, records: AtRecords, caller: AtCaller, asked: AcknowledgementBody
) -> Response:
    """办理前显示了哪些提醒、是继续办还是不办了；每条提醒按此刻的版本存下。"""
    # a page whose token names nobody still says that the warnings were given
    person = whose(caller, asked.staff, asked.hall, needed=not caller.bound)
    with desk.serving() as base:
        warned = _warned(base, asked.warnings, desk.today())
        told = Told(asked.order, asked.screen, tuple(asked.codes), warned, asked.decision)
        now = records.now()
        with writing(records.engine) as connection:
            if person.staff:
                note_seen(connection, person.staff, now)
            kept = record(connection, told, person, caller.id, base.manifest.version, now)
        view = AcknowledgementTaken(id=kept.id, recorded_at=kept.recorded_at)
        return reply(base, view.model_dump(mode="json"), status=201)


@router.get(
    "/v1/acknowledgements",
    response_model=AcknowledgementList,
    dependencies=[needs(KeyScope.ADMINISTER)],
    responses=described(401, 403, 422, 503),
    summary="看知晓确认",
)
def all_acknowledgements(
    records: AtRecords, asked: Annotated[AcknowledgementQuery, Query()]
) -> Response:
    """谁在哪张单上知晓了哪些提醒，最新的在前；新来的不会打乱翻页。"""
    with reading(records.engine) as connection:
        page = listed(
            connection,
            order=asked.order,
            since=asked.since,
            limit=asked.limit,
            after=asked.after,
        )
    views = [AcknowledgementView.of(one) for one in page.rows]
    return said(AcknowledgementList(acknowledgements=views, next=page.next or None))


def _warned(
    base: KnowledgeBase, warnings: Sequence[WarningBody], today: dt.date
) -> tuple[Warned, ...]:
    """The warnings with their versions; ``BadField`` names the first that nobody knows."""
    named = {one.item_id for one in warnings} | {one.tip_id for one in warnings if one.tip_id}
    held = base.held(sorted(named), everything_on(today))
    versions = {one.item.id: one.version for one in held}
    for n, one in enumerate(warnings):
        for field, item_id in (("item_id", one.item_id), ("tip_id", one.tip_id)):
            if item_id and item_id not in versions:
                problem = f"没有条目 {item_id!r}，或它今天不生效；请核对编号"
                raise BadField(f"warnings.{n}.{field}", problem)
    return tuple(
        Warned(one.item_id, versions[one.item_id], one.tip_id, versions.get(one.tip_id))
        for one in warnings
    )
