"""Gateways that speak HTTP: signed JSON, an idempotency key, and an answer that is never guessed."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson

from api.push.gateways.deadline import Deadline
from api.push.gateways.payload import payload_of
from api.push.gateways.protocol import LONGEST_GATEWAY, LONGEST_NAME, Fate, Outcome, Outgoing, Sent

PAUSES: Final = (0.2, 0.8)  # seconds between the tries of one send
_LARGEST_ANSWER: Final = 64 * 1024
_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_FATES: Final = {fate.value: fate for fate in Fate}
_MOVED: Final = frozenset({301, 302, 307, 308})
_SET_UP_WRONGLY: Final = {  # the deployment is at fault, not the message: it goes out once that is mended
    401: "签名或密钥不被网关接受，请核对密钥和两边的时钟",
    404: "网关上没有这个地址，请核对网关地址",
    405: "网关的这个地址不接受 POST，请核对网关地址",
    407: "网络代理要求登录",
}
_NOT_NOW: Final = {
    408: "网关没有收全请求",
    425: "网关要求稍后再发",
    429: "网关限流",
    503: "网关暂停服务",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back: ``content`` is the JSON object, or nothing where it was none."""

    status: int
    content: Mapping[str, Any] | None
    retry_after: float | None = None


class HttpGateway:
    """Posts each message to one address; a second try carries the same idempotency key.

    Connections are not kept: what a gateway says too much after an answer is never taken for the
    answer to the next message, and a connection that died meanwhile makes no message uncertain.
    """

    idempotent = True

    def __init__(
        self, url: httpx.URL, *, secret: str, timeout: float, now: Callable[[], dt.datetime]
    ) -> None:
        self._url = url.copy_with(userinfo=b"")
        self.name = str(self._url)[:LONGEST_GATEWAY]
        self._secret = secret.encode()
        self._timeout = timeout
        self._now = now
        self._client = httpx.Client(
            auth=(url.username, url.password) if url.userinfo else None,
            # the system's authorities, as on every other way out of the house
            verify=ssl.create_default_context() if url.scheme == "https" else False,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"User-Agent": "zhiku", "Accept-Encoding": "identity"},
        )

    def __repr__(self) -> str:
        return f"HttpGateway({self.name!r})"

    def send(self, message: Outgoing) -> Sent:
        """Some tries within the timeout; what one of them left uncertain stays so until an answer."""
        body = orjson.dumps(payload_of(message))
        deadline = time.monotonic() + self._timeout
        uncertain: Sent | None = None
        for pause in (*PAUSES, None):
            sent, wait = self._try(message.id, body, deadline)
            if sent.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
                return sent
            if sent.outcome is Outcome.UNCERTAIN:
                uncertain = sent
            if pause is None:
                break
            asked = pause if wait is None else wait
            if time.monotonic() + asked >= deadline:
                break
            time.sleep(asked)
        return uncertain or sent

    def query(self, message: Outgoing, gateway_ids: tuple[str, ...]) -> Fate | None:
        """What the gateway says of the message; nothing where it does not say."""
        url = self._url.copy_with(path=f"{self._url.path.rstrip('/')}/{_plain(message.id)}")
        try:
            answer = self._ask("GET", url, message.id, b"", self._timeout)
        except httpx.HTTPError:
            return None
        if answer.status == 404:
            return Fate.UNKNOWN
        if answer.status == 200 and answer.content is not None:
            return _FATES.get(str(answer.content.get("state")))
        return None

    def close(self) -> None:
        """Nothing comes in here: reports are posted to our own API."""
        self._client.close()

    def _try(self, message_id: str, body: bytes, deadline: float) -> tuple[Sent, float | None]:
        left = deadline - time.monotonic()
        if left <= 0:
            return Sent(Outcome.NOT_SENT, (), "http:timeout", "没有发出：超时"), None
        try:
            answer = self._ask("POST", self._url, message_id, body, left)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            detail = f"连不上网关 {self.name}：{_why(error)}"
            return Sent(Outcome.NOT_SENT, (), f"http:{type(error).__name__}", detail), None
        except httpx.HTTPError as error:
            detail = f"网关可能已收下，但没有得到回答：{_why(error)}"
            return Sent(Outcome.UNCERTAIN, (), f"http:{type(error).__name__}", detail), None
        return outcome_of(answer.status, answer.content, answer.retry_after), answer.retry_after

    def _ask(
        self, method: str, url: httpx.URL, message_id: str, body: bytes, seconds: float
    ) -> _Answer:
        key = _plain(message_id)
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        stamp = str(int(self._now().timestamp()))
        headers["X-Zhiku-Timestamp"] = stamp
        if self._secret:
            signed = body if method == "POST" else key.encode()
            headers["X-Zhiku-Signature"] = signature(self._secret, stamp, signed)
        with (
            Deadline(seconds) as end,
            self._client.stream(
                method,
                url,
                content=body or None,
                headers=headers,
                timeout=seconds,
                extensions={"trace": end.trace},
            ) as response,
        ):
            content = bytearray()
            for octets in response.iter_raw():
                content += octets
                if len(content) > _LARGEST_ANSWER:
                    break
            wait = _seconds(response.headers.get("Retry-After"), self._now())
            return _Answer(response.status_code, _object(bytes(content)), wait)


def signature(secret: bytes, stamp: str, signed: bytes) -> str:
    """What stands in X-Zhiku-Signature; a gateway computes the same over what it received.

    >>> signature(b"key", "1767225600", b"{}")[:19]
    'sha256=df344de429b8'
    """
    digest = hmac.new(secret, stamp.encode() + b"." + signed, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def outcome_of(status: int, content: Mapping[str, Any] | None, retry_after: float | None) -> Sent:
    """What an answer means. ``content`` is its JSON object: empty where the answer was empty,
    nothing where it was something else.
    """
    code = str(content.get("code", "")) if content else ""
    problem = f"http:{status}:{code}" if _CODE.fullmatch(code) else f"http:{status}"
    if 200 <= status < 300 or (status == 409 and code == "duplicate"):
        ids = content.get("ids", []) if content is not None else None
        if isinstance(ids, list) and all(isinstance(name, str) for name in ids):
            return Sent(Outcome.ACCEPTED, tuple(filter(_can_be_kept, ids)))
        return Sent(Outcome.UNCERTAIN, (), problem, "网关的回答读不懂，可能已收下")
    if status in _MOVED:
        return Sent(Outcome.NOT_SENT, (), problem, "网关地址已改变，请核对网关地址")
    if status in _SET_UP_WRONGLY:
        return Sent(Outcome.NOT_SENT, (), problem, _SET_UP_WRONGLY[status])
    # 503 without a time to come back is also what proxies say of a request that they passed on
    if status in _NOT_NOW and (status != 503 or retry_after is not None):
        later = f"，{retry_after:.0f} 秒后再试" if retry_after else ""
        return Sent(Outcome.NOT_SENT, (), problem, _NOT_NOW[status] + later)
    if 400 <= status < 500:
        return Sent(Outcome.REFUSED, (), problem, f"网关拒绝了这条消息（{problem[5:]}）")
    return Sent(Outcome.UNCERTAIN, (), problem, f"网关出错（{status}），可能已收下")


def _can_be_kept(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


def _object(content: bytes) -> Mapping[str, Any] | None:
    if not content.strip():
        return {}
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _seconds(header: str | None, now: dt.datetime) -> float | None:
    """The seconds of Retry-After: a number or a date."""
    if header is None:
        return None
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", header):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=dt.UTC)
    return max(0.0, (date - now).total_seconds())


def _plain(message_id: str) -> str:
    return quote(message_id, safe="")


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "超时"
    if isinstance(error, httpx.ConnectError):
        return "证书不被信任" if "CERTIFICATE_VERIFY" in str(error) else "连接不成"
    return "连接中断" if isinstance(error, httpx.TransportError) else "回答不完整"
