"""Any search that answers over HTTP with JSON: an address to ask, and where the item ids stand."""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

from corpora.regions import Regions
from corpora.source import read_text
from corpora.yaml_nodes import SyntaxProblem, parse_yaml
from eval.errors import SystemBroken
from eval.systems.http import TIMEOUT, TOO_LONG, URL_LIMIT, WAITS, Caller, Received, host_of, shown
from eval.systems.protocol import Asked, Reply
from retriever.filters import Filter

NAMES: Final = ("query", "k", "as_of", "region")
_PLACEHOLDER: Final = re.compile(r"\{(" + "|".join(NAMES) + r")\}")
_OTHER: Final = re.compile(r"\{(\w*)\}")
_KEYS: Final = frozenset({"url", "method", "headers", "body", "ids", "timeout"})
_METHODS: Final = ("GET", "POST")
_HEADER: Final = re.compile(r"[!-9;-~]+")
_LONGEST: Final = 600  # seconds for a reply
_PRINTABLE: Final = frozenset(string.printable) - frozenset("\r\n\x0b\x0c")
_WHERE: Final = (
    "请在地址后面用 # 写明条目编号在哪里，例如 #hits.item_id；整个回应就是编号的列表时写 #."
)


class EndpointSystem:
    """The ``System`` behind an endpoint: it ranks, and what it ranks are ids."""

    def __init__(self, opener: EndpointOpener, caller: Caller) -> None:
        self._opener = opener
        self._caller = caller
        self._body = json.loads(opener.body) if opener.body else None
        self._path = [step for step in opener.ids.split(".") if step]

    @property
    def regions(self) -> Regions | None:
        """Every path may be asked for, where the endpoint is told one."""
        told = "{region}" in self._opener.url + self._opener.body
        return Regions() if told else None

    def describe(self) -> dict[str, Any]:
        """Where it is and how it is asked; of headers only the names, because values are secret."""
        asked = self._opener
        form = repr((asked.url, asked.method, asked.body, asked.ids))
        return {
            "kind": "endpoint",
            "name": host_of(asked.url),
            "url": shown(asked.url),
            "method": asked.method,
            "ids": asked.ids,
            "headers": sorted(name for name, _ in asked.headers),
            "fingerprint": hashlib.blake2b(form.encode(), digest_size=8).hexdigest(),
        }

    def ask(self, asked: Asked) -> Reply:
        """The ids in the order in which they came, each once."""
        wanted = asked.wanted
        values: dict[str, str | int] = {
            "query": asked.text,
            "k": asked.depth,
            "as_of": wanted.as_of.isoformat(),
            "region": wanted.region.path if wanted.region else "",
        }
        url = _PLACEHOLDER.sub(lambda at: quote(str(values[at[1]]), safe=""), self._opener.url)
        if len(url) > URL_LIMIT:
            return Reply((), 0.0, problem=TOO_LONG)
        body = _filled(self._body, values)
        received = self._caller.call(self._opener.method, url, body=body)
        if problem := received.refusal:
            return Reply((), 0.0, problem=problem)
        ids = dict.fromkeys(self._ids(received))
        return Reply(tuple(ids)[: asked.depth], received.ms)

    def _ids(self, received: Received) -> list[str]:
        where = shown(self._opener.url)
        if received.status != 200:
            raise SystemBroken(f"{where} 回应 {received.status}：{received.beginning}")
        try:
            return list(_found(received.json(), self._path))
        except LookupError as error:
            raise SystemBroken(
                f"{where} 的回应里没有 {self._opener.ids}（{error.args[0]}）：{received.beginning}"
            ) from error

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        """Nothing: an endpoint shows no items."""
        return None

    def close(self) -> None:
        """Closes the connections."""
        self._caller.close()


def _found(value: Any, path: list[str]) -> Iterator[str]:
    """The ids at the end of a path, through every list on the way; null holds none."""
    if value is None:
        return
    if isinstance(value, list):
        for part in value:
            yield from _found(part, path)
    elif path and isinstance(value, dict):
        if path[0] not in value:
            raise LookupError(f"有 {'、'.join(map(str, value)) or '空对象'}，没有 {path[0]}")
        yield from _found(value[path[0]], path[1:])
    elif path or isinstance(value, dict | bool | float):
        raise LookupError(f"这里是 {type(value).__name__}，不是编号")
    elif not str(value).strip():
        raise LookupError("这里的编号是空的")
    else:
        yield str(value)


def _filled(template: Any, values: Mapping[str, str | int]) -> Any:
    """The body with its placeholders filled; one that stands alone keeps the type of its value."""
    if isinstance(template, dict):
        return {_text(name, values): _filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    alone = _PLACEHOLDER.fullmatch(template)
    return values[alone[1]] if alone else _text(template, values)


def _text(template: str, values: Mapping[str, str | int]) -> str:
    # in one pass: a question that says {k} stays as it is
    return _PLACEHOLDER.sub(lambda at: str(values[at[1]]), template)


@dataclass(frozen=True, slots=True)
class EndpointOpener:
    """How an endpoint is asked. ``{query}``, ``{k}``, ``{as_of}`` and ``{region}`` stand for the
    question's values in ``url`` and in ``body`` (JSON, "" for none); ``ids`` is the path to the ids.
    """

    url: str = field(repr=False)  # may hold a password
    ids: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: str = ""
    timeout: float = TIMEOUT
    waits: tuple[float, ...] = WAITS

    def __post_init__(self) -> None:
        if not host_of(self.url) or not self.url.lower().startswith(("http://", "https://")):
            raise SystemBroken(f"{shown(self.url)} 不是地址；请写成 https://主机/路径?q={{query}}")
        if not self.ids.strip():
            raise SystemBroken(f"{shown(self.url)} 没有说怎么读回应；{_WHERE}")
        if not any("{query}" in part for part in (self.url, self.body)):
            raise SystemBroken(f"{shown(self.url)} 没有 {{query}}；请写明问题放在哪里")
        if unknown := set(_OTHER.findall(self.url)) - set(NAMES):
            raise SystemBroken(
                f"{shown(self.url)} 里的 {{{min(unknown)}}} 没有值；可用：{_known_names()}"
            )

    @classmethod
    def from_url(cls, spec: str) -> Self:
        """From ``https://host/path?q={query}&k={k}#hits.item_id``."""
        url, _, ids = spec.partition("#")
        return cls(url, ids)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """From a YAML file with ``url``, ``ids`` and, where needed, ``method``, ``headers``,
        ``body`` and ``timeout``; ``SystemBroken`` names the field at fault.
        """
        text, problems = read_text(path)
        if problems:
            raise SystemBroken("\n".join(map(str, problems)))
        known = _yaml(text, str(path))
        other = "、".join(sorted(map(str, known.keys() - _KEYS))) if isinstance(known, dict) else ""
        if not isinstance(known, dict) or other or not {"url", "ids"} <= known.keys():
            raise SystemBroken(
                f"{path}: 要有 url 和 ids，可以有 method、headers、body、timeout，没有别的字段"
                + (f"；这里有 {other}" if other else "")
            )
        method = str(known.get("method", "POST" if "body" in known else "GET")).upper()
        if method not in _METHODS:
            raise SystemBroken(f"{path}: method 是 {method}；可用：{'、'.join(_METHODS)}")
        timeout = known.get("timeout", TIMEOUT)
        if (
            isinstance(timeout, bool)
            or not isinstance(timeout, int | float)
            or not 0 < timeout <= _LONGEST
        ):
            raise SystemBroken(
                f"{path}: timeout 应是大于 0、不超过 {_LONGEST} 的秒数，现在是 {timeout!r}"
            )
        return cls(
            str(known["url"]),
            str(known["ids"]),
            method,
            _headers(known.get("headers") or {}, str(path)),
            _body(known.get("body"), str(path)),
            float(timeout),
        )

    @property
    def in_processes(self) -> bool:
        """Waiting for replies needs no processes."""
        return False

    def open(self) -> EndpointSystem:
        """The system; whether the endpoint is there shows with the first question."""
        return EndpointSystem(self, Caller(dict(self.headers), self.timeout, self.waits))


def _known_names() -> str:
    return "、".join(f"{{{name}}}" for name in NAMES)


def _yaml(text: str, where: str) -> Any:
    try:
        documents = parse_yaml(text)
    except SyntaxProblem as error:
        raise SystemBroken(f"{where}:{error.line}: {error.problem}") from error
    for flaw in (flaw for parsed in documents for flaw in parsed.flaws):
        raise SystemBroken(f"{where}:{flaw.line}: {flaw.problem}")
    return documents[0].value if len(documents) == 1 else None


def _headers(given: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, dict):
        raise SystemBroken(f"{where}: headers 应写成“名称: 值”")
    headers = tuple((str(name), str(value)) for name, value in given.items())
    for name, value in headers:
        if not _HEADER.fullmatch(name) or not set(value) <= _PRINTABLE:
            raise SystemBroken(f"{where}: 请求头 {name} 只能用一行可见的 ASCII 字符")
    return headers


def _body(given: Any, where: str) -> str:
    """The body as JSON text; a block of JSON is read as what it says."""
    if given is None:
        return ""
    value = _yaml(given, f"{where}: body") if isinstance(given, str) else given
    try:
        return json.dumps(_quoted(value), ensure_ascii=False)
    except TypeError as error:
        raise SystemBroken(f"{where}: body 里有 JSON 没有的值（{error}）；日期要加引号") from error


def _quoted(value: Any) -> Any:
    """``size: {k}`` without quotes is an object in YAML; its author means the placeholder."""
    if isinstance(value, dict):
        if list(value.values()) == [None] and next(iter(value)) in NAMES:
            return f"{{{next(iter(value))}}}"
        return {str(name): _quoted(inner) for name, inner in value.items()}
    return [_quoted(inner) for inner in value] if isinstance(value, list) else value
