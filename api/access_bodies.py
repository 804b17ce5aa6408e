"""What is sent and given where pages get access: page tokens and sign-ins."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.keys import Caller, KeyScope, Shown
from api.reply_parts import Reply
from api.tokens import LONGEST, PERSON

_MOST_ORIGINS: Final = 50
_MOST_MINUTES: Final = int(LONGEST.total_seconds() // 60)

StaffId = Annotated[str, Field(pattern=PERSON, description="工号，知库不解释它的含义")]
HallId = Annotated[str, Field(pattern=PERSON, description="营业厅编号，知库不解释它的含义")]
PageScope = Literal[KeyScope.READ, KeyScope.SEND]


class Body(BaseModel):
    """Base: a key that means nothing is refused."""

    model_config = ConfigDict(extra="forbid")


class TokenBody(Body):
    """要一个页面令牌；全部可省略。"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"staff": "A0012", "hall": "H01", "scopes": ["read"], "minutes": 15},
                {"origins": ["https://boss.example.cn:8443"]},
            ]
        },
    )

    origins: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=_MOST_ORIGINS,
        description=(
            "可以在哪些网页来源使用，要在 ZHIKU_PAGE_ORIGINS 之内；self 指知库自己的网页。"
            "不写就是全部"
        ),
    )
    staff: StaffId | None = None
    hall: HallId | None = None
    scopes: list[PageScope] = Field(
        default=[KeyScope.READ],
        min_length=1,
        max_length=4,
        description="read 查询，send 推送（含查询）；不超过密钥的权限",
    )
    minutes: int = Field(
        default=15, ge=1, le=_MOST_MINUTES, strict=True, description="多少分钟内有效"
    )


class TokenReply(Reply):
    """页面令牌；放在 Authorization: Bearer 请求头里，不要放进网址、cookie 或 localStorage。"""

    token: str
    expires_at: dt.datetime
    origins: list[str] = Field(description="可以在哪些网页来源使用；self 指知库自己的网页")
    scopes: list[KeyScope] = Field(description="可以做什么，小的在前")
    staff: str
    hall: str


class SessionBody(Body):
    """登录知库自己的网页。"""

    # without a limit of its own: what is wrong with a field is told with the field, and this is a key
    key: str = Field(description="密钥，由管理员用 zhiku key create 创建")
    staff: StaffId | None = None
    hall: HallId | None = None


class SessionReply(Reply):
    """现在的网页以谁的身份说话；staff 和 hall 没有就是空的，expires_at 没有期限就是 null。"""

    mode: Shown = Field(
        description="local 没有设置密钥，key 用密钥，token 用页面令牌，session 已登录"
    )
    staff: str
    hall: str
    scopes: list[KeyScope] = Field(description="可以做什么，小的在前")
    expires_at: dt.datetime | None

    @classmethod
    def of(cls, caller: Caller) -> SessionReply:
        """Whom a caller speaks for, without saying which key stands behind it."""
        scopes = [scope for scope in KeyScope if caller.may(scope)]
        return cls(
            mode=caller.shown,
            staff=caller.staff,
            hall=caller.hall,
            scopes=scopes,
            expires_at=caller.expires_at,
        )
