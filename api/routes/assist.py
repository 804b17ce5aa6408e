"""``POST /v1/assist/{contact}/lines`` and ``GET /v1/assist/{contact}/events``."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import anyio.from_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection

from api.assist.bodies import ContactId, LinesBody, LinesTaken
from api.assist.events import (
    EventKind,
    Happening,
    dialogue,
    is_written,
    last_code,
    last_number,
    situation,
    write,
)
from api.assist.streams import LONGEST, Streams
from api.assist.tables import writing
from api.deps import AtDesk, Desk, reply
from api.desk.masking import masked_text, without_marks
from api.desk.records import AtRecords
from api.errors import trace_id_of
from api.keys import KeyScope
from api.keys_needs import AtCaller, needs
from api.responses import described
from api.schemas import AnswerBody, ContextBody
from retriever.context import CallContext, customer_from
from retriever.knowledge_base import KnowledgeBase

router = APIRouter(tags=["坐席助手"], dependencies=[needs(KeyScope.READ)])
_NUMBER: Final = re.compile(r"^[0-9]{1,9}$")


@router.post(
    "/v1/assist/{contact}/lines",
    response_model=LinesTaken,
    status_code=202,
    responses=described(400, 401, 403, 413, 422, 503),
    summary="对话进来",
)
def take_lines(
    desk: AtDesk, records: AtRecords, request: Request, contact: ContactId, asked: LinesBody
) -> Response:
    """先存下、推给面板，再为最后一句找答案、推给面板；什么都不会发给客户。"""
    streams: Streams = request.app.state.streams
    texts = [masked_text(line.text) for line in asked.lines]
    lines = [
        Happening(EventKind.LINE, {"speaker": line.speaker.value, "text": text}, line.id or "")
        for line, text in zip(asked.lines, texts, strict=True)
    ]
    known = [] if asked.context is None else [Happening(EventKind.CONTEXT, _kept(asked.context))]
    with desk.serving() as base:
        with writing(records.engine) as connection:
            before = dialogue(connection, contact)
            written = write(connection, contact, [*known, *lines], records.now())
            context = ContextBody.model_validate(situation(connection, contact) or {})
            if not context.boss_code:
                context.boss_code = last_code(connection, contact)
            question = _question(connection, contact, asked)
            last = last_number(connection, contact)
        anyio.from_thread.run(streams.woken, contact, last)
        if question is not None:
            dialog = (*before, *texts[:question])
            asked_for = without_marks(texts[question])
            found = _answer(desk, base, asked_for, context, dialog, trace_id_of(request))
            found["after"] = last  # another line may be answered sooner
            answer = Happening(EventKind.ANSWER, found, _answer_id(asked, question))
            with writing(records.engine) as connection:
                write(connection, contact, [answer], records.now())
                last = last_number(connection, contact)
            anyio.from_thread.run(streams.woken, contact, last)
        taken = sum(event.kind is EventKind.LINE for event in written)
        view = LinesTaken(lines=taken, answered=question is not None, last_event=last)
        return reply(base, view.model_dump(mode="json"), status=202)


@router.get(
    "/v1/assist/{contact}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "事件流，见说明"},
        **described(401, 403, 422, 503),
    },
    summary="面板的事件流",
)
async def events(
    request: Request,
    records: AtRecords,
    caller: AtCaller,
    contact: ContactId,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> Response:
    """服务器推送事件：line 一句话、context 客户情况、answer 答案；断了带 Last-Event-ID 接着收。

    一个流最长一小时，令牌到期也会结束；面板换上新令牌再接着收。
    """
    streams: Streams = request.app.state.streams
    number = int(last_event_id) if last_event_id and _NUMBER.match(last_event_id) else 0
    ends = caller.expires_at
    left = LONGEST if ends is None else (ends - records.now()).total_seconds()
    return StreamingResponse(
        streams.events(contact, number, min(left, LONGEST)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _question(connection: Connection, contact: str, asked: LinesBody) -> int | None:
    """The place of the last line that wants an answer and has none yet."""
    wanted = [place for place, line in enumerate(asked.lines) if line.asks]
    if not wanted:
        return None
    answer_id = _answer_id(asked, wanted[-1])
    return None if answer_id and is_written(connection, contact, answer_id) else wanted[-1]


def _answer_id(asked: LinesBody, place: int) -> str:
    """Under which an answer is written down once, however often its line is sent."""
    line_id = asked.lines[place].id
    return f"answer {line_id}" if line_id else ""


def _answer(
    desk: Desk,
    base: KnowledgeBase,
    question: str,
    context: ContextBody,
    dialog: tuple[str, ...],
    trace_id: str,
) -> dict[str, Any]:
    wanted = desk.filter_of(AnswerBody(query=question, context=context).scope(), base)
    situation = CallContext(
        boss_code=context.boss_code,
        screen=context.screen,
        dialog=dialog,
        customer=customer_from(context.customer.model_dump(mode="json")),
    )
    return {"answer": base.answer(question, wanted, situation, trace_id=trace_id).to_json()}


def _kept(context: ContextBody) -> dict[str, Any]:
    told = context.model_dump(mode="json", exclude_unset=True, exclude={"dialog"})
    return {name: _masked(value) for name, value in told.items()}


def _masked(value: Any) -> Any:
    """Without numbers of people, wherever a caller put them."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value
