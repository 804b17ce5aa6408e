"""What operators need: health and figures."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.deps import AtDesk, reply
from api.keys import KeyScope
from api.keys_needs import OPEN, needs
from api.metrics import Metrics
from api.responses import LiveReply, ReadyReply, described

router = APIRouter(tags=["运行"])
_READ: Final = needs(KeyScope.READ)


@router.get("/livez", response_model=LiveReply, summary="进程是否在运行", dependencies=[OPEN])
async def livez() -> Response:
    """不看知识库，只说明进程能回应。"""
    return Response(b'{"status":"ok"}', media_type="application/json")


@router.get(
    "/readyz",
    response_model=ReadyReply,
    summary="能否服务",
    dependencies=[OPEN],
    responses=described(503),
)
async def readyz(desk: AtDesk) -> Response:
    """正在用哪个版本、哪个向量模型、哪些常数；没有版本可用时回 503。"""
    # async, so that it never waits behind questions for a thread
    with desk.serving() as base:
        manifest = base.manifest
        state = {
            "status": "ready",
            "index_version": manifest.version,
            "encoder": manifest.encoder,
            "encoder_fingerprint": manifest.encoder_fingerprint,
            "analyzer_fingerprint": manifest.analyzer_fingerprint,
            "items": manifest.items,
            "passages": manifest.passages,
            "constants": base.retriever.constants.describe(),
            "taught": base.retriever.taught_digest,
            "problem": desk.live.problem,
        }
        return reply(base, state)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    summary="Prometheus 指标",
    dependencies=[_READ],
    responses=described(401),
)
async def metrics(request: Request, desk: AtDesk) -> Response:
    """本进程的请求数、耗时分布和索引版本；多个进程各记各的。"""
    figures: Metrics = request.app.state.metrics
    return PlainTextResponse(
        figures.text(desk.live.version or "none"), media_type="text/plain; version=0.0.4"
    )
