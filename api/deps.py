"""What routes share: the opened knowledge, the filter of a request, and the way to reply."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Request, Response

from api.errors import BadField, NotServing
from api.push.house import PushHouse
from api.schemas import Scope
from corpora.regions import Regions
from corpora.types import Audience, FieldError, Region
from retriever.filters import Filter
from retriever.knowledge_base import KnowledgeBase
from retriever.opening import LiveKnowledgeBase

VERSION_HEADER: Final = "X-Zhiku-Version"
TRACE_HEADER: Final = "X-Trace-Id"
_CARDS: Final = "private, max-age=60"  # a shared cache must not answer callers without a key


@dataclass(frozen=True, slots=True)
class Desk:
    """What every route works with; one an app."""

    live: LiveKnowledgeBase
    today: Callable[[], dt.date]

    @contextmanager
    def serving(self) -> Iterator[KnowledgeBase]:
        """The version in use, open until the block ends; ``NotServing`` where there is none."""
        if self.live.version is None:
            raise NotServing("知识库还没有打开；请稍后再试，一直如此请检查 /readyz")
        with self.live.current() as base:
            yield base

    def filter_of(self, scope: Scope, base: KnowledgeBase) -> Filter:
        """What a request may see; ``BadField`` for a region that nobody knows."""
        return Filter(
            as_of=scope.as_of or self.today(),
            audience=scope.audience or Audience.AGENT,
            libraries=frozenset(scope.library),
            region=_region(scope.region, base.regions),
        )


def _region(named: str | None, regions: Regions) -> Region | None:
    if not named:
        return None
    try:
        return regions.find(named)
    except FieldError as error:
        form = f"{named[:40]!r} 不是地区编码；请写成 yj、yj/yundu 或 yj/yundu/h01 的样子"
        raise BadField("region", error.problem if regions.entries else form) from error


async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]


async def _house(request: Request) -> PushHouse:
    house: PushHouse | None = request.app.state.house
    if house is None:
        raise NotServing("这个服务没有设置推送")
    return house


AtHouse = Annotated[PushHouse, Depends(_house)]


def reply(
    base: KnowledgeBase,
    content: Any,
    headers: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    """``content`` as JSON, marked with the version that it was read from."""
    return Response(
        orjson.dumps(content),
        status,
        headers={VERSION_HEADER: base.manifest.version, **(headers or {})},
        media_type="application/json",
    )


def cached_reply(
    request: Request,
    base: KnowledgeBase,
    asked: Sequence[str],
    wanted: Filter,
    make: Callable[[], Any],
) -> Response:
    """A reply that a caller may keep for a minute; 304 when it has it already.

    The index version, what is asked and the filter decide it, so nothing is made to find its ETag.
    """
    # sorted: the order of a set differs between worker processes
    scope = (wanted.as_of, wanted.audience, sorted(wanted.libraries), wanted.region)
    source = f"{base.manifest.version}|{list(asked)}|{scope}".encode("utf-8", "replace")
    tag = f'"{hashlib.blake2b(source, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": _CARDS}
    known = request.headers.get("if-none-match", "")
    if tag in (part.strip().removeprefix("W/") for part in known.split(",")):
        return Response(status_code=304, headers={VERSION_HEADER: base.manifest.version, **headers})
    return reply(base, make(), headers)
