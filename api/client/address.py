"""Where a service is and with which key: checked before anything is sent, and never repeated."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

import httpx

from api.client.errors import BadArgument

_VISIBLE: Final = re.compile(r"[!-~]+")


def checked_base_url(given: str) -> str:
    """The address without a slash at its end; ``BadArgument`` says what is wrong with it."""
    try:
        url = httpx.URL(given.strip())
    except (httpx.InvalidURL, AttributeError, ValueError):
        raise BadArgument("base_url 不是网址；应为 http://127.0.0.1:8000 的样子") from None
    if url.userinfo:
        raise BadArgument("base_url 里不要写用户名和密码；密钥用参数 api_key 给")
    if url.scheme not in {"http", "https"}:
        raise BadArgument(f"base_url 应以 http:// 或 https:// 开头，现在是 {given.strip()!r}")
    if not url.host:
        raise BadArgument(f"base_url 里没有主机名：{given.strip()!r}")
    if url.query or url.fragment:
        raise BadArgument(f"base_url 里不能有 ? 或 # 以后的部分：{given.strip()!r}")
    return str(url).rstrip("/")


def key_headers(api_key: str) -> dict[str, str]:
    """The header that carries the key; none without one. A bad key is not repeated in the error."""
    if not api_key:
        return {}
    if not _VISIBLE.fullmatch(api_key):
        raise BadArgument("api_key 里只能有可见的 ASCII 字符，不能有空格、换行和中文")
    return {"Authorization": f"Bearer {api_key}"}


def segment(name: str, value: str) -> str:
    """``value`` as one segment of a path, whatever is in it."""
    if value.strip(".") == "" or "/" in value:
        # what a path would resolve away, or split
        raise BadArgument(f"{name} 不能为空，不能只有点，也不能有 /：{value!r}")
    return quote(value, safe="")
