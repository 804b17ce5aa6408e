"""The application: middleware, routes and the life of the opened knowledge, each in one place."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.assist.ending import at_the_stopping_signal
from api.assist.streams import Streams
from api.cors import PageOrigins
from api.deps import Desk
from api.entrance import Entrance
from api.errors import NotServing, add_handlers
from api.keys_gate import Gate
from api.keys_needs import undeclared_needs_administer
from api.keys_store import StoredKeys
from api.metrics import Metrics
from api.middleware import BodyLimit, Callers, Trace
from api.push.house import PushHouse, house_of
from api.routes import (
    access,
    acknowledgements,
    answer,
    assist,
    calculate,
    catalogue,
    desk,
    feedback,
    follow,
    items,
    operations,
    pages,
    push,
    push_records,
    push_reports,
    push_send,
    search,
    suggest,
)
from api.settings import ApiSettings
from corpora.settings import Settings
from indexer.encoders.models_at import models_at
from indexer.location import index_at
from retriever.opening import LiveKnowledgeBase

_ROUTERS: Final = (
    *(search, answer, suggest, follow, items, calculate),
    *(catalogue, desk, feedback, acknowledgements, assist),
    *(push, push_send, push_reports, push_records, access, operations, pages),
)
_ABOUT: Final = """移动运营商一线人员的知识检索。

错误一律是 `application/problem+json`：`detail` 用中文说明该改什么，`code` 给程序判断用，不会变。
每个响应带 `X-Trace-Id`（可由调用方给）和 `X-Zhiku-Version`（所用索引的版本）。
设置了密钥时，除 `/livez`、`/readyz` 和 `/static/` 外都要带 `Authorization: Bearer <密钥>` 或 `X-API-Key`。
网页里不要放密钥：后台用 `POST /v1/tokens` 签发短期的页面令牌，知库自己的网页用 `POST /v1/session` 登录。
密钥的权限有 read（查询）、send（推送，含查询）和 administer（管理，含前两种）；权限不够时回 403 和 `scope_missing`。"""


def utc_now() -> dt.datetime:
    """The moment, with its time zone."""
    return dt.datetime.now(dt.UTC)


def create_app(
    live: LiveKnowledgeBase,
    settings: ApiSettings,
    today: Callable[[], dt.date],
    gate: Gate | None = None,
    house: PushHouse | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> FastAPI:
    """The API over ``live``, which starts with the app unless it did before, and closes with it.

    Without a gate no key is asked for: everybody who reaches the port may do everything. Without a
    house messages are rendered and not sent. ``now`` is what tokens are held against.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.threads
        if live.version is None:
            live.start()
        try:
            with at_the_stopping_signal(streams.close):
                yield
        finally:
            await streams.close()
            live.close()
            if gate is not None:
                gate.close()
            if house is not None:
                house.close()

    metrics = Metrics()
    streams = Streams(lambda: _engine_of(house))
    entrance = Entrance(gate, settings.page_origins, now)
    app = FastAPI(
        title="知库",
        version="1",
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's own pages load scripts from elsewhere; ours is in api/web
        redoc_url=None,
        dependencies=[Depends(undeclared_needs_administer)],
        middleware=[
            Middleware(PageOrigins, allowed=settings.page_origins),
            Middleware(Trace, live=live, metrics=metrics, framing=settings.page_origins),
            Middleware(Callers, entrance=entrance),
            Middleware(BodyLimit),
        ],
    )
    app.state.desk = Desk(live, today)
    app.state.metrics = metrics
    app.state.house = house
    app.state.entrance = entrance
    app.state.streams = streams
    add_handlers(app)
    for module in _ROUTERS:
        app.include_router(module.router)
    app.mount("/static", _WebFiles(directory=pages.WEB))
    return app


def for_this_machine() -> FastAPI:
    """What each worker process of ``zhiku serve --workers N`` runs while there is no key.

    Two functions, and not one that looks whether there are keys: a worker that takes the place of
    another must not open what its service has closed, because the last key was revoked meanwhile.
    """
    settings = Settings.from_environment(os.environ)
    return create_app(
        live_from(settings),
        ApiSettings.of(settings),
        dt.date.today,
        house=house_of(settings, utc_now),
    )


def for_holders_of_keys() -> FastAPI:
    """What each worker process runs that asks for a key, whether there still is one or not."""
    settings = Settings.from_environment(os.environ)
    gate = Gate(settings.api_keys, StoredKeys(settings.store_url))
    return create_app(
        live_from(settings),
        ApiSettings.of(settings),
        dt.date.today,
        gate,
        house_of(settings, utc_now),
    )


def live_from(settings: Settings) -> LiveKnowledgeBase:
    """The knowledge that the settings name, not opened yet."""
    return LiveKnowledgeBase(
        index_at(settings),
        models=models_at(settings),
        fitted=settings.fitted,
        signature=settings.signature,
    )


def _engine_of(house: PushHouse | None) -> Engine:
    if house is None:
        raise NotServing("这个服务没有设置数据库，不能用坐席助手")
    return house.engine


class _WebFiles(StaticFiles):
    """Files of the pages; browsers ask each time whether they changed with the program.

    Pages of any origin may load them: they hold no knowledge, and module scripts load by CORS.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
