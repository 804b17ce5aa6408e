"""``POST /v1/push/render``."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.deps import AtDesk, reply
from api.keys import KeyScope
from api.keys_needs import needs
from api.responses import PushReply, described
from api.schemas import RenderBody, Scope

router = APIRouter(
    tags=["推送"],
    dependencies=[needs(KeyScope.READ)],
    responses=described(400, 401, 404, 413, 422, 503),
)


@router.post("/v1/push/render", response_model=PushReply, summary="生成推送内容")
def render(desk: AtDesk, asked: RenderBody) -> Response:
    """用模板和条目生成一条完整的内容；有一个变量缺失或不合要求就不生成。"""
    with desk.serving() as base:
        wanted = desk.filter_of(Scope(region=asked.region, as_of=asked.as_of), base)
        message = base.render(asked.template_id, asked.channel, asked.values, wanted, asked.item_id)
        return reply(base, message.to_json())
