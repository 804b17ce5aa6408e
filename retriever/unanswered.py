"""The answers that read no knowledge out: handed over, asked back, not known."""

from __future__ import annotations

from typing import Final

from corpora.lexicon import Route
from corpora.types import Audience
from retriever.answer import Answer, Handover, Note, Outcome
from retriever.asking import Asked
from retriever.making import Maker
from retriever.retriever import ResultPage

NEAREST: Final = 3  # items that are shown where none is read out
_UNSURE: Final = "知识库里没有把握的答案"
_NOTHING: Final = "在可查范围内没有相关知识"
_NOT_YET: Final = "知识库里有相关的一条，但还没有生效"
_HALF_ASKED: Final = "语义检索暂时不可用，只按字词查找，没有把握的答案；请稍后再问一次"
_UNKNOWN_TEXT: Final = "这个问题暂时没有查到准确的说法，我记录下来，请业务部门确认后再答复您。"


def handed_over(
    route: Route | None, page: ResultPage, audience: Audience, made: Maker
) -> Answer | None:
    """Where the question goes; None where no route takes it."""
    if route is None:
        return None
    # what to check and to record is for staff
    for_staff = audience is not Audience.CUSTOMER
    return made(
        Outcome.HANDOVER,
        f"{route.label}：要看客户自己的记录或由人处理，知识库不能回答",
        route.say,
        confidence=1.0,
        handover=Handover(
            route.id,
            route.route,
            route.check if for_staff else (),
            route.record if for_staff else (),
        ),
        degraded=page.degraded,
    )


def asked_back(asked: Asked | None, page: ResultPage, sure: float, made: Maker) -> Answer | None:
    """The question asked back; None where there is nothing to choose from."""
    if asked is None:
        return None
    return made(
        Outcome.CLARIFY,
        asked.reason,
        asked.clarification.question,
        clarify=asked.clarification,
        confidence=sure,
        nearest=page.hits[:NEAREST],
        degraded=page.degraded,
    )


def unknown(page: ResultPage, sure: float, made: Maker, coming: Note | None = None) -> Answer:
    """That nothing is known, or with ``coming`` that it does not hold yet."""
    missing = _UNSURE if page.hits else _NOTHING
    if coming is not None:
        missing = _NOT_YET
    # what was only half looked for is never said to be missing
    reason = _HALF_ASKED if page.degraded else missing
    return made(
        Outcome.UNKNOWN,
        reason,
        _UNKNOWN_TEXT,
        confidence=sure,
        nearest=page.hits[:NEAREST],
        notes=(coming,) if coming else (),
        degraded=page.degraded,
    )
