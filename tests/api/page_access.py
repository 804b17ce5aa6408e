"""An app that asks for keys, with clocks that are moved by hand, for tests of how pages get access."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from api.app import create_app
from api.entrance import SESSION_COOKIE
from api.keys import ActiveKeys, ApiKey, KeyScope, digest, key_id, new_id, new_secret
from api.keys_gate import Gate
from api.keys_needs import AtCaller, needs
from api.settings import ApiSettings
from retriever.opening import LiveKnowledgeBase

NOW = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
OWN = "http://zhiku.example.cn"
BOSS = "https://boss.example.cn:8443"
CRM = "https://crm.example.cn"
FOREIGN = "https://elsewhere.example.com"
ENV_KEY = "known-to-tests-only-0123456789"
HTML = "text/html,application/xhtml+xml,*/*;q=0.8"  # what a browser takes for a page


@dataclass
class Clocks:
    """What the gate and the tokens are held against; moved by hand."""

    passed: dt.timedelta = field(default_factory=dt.timedelta)

    def now(self) -> dt.datetime:
        return NOW + self.passed

    def monotonic(self) -> float:
        return 100.0 + self.passed.total_seconds()


@dataclass
class Ring:
    """Keys in memory; what a store does is in test_keys.py and test_access_serving.py."""

    keys: list[ApiKey] = field(default_factory=list)

    def read(self) -> ActiveKeys:
        return ActiveKeys(self.keys)

    def close(self) -> None:
        pass


@dataclass
class Service:
    """An app in this process, its keys and its clocks."""

    app: FastAPI
    ring: Ring
    clocks: Clocks

    def ask(self, method: str, path: str, *, body: object = None, **headers: str) -> httpx.Response:
        """One request; underscores in names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=OWN) as client:
                return await client.request(method, path, json=body, headers=named)

        return asyncio.run(once())

    def key(self, scope: KeyScope = KeyScope.SEND) -> str:
        secret = new_secret(new_id())
        scopes = frozenset({scope})
        self.ring.keys.append(ApiKey(key_id(secret) or "", "BOSS", scopes, digest(secret), NOW))
        return secret

    def token(self, key: str, **asked: object) -> str:
        made = self.ask("POST", "/v1/tokens", body=asked, x_api_key=key)
        assert made.status_code == 200, made.text
        token: str = made.json()["token"]
        return token

    def cookie(self, key: str, **asked: str) -> str:
        signed_in = self.ask("POST", "/v1/session", body={"key": key, **asked}, origin=OWN)
        assert signed_in.status_code == 200, signed_in.text
        return f"{SESSION_COOKIE}={signed_in.cookies[SESSION_COOKIE]}"


def own_routes() -> APIRouter:
    router = APIRouter()

    @router.post("/send", dependencies=[needs(KeyScope.SEND)])
    async def send(caller: AtCaller) -> dict[str, Any]:
        return {"id": caller.id, "staff": caller.staff, "hall": caller.hall, "by": caller.shown}

    @router.get("/broken", dependencies=[needs(KeyScope.READ)])
    async def broken() -> None:
        raise RuntimeError("nobody foresaw it")

    return router


def app_of(folder: Path, gate: Gate | None, clocks: Clocks, *origins: str) -> FastAPI:
    live = LiveKnowledgeBase(f"file:{folder / 'index'}", models=folder)
    settings = ApiSettings(page_origins=origins)
    app = create_app(live, settings, NOW.date, gate, now=clocks.now)
    app.include_router(own_routes())
    return app


def locked(folder: Path) -> Service:
    """Asks for keys, and knows two origins of pages."""
    clocks, ring = Clocks(), Ring()
    gate = Gate([ENV_KEY, "short"], ring, clocks.monotonic)
    return Service(app_of(folder, gate, clocks, BOSS, CRM), ring, clocks)


def unlocked(folder: Path, *origins: str) -> Service:
    """Asks for none."""
    clocks = Clocks()
    return Service(app_of(folder, None, clocks, *origins), Ring(), clocks)
