"""What a cluster's URL says: its nodes, the path before it, the alias, and who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from indexer.errors import UnknownIndexUrl

DEFAULT_ALIAS: Final = "zhiku"
_PORTS: Final = {"http": 9200, "https": 443}
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::(\d{1,5}))?")
_ALIAS: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FORM: Final = "http(s)://主机:端口[,主机:端口…][/别名]"


@dataclass(frozen=True, slots=True)
class Address:
    """Nodes as URLs, the alias that readers follow, and a user and password if the URL held them."""

    nodes: tuple[str, ...]
    alias: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The place in words for people, without the password."""
        return f"{','.join(self.nodes)} 的 {self.alias}"


def parse_address(url: str) -> Address:
    """Reads a cluster's URL; ``UnknownIndexUrl`` says what is wrong, without repeating a password.

    The last part of the path names the alias; a path that ends in "/" only comes before it.

    >>> parse_address("http://a:9200,b:9201/halls")
    Address(nodes=('http://a:9200', 'http://b:9201'), alias='halls', user='')
    >>> parse_address("https://gate/search/").nodes
    ('https://gate:443/search',)
    """
    scheme, _, rest = url.partition("://")
    if scheme not in _PORTS:
        raise UnknownIndexUrl(f"索引地址应写成 {_FORM}")
    # first what is before the last "@": a password may hold any sign
    credentials, _, place = rest.rpartition("@")
    hosts, _, path = place.partition("/")
    if "://" in place:
        raise UnknownIndexUrl(f"索引地址里 {scheme}:// 只写一次，主机之间用逗号隔开：{_FORM}")
    before, _, alias = path.rpartition("/")
    alias = alias or DEFAULT_ALIAS
    if not _ALIAS.fullmatch(alias):
        raise UnknownIndexUrl(
            f"索引别名 {alias!r} 不能用：只能有小写字母、数字、_ 和 -；地址应写成 {_FORM}"
        )
    prefix = f"/{before.strip('/')}" if before.strip("/") else ""
    nodes = []
    for host in hosts.split(","):
        found = _HOST.fullmatch(host)
        if not found or not 0 < int(found[2] or _PORTS[scheme]) <= 65535:
            raise UnknownIndexUrl(f"索引地址里的 {host!r} 不是 主机:端口；地址应写成 {_FORM}")
        nodes.append(f"{scheme}://{found[1]}:{found[2] or _PORTS[scheme]}{prefix}")
    user, _, password = credentials.partition(":")
    return Address(tuple(nodes), alias, unquote(user), unquote(password))
