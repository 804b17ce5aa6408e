"""Which gateway a URL means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final

from api.push.gateways.protocol import Gateway, GatewayError, Received

DEFAULT_URL: Final = "log:var/spool"
_FORMS: Final = (
    "正确的写法：log:文件夹、http(s)://主机[:端口]/路径 或 smpp://账号:密码@主机[:端口][?选项=值&…]"
)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def open_gateway(
    url: str = DEFAULT_URL,
    *,
    received: Received,
    secret: str = "",
    timeout: float = 10.0,
    now: Callable[[], dt.datetime] = _utc_now,
) -> Gateway:
    """The gateway that ``url`` means; it need not be reachable yet.

    ``received`` gets the reports that a gateway hands over by itself. ``secret`` signs requests over
    HTTP, and is the password of an SMPP account whose URL has none. Nothing of a URL but host, port
    and path is ever told, because the rest may be a credential.
    """
    if timeout <= 0:
        raise GatewayError("网关超时必须大于 0 秒")
    scheme, _, rest = url.partition(":")
    match scheme.lower():
        case "log":
            from api.push.gateways.log import LogGateway

            if not rest or rest.startswith("//"):
                raise GatewayError(f"短信落盘文件夹没有写对。{_FORMS}")
            return LogGateway(Path(rest))
        case "http" | "https":
            return _http(url, secret=secret, timeout=timeout, now=now)
        case "smpp":
            from api.push.gateways.smpp import SmppGateway, address_of

            return SmppGateway(
                address_of(url, secret=secret), received=received, timeout=timeout, now=now
            )
        case _:
            raise GatewayError(f"不认识这种网关地址。{_FORMS}")


def _http(url: str, *, secret: str, timeout: float, now: Callable[[], dt.datetime]) -> Gateway:
    import httpx

    from api.push.gateways.http import HttpGateway

    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise GatewayError(f"HTTP 网关地址写错了。{_FORMS}") from None
    if not parsed.host:
        raise GatewayError(f"HTTP 网关地址没有主机。{_FORMS}")
    if parsed.query or parsed.fragment:
        raise GatewayError(f"HTTP 网关地址不能带 ? 或 #：密钥请单独设置。{_FORMS}")
    return HttpGateway(parsed, secret=secret, timeout=timeout, now=now)
