"""A service that asks for keys, and pages of other origins: one that may use it, one that may not."""

from __future__ import annotations

import datetime as dt
import http.server
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from api.keys import KeyScope
from api.keys_store import KeyRing
from corpora.migrations import open_database
from corpora.types import (
    Action,
    ActionKind,
    Channel,
    Facet,
    FacetKind,
    KnowledgeItem,
    Relation,
    RelationKind,
    SubLibrary,
    Tariff,
)
from indexer.encoders.protocol import Encoder
from tests.api.knowledge import publish
from tests.api.serving import CREATED_AT, Server, environment, free_port, running, serve_command
from tests.builders import make_facet, make_item

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


@dataclass
class Site:
    """An origin in this process: what it answers by path, and what it was asked for."""

    origin: str
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    policy: str = ""

    def clear(self) -> None:
        """Forgets what it was asked for."""
        self.asked.clear()


@contextmanager
def site() -> Iterator[Site]:
    """An origin of its own, until the block ends."""
    port = free_port()
    here = Site(f"http://127.0.0.1:{port}")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append(self.path)
            found = here.pages.get(self.path)
            if found is None:  # an icon that is not there is no complaint, nor is a menu
                self.send_response(404 if self.path.startswith("/v1/") else 204)
                self.end_headers()
                return
            body = found.encode("utf-8")
            self.send_response(200)
            kind = KINDS.get(Path(self.path).suffix, "text/html")
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if here.policy:
                self.send_header("Content-Security-Policy", here.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with _serving(port, Handler):
        yield here


@contextmanager
def started_again(server: Server, log: Path) -> Iterator[None]:
    """A server that was killed, at the same address; it may take a while to answer."""
    command = serve_command("--port", server.url.rpartition(":")[2])
    with log.open("wb") as written:
        again = subprocess.Popen(
            command,
            env=environment(server.index),
            cwd=log.parent,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        again.terminate()
        again.wait()


@dataclass
class Relay:
    """Stands before a service; cards are fresh for a second only, which saves a test a minute."""

    url: str
    follow: list[tuple[str, int]] = field(default_factory=list)  # If-None-Match, status


@contextmanager
def relay(server: Server) -> Iterator[Relay]:
    """A proxy before a service, until the block ends."""
    port = free_port()
    here = Relay(f"http://127.0.0.1:{port}")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # Chromium takes no tag from an older one

        def do_GET(self) -> None:
            known = self.headers.get("If-None-Match", "")
            with server.client() as client:
                reply = client.get(self.path, headers={"If-None-Match": known} if known else {})
            if self.path.startswith("/v1/follow"):  # before a page can know of the reply
                here.follow.append((known, reply.status_code))
            self.send_response(reply.status_code)
            for name in ("content-type", "etag", "cache-control", "content-security-policy"):
                if value := reply.headers.get(name):
                    self.send_header(name, value.replace("max-age=60", "max-age=1"))
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

        def log_message(self, *_: object) -> None:
            pass

    with _serving(port, Handler):
        yield here


@contextmanager
def _serving(port: int, handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            serving.shutdown()
            thread.join()


@dataclass(frozen=True)
class Locked:
    """A service that asks for keys, one that sends and one that administers, and two origins."""

    server: Server
    key: str
    admin: str
    boss: Site
    elsewhere: Site

    def token(self, **asked: object) -> str:
        """A page token made with the key that sends."""
        with self.server.client(headers={"X-API-Key": self.key}) as client:
            token: str = client.post("/v1/tokens", json=asked).raise_for_status().json()["token"]
        return token

    def counted(self, route: str) -> dict[str, int]:
        """How many requests to a route reached the service, by status."""
        with self.server.client(headers={"X-API-Key": self.admin}) as client:
            figures = client.get("/metrics").raise_for_status().text
        counted = re.findall(rf'route="{route}",method="GET",status="(\d+)"}} (\d+)', figures)
        return {status: int(count) for status, count in counted}

    def read(self, path: str, **parameters: object) -> dict[str, object]:
        """What an administrator reads there."""
        with self.server.client(headers={"X-API-Key": self.admin}) as client:
            found: dict[str, object] = client.get(path, params=parameters).raise_for_status().json()
        return found


@contextmanager
def locked_service(folder: Path, encoder: Encoder, *more: KnowledgeItem) -> Iterator[Locked]:
    """A service over the small knowledge with ``more``, that an origin's pages may ask with tokens."""
    url = f"sqlite:///{folder / 'store.db'}"
    engine = open_database(url, create=True)
    ring = KeyRing(engine)
    _, key = ring.create("BOSS", {KeyScope.SEND}, NOW)
    _, admin = ring.create("管理", {KeyScope.ADMINISTER}, NOW)
    engine.dispose()
    publish(folder / "index", encoder, *more, created_at=CREATED_AT)
    with site() as boss, site() as elsewhere:
        env = {"ZHIKU_STORE_URL": url, "ZHIKU_PAGE_ORIGINS": boss.origin}
        with running(folder / "index", env=env, log=folder / "serve.log") as server:
            yield Locked(server, key, admin, boss, elsewhere)


def more_items() -> tuple[KnowledgeItem, KnowledgeItem]:
    """An item that is handled in a menu of the BOSS, with a message that is filled in by hand, and a
    warning of its own.
    """
    tip = KnowledgeItem(
        id="tip-twelve-months",
        title="合约期提醒",
        sub_library=SubLibrary.TIPS,
        facets=(Facet(FacetKind.WARNING, "合约期12个月。", "办了以后12个月内不能改。"),),
        must_say=True,
    )
    opening = make_facet(FacetKind.OPEN, "在产品变更界面办理。", "我现在就可以给您办。")
    plan = replace(
        make_item("plan-lx59", "乐享套餐59元档", facets=(opening,), codes=("10010059",)),
        actions=(Action(ActionKind.OPEN, Channel.BOSS, "产品变更", "CPBG>增加产品"),),
        tariff=Tariff(one_time_fee=Decimal(59)),
        templates=("tpl-once-confirm",),
        relations=(Relation(RelationKind.TIP, tip.id),),
    )
    return plan, tip
