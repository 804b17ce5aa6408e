"""A running Zhiku, measured from outside: what its callers get, as long as they wait for it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from corpora.regions import NamedRegion, Regions
from corpora.types import Audience, FacetKind, FieldError
from eval.errors import SystemBroken
from eval.systems.http import URL_LIMIT, WAITS, Caller, Params, Received, host_of, shown
from eval.systems.protocol import Asked, Reply
from retriever.filters import Filter

_VERSION: Final = "x-zhiku-version"
_INDEX: Final = ("encoder", "encoder_fingerprint", "analyzer_fingerprint", "items", "passages")

_Key: TypeAlias = tuple[str, str, str]


class ServiceSystem:
    """The ``System`` behind a URL; threads share its connections."""

    def __init__(self, url: str, caller: Caller) -> None:
        self._url = url.rstrip("/")
        self._caller = caller
        self._version = ""
        self._items: dict[_Key, Mapping[str, Any] | None] = {}
        self._lock = threading.Lock()  # of the items alone
        self._about = self._read_about()
        self._regions = self._read_regions()

    @property
    def regions(self) -> Regions:
        """The regions that the service knows."""
        return self._regions

    def describe(self) -> dict[str, Any]:
        """Where it is, and what it serves: as the index itself is described."""
        return self._about

    def ask(self, asked: Asked) -> Reply:
        """Searches, then answers: two calls, each as long as its caller waits."""
        wanted = asked.wanted
        libraries = sorted(library.value for library in wanted.libraries)
        scope = _scope(wanted)
        params = [("q", asked.text), ("k", str(asked.depth)), *scope]
        params += [("library", library) for library in libraries]
        body = {"query": asked.text, "filters": {**dict(scope), "library": libraries}}
        # too long for an address: a body reaches the service, which says why it refuses
        if len(quote(asked.text)) > URL_LIMIT and (
            problem := self._call("POST", "/v1/answer", body=body).refusal
        ):
            return Reply((), 0.0, problem=problem)
        found = self._call("GET", "/v1/search", params)
        if problem := found.refusal:
            return Reply((), 0.0, problem=problem)
        ranked = self._ranked(found)
        answered = self._call("POST", "/v1/answer", body=body)
        if problem := answered.refusal:
            return Reply((), 0.0, problem=problem)
        answer = _content(answered, "/v1/answer")
        return Reply(ranked, found.ms, answer=answer, answer_ms=answered.ms)

    def _ranked(self, found: Received) -> tuple[str, ...]:
        page = _content(found, "/v1/search")
        try:
            return tuple(dict.fromkeys(str(hit["item_id"]) for hit in page["hits"]))
        except (KeyError, TypeError) as error:
            raise SystemBroken(
                f"{shown(self._url)}/v1/search 回来的不是检索结果：{found.beginning}"
            ) from error

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        """The whole item, from memory where it was asked for before."""
        region = wanted.region.path if wanted.region else ""
        key = (item_id, wanted.as_of.isoformat(), region)
        with self._lock:
            if key in self._items:
                return self._items[key]
        # whatever the question was confined to, its sources may be of any library
        path = f"/v1/items/{quote(item_id, safe='')}"
        scope = _scope(Filter(wanted.as_of, Audience.INTERNAL, region=wanted.region))
        received = self._call("GET", path, scope)
        gone = received.status == 404 and received.problem
        view = None if gone else _item(received, path)
        with self._lock:
            self._items[key] = view
        return view

    def close(self) -> None:
        """Closes the connections."""
        self._caller.close()

    def _call(self, method: str, path: str, params: Params = (), body: Any = None) -> Received:
        received = self._caller.call(method, self._url + path, params=params, body=body)
        if received.status == 401:
            raise SystemBroken(
                f"{shown(self._url)} 不认密钥；请用 ZHIKU_API_KEYS 设置它接受的密钥（第一个）"
            )
        version = received.headers.get(_VERSION, "")
        if version and self._version and version != self._version:
            raise SystemBroken(
                f"知识版本在评测中途从 {self._version} 变成了 {version}，前后的题不能放在一起算；"
                "请加 --restart 重新评测"
            )
        return received

    def _read_about(self) -> dict[str, Any]:
        ready = _content(self._call("GET", "/readyz"), "/readyz")
        try:
            self._version = str(ready["index_version"])
            about = {
                "kind": "service",
                "name": host_of(self._url),
                "url": shown(self._url),
                "index": {"version": self._version} | {name: ready[name] for name in _INDEX},
                "constants": {
                    name: ready["constants"][name]
                    for name in ("fitted", "fingerprint", "threshold", "digest")
                }
                # a service from before adapters has none, nor one from before second looks the others
                | {
                    "adapted": ready["constants"].get("adapted", False),
                    "reconsidered": ready["constants"].get("reconsidered", ""),
                },
                "taught": ready.get("taught", ""),
            }
        except (KeyError, TypeError) as error:
            raise SystemBroken(
                f"{shown(self._url)}/readyz 没有说 {error}：不是知库服务，或版本太旧，请先升级"
            ) from error
        return about

    def _read_regions(self) -> Regions:
        received = self._call("GET", "/v1/labels")
        if received.headers.get(_VERSION) != self._version:
            # without it nobody would notice that the knowledge changed in the middle
            raise SystemBroken(
                f"{shown(self._url)} 的回应没有 X-Zhiku-Version；请让代理保留这个响应头"
            )
        try:
            listed = _content(received, "/v1/labels")["regions"]
            return Regions(tuple(NamedRegion(entry["value"], entry["label"]) for entry in listed))
        except (KeyError, TypeError, FieldError) as error:
            raise SystemBroken(
                f"{shown(self._url)}/v1/labels 回来的不是可选值：{received.beginning}"
            ) from error


def _scope(wanted: Filter) -> list[tuple[str, str]]:
    """The day, the reader and the region of a filter as parameters."""
    scope = [("as_of", wanted.as_of.isoformat()), ("audience", wanted.audience.value)]
    return [*scope, ("region", wanted.region.path)] if wanted.region else scope


def _content(received: Received, path: str) -> dict[str, Any]:
    """The JSON object of a good reply; ``SystemBroken`` shows what came instead."""
    if received.status != 200:
        told = received.problem or received.beginning
        raise SystemBroken(f"{path} 回应 {received.status}：{told}；请核对这是知库服务的地址")
    found = received.json()
    if not isinstance(found, dict):
        raise SystemBroken(f"{path} 回来的不是 JSON 对象：{received.beginning}")
    return found


def _item(received: Received, path: str) -> dict[str, Any]:
    """An item with all that verdicts are made from; ``SystemBroken`` where something is not there."""
    found = _content(received, path)
    try:
        for facet in found["facets"]:
            FacetKind(facet["kind"])
            Audience(facet["audience"])
            "".join([facet["official"] or "", facet["customer"] or "", *facet["steps"]])
        "".join(found["templates"])
        for relation in found["relations"]:
            "".join([relation["kind"], relation["target"]])
        "".join([found["variant_of"] or "", "tip" if found["must_say"] else ""])
    except (KeyError, TypeError, ValueError) as error:
        raise SystemBroken(f"{path} 回来的不是条目（{error}）：{received.beginning}") from error
    return found


@dataclass(frozen=True, slots=True)
class ServiceOpener:
    """Opens a running service by its address; the key is one of its ``ZHIKU_API_KEYS``."""

    url: str = field(repr=False)  # may hold a password
    api_key: str = field(default="", repr=False)
    waits: tuple[float, ...] = WAITS

    @property
    def in_processes(self) -> bool:
        """Waiting for replies needs no processes."""
        return False

    def open(self) -> ServiceSystem:
        """The system, once the service says that it is ready."""
        if not host_of(self.url) or "?" in self.url or "#" in self.url:
            raise SystemBroken(
                f"{shown(self.url)} 不是服务的地址；请写成 http://主机:端口，后面不带 ? 和 #"
            )
        headers = {"X-API-Key": self.api_key} if self.api_key else {}
        caller = Caller(headers=headers, waits=self.waits)
        try:
            return ServiceSystem(self.url, caller)
        except BaseException:
            caller.close()
            raise
