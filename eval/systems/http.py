"""The only door to httpx: calls that are repeated while the other side is busy or away."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import orjson

from eval.errors import SystemBroken, SystemDown

try:
    import httpx
except ModuleNotFoundError as missing:
    raise SystemBroken(
        "评测网络上的系统要用 httpx，它没有安装；请运行 pip install 'zhiku[eval]'"
    ) from missing

WAITS: Final = (0.3, 0.7, 1.3, 2.7)
"""Seconds before each repetition, 5 in all: a service that is restarted is back by then, and whoever
waits for a run learns soon that it is not."""
TIMEOUT: Final = 15.0  # seconds for a reply: far beyond what a clerk would wait for
_CONNECT: Final = 3.0  # seconds: a host that is there accepts at once
_PATIENCE: Final = 60.0  # seconds: the longest pause asked for that is still kept
URL_LIMIT: Final = 8000
"""Bytes of an address that servers and proxies take at least; a longer one may be cut off before
whoever is asked can say why."""
_MOST_BYTES: Final = 32 * 2**20  # of a reply: a thousand times what a page of hits takes
_REFUSED: Final = frozenset({400, 422})
_TOO_LARGE: Final = frozenset({413, 414, 431})
TOO_LONG: Final = "问题太长，对方不收"
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_SHOWN: Final = 80
_CREDENTIALS: Final = re.compile(r"^([a-z]+://)[^/?#]*@", re.IGNORECASE)
_SECRET: Final = re.compile(r"([?&][\w-]*(?:key|token|secret|password)=)[^&#{]+", re.IGNORECASE)

Params: TypeAlias = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Received:
    """What came back; ``ms`` is the time of the call that was answered, without waits before it."""

    status: int
    headers: Mapping[str, str]
    text: str
    ms: float

    def json(self) -> Any:
        """The body as JSON; ``SystemBroken`` says what it begins with instead."""
        try:
            return orjson.loads(self.text)  # takes no half characters, which nothing can store
        except ValueError as error:
            raise SystemBroken(f"回来的不是 JSON，开头是：{self.beginning}") from error

    @property
    def problem(self) -> str:
        """The ``detail`` of an RFC 9457 problem, "" where this is none."""
        if not self.headers.get("content-type", "").startswith("application/problem+json"):
            return ""
        try:
            told = self.json()
        except SystemBroken:
            return ""
        return str(told.get("detail") or told.get("title") or "") if isinstance(told, dict) else ""

    @property
    def refusal(self) -> str:
        """Why the question was refused, "" where it was not or where nobody can say."""
        if self.status in _TOO_LARGE:
            return TOO_LONG
        return self.problem if self.status in _REFUSED else ""

    @property
    def beginning(self) -> str:
        """The first characters of the body on one line, for messages."""
        words = " ".join(self.text[: 4 * _SHOWN].split())
        return (words[:_SHOWN] + ("……" if len(words) > _SHOWN else "")) or "（空）"


class Caller:
    """A pooled client, safe for many threads; it only reads, so every call may be repeated."""

    def __init__(
        self,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._waits = tuple(waits)
        self._timeout = timeout
        # trust_env=False: a proxy or a .netrc of whoever measures must not change what is measured
        self._client = httpx.Client(
            headers=dict(headers or {}),
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT)),
            trust_env=False,
        )

    def call(self, method: str, url: str, *, params: Params = (), body: Any = None) -> Received:
        """The reply, whatever its status says, unless the other side is busy or away to the end:
        then ``SystemDown`` names the address.
        """
        asked_to_wait = 0.0
        trouble = ""
        for wait in (0.0, *self._waits):
            time.sleep(max(wait, asked_to_wait))
            try:
                received = self._once(method, url, params, body)
            except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
                raise SystemBroken(f"{shown(url)} 这个地址不能用（{error}）；请核对地址") from error
            except httpx.TimeoutException:
                trouble, asked_to_wait = "没有按时回应", 0.0
            except httpx.TransportError as error:
                trouble, asked_to_wait = f"连不上（{str(error) or type(error).__name__}）", 0.0
            except httpx.RequestError as error:
                raise SystemBroken(f"{shown(url)} 的回应读不出来（{error}）") from error
            else:
                if received.status not in _BUSY:
                    return received
                told = received.problem or received.beginning
                trouble = f"回应 {received.status}：{told}"
                asked_to_wait = _pause(received.headers.get("retry-after", ""))
                if asked_to_wait > _PATIENCE:
                    raise SystemDown(f"{shown(url)} {trouble}；它要求 {asked_to_wait:.0f} 秒后再来")
        raise SystemDown(f"{shown(url)} {trouble}；试了 {len(self._waits) + 1} 次，请确认它在运行")

    def _once(self, method: str, url: str, params: Params, body: Any) -> Received:
        began = time.perf_counter()
        # params only where there are some: httpx would take an empty list for "no query at all"
        given: dict[str, Any] = {"params": list(params)} if params else {}
        if body is not None:
            given["json"] = body
        content = bytearray()
        with self._client.stream(method, url, **given) as response:
            for part in response.iter_bytes():
                content += part
                if len(content) > _MOST_BYTES:
                    raise SystemBroken(
                        f"{shown(url)} 的回应超过 {_MOST_BYTES // 2**20}MB，没有读完"
                    )
                if time.perf_counter() - began > self._timeout:
                    raise httpx.ReadTimeout("a reply that comes in drops")
        took = (time.perf_counter() - began) * 1000.0
        text = content.decode(_encoding(response.charset_encoding), errors="replace")
        return Received(response.status_code, response.headers, text, took)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


def _encoding(named: str | None) -> str:
    try:
        return codecs.lookup(named or "utf-8").name
    except LookupError:
        return "utf-8"


def _pause(retry_after: str) -> float:
    """The seconds that a ``Retry-After`` header asks for: a number of them, or a moment."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    until = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def host_of(url: str) -> str:
    """The host and port of an address, "" where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2] if parts.hostname else ""


def shown(url: str) -> str:
    """An address as it may be shown and stored: without user and password, keys masked.

    >>> shown("https://me:pw@example.test/search?api_key=s3cret&q=1")
    'https://example.test/search?api_key=***&q=1'
    """
    return _SECRET.sub(r"\1***", _CREDENTIALS.sub(r"\1", url))
