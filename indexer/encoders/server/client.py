"""Texts over HTTP to vectors: the indexer's door to ``httpx``.

Neither the key nor the texts are in any message. Redirects are not followed and no proxy or netrc of
the environment is used: the key goes to the named server and nowhere else.
"""

from __future__ import annotations

import random
import ssl
import time
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import orjson

from indexer.encoders.protocol import (
    EncoderError,
    ServerAnswerBad,
    ServerAway,
    ServerRefused,
    Vectors,
)
from indexer.encoders.server.address import ServerName
from indexer.encoders.server.patience import Patience
from indexer.encoders.server.reply import message_of, retry_after, vectors_of

_LARGEST_ANSWER: Final = 256 * 1024 * 1024
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_UNFIT: Final = frozenset({400, 422})
_REASONS: Final[Mapping[type[httpx.HTTPError], str]] = {
    httpx.ConnectTimeout: "连接超时",
    httpx.ReadTimeout: "等待回答超时",
    httpx.WriteTimeout: "发送超时",
    httpx.ConnectError: "连接不上",
    httpx.RemoteProtocolError: "连接中断或不是 HTTP",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes
    retry_after: float | None


class ServerClient:
    """One model of one server; safe for many threads."""

    def __init__(self, server: ServerName, key: str) -> None:
        self.server = server
        self._key = key
        self._encoding = "base64"  # a third of the octets of numbers in decimals
        headers = {"User-Agent": "zhiku", "Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._client = httpx.Client(
            verify=ssl.create_default_context() if server.base.startswith("https:") else False,
            trust_env=False,
            follow_redirects=False,
            headers=headers,
        )
        weakref.finalize(self, self._client.close)

    def __repr__(self) -> str:
        return f"ServerClient({self.server.name!r})"

    def vectors(self, texts: Sequence[str], dim: int | None, patience: Patience) -> Vectors:
        """Vectors of length one, shape (n, dim), in order; an ``EncoderError`` keeps nothing of them."""
        began, made = time.monotonic(), 0
        while True:
            made += 1
            left = began + patience.total - time.monotonic()
            try:
                answer = self._ask(texts, max(0.001, min(patience.timeout, left)))
                return self._understood(answer, len(texts), dim)
            except httpx.HTTPError as error:
                why, asked, cause = _reason(error), None, error
            except _Passing as error:
                why, asked, cause = str(error), error.retry_after, None
            pause = patience.pause(made, asked, random.random())
            if pause is None or time.monotonic() + pause >= began + patience.total:
                tried = f"（试了 {made} 次）" if made > 1 else ""
                raise ServerAway(f"{self._named} 没有应答：{why}{tried}") from cause
            time.sleep(pause)

    @property
    def _named(self) -> str:
        return f"向量服务 {self.server.name}"

    def _ask(self, texts: Sequence[str], seconds: float) -> _Answer:
        answer = self._post(texts, seconds, self._encoding)
        if answer.status in _UNFIT and self._encoding != "float":
            plain = self._post(texts, seconds, "float")
            if plain.status == 200:  # a server that knows numbers only
                self._encoding = "float"
                return plain
        return answer

    def _post(self, texts: Sequence[str], seconds: float, encoding: str) -> _Answer:
        body: dict[str, Any] = {"model": self.server.model, "input": list(texts)}
        body["encoding_format"] = encoding
        if self.server.dimensions:
            body["dimensions"] = self.server.dimensions
        end = time.monotonic() + seconds
        content = bytearray()
        with self._client.stream(
            "POST", self.server.url, content=orjson.dumps(body), timeout=seconds
        ) as response:
            for part in response.iter_bytes():
                content += part
                if time.monotonic() > end:  # the timeout begins anew with every octet
                    raise httpx.ReadTimeout("the answer trickles")
                if len(content) > _LARGEST_ANSWER:
                    raise ServerAnswerBad(f"{self._named} 的回答太大")
            return _Answer(response.status_code, bytes(content), retry_after(response.headers))

    def _understood(self, answer: _Answer, count: int, dim: int | None) -> Vectors:
        status = answer.status
        if status == 200:
            try:
                return vectors_of(answer.content, count, dim)
            except ServerAnswerBad as error:
                raise ServerAnswerBad(f"{self._named} 的回答不能用：{error}") from None
        if status in (401, 403):
            # what it says is left out: it may quote the key
            cure = "请核对 ZHIKU_EMBEDDING_KEY" if self._key else "请设置 ZHIKU_EMBEDDING_KEY"
            raise ServerRefused(f"{self._named} 不接受密钥（HTTP {status}）；{cure}")
        said = message_of(answer.content)
        if self._key:
            said = said.replace(self._key, "***")
        told = f"HTTP {status}" + (f"，{said}" if said else "")
        if status in _PASSING:
            raise _Passing(told, answer.retry_after)
        if status == 404:
            raise ServerRefused(f"{self._named}：没有这个地址或模型（{told}）；请核对地址和模型名")
        if status == 413 or status in _UNFIT:
            raise ServerRefused(
                f"{self._named} 不接受请求（{told}）；一次送 {count} 段，太多时请调小 ZHIKU_EMBEDDING_BATCH"
            )
        raise ServerRefused(f"{self._named} 不接受请求（{told}）")


class _Passing(EncoderError):
    """A status after which the same request may succeed; never leaves this file."""

    def __init__(self, told: str, asked: float | None) -> None:
        super().__init__(told)
        self.retry_after = asked


def _reason(error: httpx.HTTPError) -> str:
    return next(
        (said for kind, said in _REASONS.items() if isinstance(error, kind)), type(error).__name__
    )
