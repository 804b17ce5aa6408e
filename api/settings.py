"""What the API needs to know of its deployment, and which hosts it may listen on."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, Self

from corpora.settings import Settings
from indexer.location import is_cluster

THREADS: Final = 2
"""Routes compute and mostly hold the GIL. Searches a second of 8 clients on 2 busy cores, by threads,
before a question used another core: 1: 160, 2: 145, 4: 132, 8: 29. Two, so that a short request need not wait for a long one; what needs
more throughput runs more processes (--workers)."""
THREADS_WAITING: Final = 8  # a cluster does most of the work: its answers are waited for


class OpenHostRefused(Exception):
    """Listening beyond this machine without an API key; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """``threads`` is how many questions are worked on at once in one process; ``page_origins`` are
    those whose pages may use the API and show its pages in frames.
    """

    threads: int = THREADS
    page_origins: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What a deployment's settings mean for the API."""
        waiting = is_cluster(settings.index_url)
        return cls(THREADS_WAITING if waiting else THREADS, settings.page_origins)


def refuse_open_host(host: str, keys: int) -> None:
    """Raises ``OpenHostRefused`` for a host that others can reach while there is no valid key.

    >>> refuse_open_host("127.0.0.1", 0)
    >>> refuse_open_host("0.0.0.0", 1)
    >>> refuse_open_host("0.0.0.0", 0)
    Traceback (most recent call last):
        ...
    api.settings.OpenHostRefused: 没有设置密钥时只能监听本机，不能监听 '0.0.0.0'；\
请用 zhiku key create 创建密钥（或设置 ZHIKU_API_KEYS），或改用 --host 127.0.0.1
    """
    if keys or _is_loopback(host):
        return
    raise OpenHostRefused(
        f"没有设置密钥时只能监听本机，不能监听 {host!r}；"
        "请用 zhiku key create 创建密钥（或设置 ZHIKU_API_KEYS），或改用 --host 127.0.0.1"
    )


def mode(keys: int) -> str:
    """How a service with this many valid keys runs, for people.

    >>> mode(0)
    '本机模式：没有设置密钥，只接受本机的请求'
    >>> mode(2)
    '服务模式：请求要带密钥（有效的 2 个）'
    """
    if keys:
        return f"服务模式：请求要带密钥（有效的 {keys} 个）"
    return "本机模式：没有设置密钥，只接受本机的请求"


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``; a name other than localhost may be anybody."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
