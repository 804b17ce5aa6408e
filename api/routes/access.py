"""``POST /v1/tokens`` and ``/v1/session``: how pages come in without a key in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from api.access_bodies import SessionBody, SessionReply, TokenBody, TokenReply
from api.entrance import SESSION_COOKIE, Entrance, secrets_in
from api.errors import BadField, NoKeysSet
from api.keys import KeyRequired, KeyScope, NoKey, Shown
from api.keys_gate import Gate
from api.keys_needs import OPEN, AtCaller, needs
from api.origins import Came, OriginRefused, came, is_own
from api.responses import described
from api.tokens import LONGEST, SELF, Claims, Purpose, sign

router = APIRouter(tags=["网页接入"])
_READ: Final = [needs(KeyScope.READ)]
_FOR_NOBODY_ELSE: Final = {"Cache-Control": "no-store"}
_NO_KEYS: Final = (
    "没有设置密钥，本机的请求什么都不用带；要{wanted}，先用 zhiku key create 创建密钥再重启服务"
)


async def _entrance(request: Request) -> Entrance:
    entrance: Entrance = request.app.state.entrance
    return entrance


AtEntrance = Annotated[Entrance, Depends(_entrance)]


@router.post(
    "/v1/tokens",
    response_model=TokenReply,
    dependencies=_READ,
    responses=described(400, 401, 403, 409, 413, 422, 503),
    summary="签发页面令牌",
)
async def make_token(
    request: Request, entrance: AtEntrance, caller: AtCaller, asked: TokenBody
) -> Response:
    """由接入方自己的后台带密钥调用，再把令牌交给网页：密钥不会出现在网页里。

    令牌只在写明的网页来源有效，最长 12 小时；密钥吊销，令牌一秒内失效。令牌和登录都不能再签发令牌。
    """
    gate = _gate(entrance, "签发页面令牌")
    if caller.shown is not Shown.KEY:
        raise KeyRequired("只有密钥能签发页面令牌；请让后台带上密钥来调用")
    signer = await gate.signer_of(secrets_in(request.headers))
    if signer is None:  # revoked since the middleware looked
        raise NoKey("密钥已吊销；请换一个有效的密钥")
    for scope in asked.scopes:
        caller.require(scope)
    now = entrance.now().replace(microsecond=0)
    claims = Claims(
        _with_lesser(asked.scopes),
        _origins(asked.origins, entrance.page_origins, request),
        now,
        now + dt.timedelta(minutes=asked.minutes),
        asked.staff or "",
        asked.hall or "",
    )
    made = TokenReply(
        token=sign(claims, signer, Purpose.PAGE),
        expires_at=claims.expires_at,
        origins=list(claims.origins),
        scopes=[scope for scope in KeyScope if scope in claims.scopes],
        staff=claims.staff,
        hall=claims.hall,
    )
    return Response(made.model_dump_json(), headers=_FOR_NOBODY_ELSE, media_type="application/json")


@router.get(
    "/v1/session",
    response_model=SessionReply,
    dependencies=_READ,
    responses=described(401, 403, 503),
    summary="我是谁",
)
async def session(caller: AtCaller) -> Response:
    """网页用它知道自己以谁的身份说话、还能用多久；没有登录回 401。"""
    told = SessionReply.of(caller).model_dump_json()
    return Response(told, headers=_FOR_NOBODY_ELSE, media_type="application/json")


@router.post(
    "/v1/session",
    response_model=SessionReply,
    dependencies=[OPEN],
    responses=described(400, 401, 403, 409, 413, 422, 503),
    summary="登录",
)
async def sign_in(request: Request, entrance: AtEntrance, asked: SessionBody) -> Response:
    """用密钥登录知库自己的网页，最长 12 小时；登录能查询和推送，不能管理。

    登录放在脚本读不到的 cookie 里，只有知库自己的网页会带上它。
    """
    # Nobody counts wrong keys: 256 random bits are not found by trying, and a count that locks a
    # door would let anybody lock it. Keys of the environment that could be found are refused.
    _require_own_page(request)
    gate = _gate(entrance, "登录")
    signer = await gate.signer_of([asked.key.strip()])
    if signer is None:
        raise NoKey("密钥不对或已吊销；请核对后再输入，注意前后不要有多余的字")
    signer.caller.require(KeyScope.READ)
    held = {KeyScope.READ, KeyScope.SEND}
    now = entrance.now().replace(microsecond=0)
    claims = Claims(
        frozenset(scope for scope in held if signer.caller.may(scope)),
        (SELF,),
        now,
        now + LONGEST,
        asked.staff or "",
        asked.hall or "",
    )
    token = sign(claims, signer, Purpose.SESSION)
    told = SessionReply.of(claims.caller(signer, Purpose.SESSION)).model_dump_json()
    response = Response(told, headers=_FOR_NOBODY_ELSE, media_type="application/json")
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(LONGEST.total_seconds()),
        secure=_by_https(request),
        httponly=True,
        samesite="strict",
    )
    return response


@router.delete(
    "/v1/session",
    status_code=204,
    dependencies=[OPEN],
    responses={204: {"description": "已退出"}, 403: described(403)[403]},
    summary="退出登录",
)
async def sign_out(request: Request) -> Response:
    """让浏览器忘掉登录；没有登录也一样回 204。"""
    _require_own_page(request)
    response = Response(status_code=204, headers=_FOR_NOBODY_ELSE)
    response.delete_cookie(
        SESSION_COOKIE, secure=_by_https(request), httponly=True, samesite="strict"
    )
    return response


def _gate(entrance: Entrance, wanted: str) -> Gate:
    if entrance.gate is None:
        raise NoKeysSet(_NO_KEYS.format(wanted=wanted))
    return entrance.gate


def _with_lesser(scopes: Iterable[KeyScope]) -> frozenset[KeyScope]:
    whole = frozenset(scopes)
    return whole | {KeyScope.READ} if KeyScope.SEND in whole else whole


def _origins(
    asked: list[str] | None, allowed: tuple[str, ...], request: Request
) -> tuple[str, ...]:
    """The origins of a token; ``BadField`` for one that the deployment does not allow."""
    if asked is None:
        return (SELF, *allowed)
    host = request.headers.get("host", "")
    found = [SELF if is_own(one, host, request.url.scheme) else one for one in asked]
    for one in found:
        if one != SELF and one not in allowed:
            known = "、".join((SELF, *allowed))
            raise BadField(
                "origins",
                f"{one[:100]!r} 不在允许的网页来源里；可以写 {known}，由 ZHIKU_PAGE_ORIGINS 设置",
            )
    return tuple(dict.fromkeys(found))


def _require_own_page(request: Request) -> None:
    """Nobody signs others in or out: ``OriginRefused`` for a page of another origin."""
    if came(request.headers, request.url.scheme) is Came.FROM_ELSEWHERE:
        raise OriginRefused("登录和退出只能在知库自己的网页上做；别的网页请用页面令牌")


def _by_https(request: Request) -> bool:
    """Whether the browser came by https, maybe to a proxy that goes on by http."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
